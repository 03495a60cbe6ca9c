"""Controls of a table become checks of its plan. Nothing here reads data or knows an engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlglot import exp

from data_framework.modules.config.model.controls import Control
from data_framework.modules.data_process.plan.model import (
    AggregateCheck,
    Check,
    FunctionCheck,
    KeyCheck,
    OnFailure,
    QueryCheck,
    ReferenceCheck,
    RowCheck,
    TableSource,
)
from data_framework.modules.data_process.plan.vocabulary import matches
from data_framework.modules.data_process.sql import bind, parse_condition, parse_select, tables_of
from data_framework.modules.exception import SqlError
from data_framework.modules.utils.data_types import DataType
from data_framework.modules.utils.names import normalise_name
from data_framework.modules.validation.bound import Bound, Scope, limits_of
from data_framework.modules.validation.rules import Field, Rule, RuleError, find_rule
from data_framework.modules.validation.rules.arguments import bind_arguments, near, portable
from data_framework.modules.validation.rules.literals import all_of, call
from data_framework.modules.validation.rules.model import Aggregate, Effect, Key, Reference
from data_framework.modules.validation.rules.row_rules import text_of
from data_framework.modules.validation.untyped import read_as, typed_data

Made = tuple[Check, Bound, Effect | None]

_QUERY = ("select", "with", "(")


def compile_control(control: Control, scope: Scope, identity: str) -> Made:
    """Turn one control into its check, and what is needed to judge what the check finds.

    Raises:
        RuleError: The control is wrong; the message is the reason.
    """
    try:
        return _BY_TYPE[control.algorithm_type](control, scope, identity)
    except SqlError as error:
        raise RuleError(f"{error.message} {error.hint}".strip().rstrip("."), "algorithm") from error


def _rule(control: Control, scope: Scope, identity: str) -> Made:
    found = find_rule(control.algorithm)
    if found.shape == "file":
        raise RuleError(f"{found.name} judges files: its level is File, not {control.level}", "level")
    arguments = bind_arguments(found, control.arguments, lambda text: _condition(text, scope))
    fields = _fields(control, scope, found)
    if scope.inferred is not None:
        fields = tuple(read_as(field, found, arguments, scope.inferred) for field in fields)
    return _SHAPES[found.shape](control, scope, identity, found, fields, arguments)


def _field_rule(
    control: Control, scope: Scope, identity: str, found: Rule, fields: tuple[Field, ...], arguments: Mapping[str, Any]
) -> Made:
    verdicts = [found.function(field, **arguments) for field in fields]
    judged = _where(control, scope)
    if not found.about_nulls and (control.nulls or "ignore") == "ignore":
        judged = _and(judged, _some_value(fields))
        if len(fields) > 1:
            verdicts = [
                exp.Or(this=field.is_null, expression=valid) for field, valid in zip(fields, verdicts, strict=True)
            ]
    check = _row_check(control, identity, fields, all_of(verdicts), judged)
    return check, _bound(control, fields, "rows", found), None


def _row_rule(
    control: Control, scope: Scope, identity: str, found: Rule, fields: tuple[Field, ...], arguments: Mapping[str, Any]
) -> Made:
    valid = found.function(fields, **arguments)
    judged = _where(control, scope)
    if (control.nulls or "ignore") == "ignore":
        judged = _and(judged, exp.Not(this=exp.Is(this=valid.copy(), expression=exp.Null())))
    concerned = tuple(_known(name, scope) for name in _columns_of(valid)) or fields
    return _row_check(control, identity, concerned, valid, judged), _bound(control, concerned, "rows", found), None


def _key_rule(
    control: Control, scope: Scope, identity: str, found: Rule, fields: tuple[Field, ...], arguments: Mapping[str, Any]
) -> Made:
    key: Key = found.function(fields, **arguments)
    check = KeyCheck(
        identity, control.key, _names(fields), key.dependents, _where(control, scope),
        key.nulls or control.nulls or "ignore", control.on_failure,
    )  # fmt: skip
    return check, _bound(control, fields, "rows", found), None


def _reference_rule(
    control: Control, scope: Scope, identity: str, found: Rule, fields: tuple[Field, ...], arguments: Mapping[str, Any]
) -> Made:
    reference: Reference = found.function(fields, **arguments)
    other = scope.table(reference.table)
    there = {name.lower() for name in scope.columns_of(other)}
    for name in reference.columns:
        if there and name.lower() not in there:
            raise RuleError(f"{other} has no column {name!r}.{near(name, scope.columns_of(other))}")
    check = ReferenceCheck(
        identity, control.key, _names(fields), other, reference.columns,
        _where(control, scope), control.nulls or "ignore", control.on_failure,
    )  # fmt: skip
    return check, _bound(control, fields, "rows", found), None


def _aggregate_rule(
    control: Control, scope: Scope, identity: str, found: Rule, fields: tuple[Field, ...], arguments: Mapping[str, Any]
) -> Made:
    aggregate: Aggregate = found.function(fields, **arguments)
    check = AggregateCheck(identity, control.key, _names(fields), aggregate.observed, _where(control, scope))
    limits = limits_of(control, aggregate.lowest, aggregate.highest)
    return check, Bound(control, _names(fields), "value", limits, aggregate.max_age, found.dimension), None


def _effect_rule(
    control: Control, scope: Scope, identity: str, found: Rule, fields: tuple[Field, ...], arguments: Mapping[str, Any]
) -> Made:
    effect: Effect = found.function(fields, **arguments)
    keys = tuple(_known(name, scope) for name in scope.keys)
    if not keys:
        raise RuleError(f"{found.name} needs a table with primary_keys, and {scope.target} has none", "algorithm")
    for name, _ in effect.order_by:
        _known(name, scope)
    on_failure: OnFailure = "drop" if effect.clash == "drop" else "keep"
    check = KeyCheck(identity, control.key, _names(keys), (), _where(control, scope), "fail", on_failure)
    limits = limits_of(control, lenient=effect.clash is not None)
    return check, Bound(control, _names(keys), "keys", limits, dimension=found.dimension), effect


def _sql(control: Control, scope: Scope, identity: str) -> Made:
    text = control.algorithm.strip()
    if not text.lower().startswith(_QUERY) or (
        text.startswith("(") and not text[1:].strip().lower().startswith(_QUERY)
    ):
        condition = _condition(text, scope)
        rule = find_rule("satisfies")
        return _row_rule(control, scope, identity, rule, _fields(control, scope, rule), {"expression": condition})
    if control.where:
        raise RuleError("a query has its own WHERE: `where` of the control does not apply to it", "where")
    select = parse_select(text)
    tables = {name: TableSource(scope.table(name)) for name in sorted(tables_of(select)) if name != "data"}
    if scope.inferred is not None:
        select = typed_data(select, scope.inferred)
    if scope.values is not None:
        select = bind(select, scope.values)
    check = QueryCheck(identity, control.key, _identified(select), tables)
    return check, Bound(control, control.field, "answers", limits_of(control)), None


def _python(control: Control, scope: Scope, identity: str) -> Made:
    fields = tuple(_known(name, scope) for name in control.field)
    if control.where:
        raise RuleError("a function sees all rows: `where` of the control does not apply to it", "where")
    check = FunctionCheck(identity, control.key, scope.function(control), _names(fields), control.on_failure)
    return check, Bound(control, _names(fields), "answers", limits_of(control)), None


def _regex(control: Control, scope: Scope, identity: str) -> Made:
    fields = tuple(_known(name, scope) for name in control.field)
    if not fields:
        raise RuleError("a Regex control needs a field", "field")
    pattern = portable(control.algorithm, "algorithm")
    verdicts = [matches(_text_or_empty(field, control), pattern) for field in fields]
    judged = _where(control, scope)
    if control.nulls == "ignore":
        judged = _and(judged, _some_value(fields))
    check = _row_check(control, identity, fields, all_of(verdicts), judged)
    return check, Bound(control, _names(fields), "rows", limits_of(control), dimension="validity"), None


def _text_or_empty(field: Field, control: Control) -> exp.Expression:
    text = text_of(field)
    return text if control.nulls == "fail" else call("coalesce", text, exp.Literal.string(""))


def _row_check(
    control: Control, identity: str, fields: tuple[Field, ...], valid: exp.Expression, judged: exp.Expression | None
) -> RowCheck:
    return RowCheck(identity, control.key, _names(fields), valid, judged, control.on_failure)


def _bound(control: Control, fields: tuple[Field, ...], judging: Any, found: Rule) -> Bound:
    return Bound(control, _names(fields), judging, limits_of(control), dimension=found.dimension)


def _names(fields: tuple[Field, ...]) -> tuple[str, ...]:
    return tuple(field.name for field in fields)


def _fields(control: Control, scope: Scope, found: Rule) -> tuple[Field, ...]:
    fields = tuple(_known(name, scope) for name in control.field)
    least, most = found.fields
    if len(fields) < least or (most is not None and len(fields) > most):
        wanted = "no field" if most == 0 else f"{least} field{'s' * (least > 1)}"
        raise RuleError(
            f"{found.name} needs {wanted}{' or more' if most is None else ''}, and the control has {len(fields)}"
        )
    for field in fields:
        judged = found.types and field.type is not None and scope.inferred is None
        if judged and field.type is not None and field.type.kind not in found.types:
            kinds = ", ".join(sorted(found.types))
            raise RuleError(f"{found.name} judges {kinds}, and the field {field.name!r} is {field.type}", "field")
    return fields


def _known(name: str, scope: Scope) -> Field:
    columns: Mapping[str, tuple[str, DataType]] = {
        known.lower(): (known, kind) for known, kind in scope.columns.items()
    }
    if not columns:
        return Field(name)
    if name.lower() not in columns and normalise_name(name) in columns:
        name = normalise_name(name)
    if name.lower() not in columns:
        raise RuleError(f"{scope.target} has no column {name!r}.{near(name, scope.columns)}", "field")
    return Field(*columns[name.lower()])


def _columns_of(expression: exp.Expression) -> list[str]:
    return list(dict.fromkeys(column.name for column in expression.find_all(exp.Column)))


def _condition(text: str, scope: Scope) -> exp.Expression:
    condition = parse_condition(text)
    if condition.find(exp.Select, exp.Union):
        raise RuleError("a condition over the columns holds no query: write a whole query", "algorithm")
    condition = exp.Paren(this=condition)
    for column in list(condition.find_all(exp.Column)):
        known = _known(column.name, scope)
        if scope.inferred is not None:
            known = Field(known.name, scope.inferred.get(known.name), untyped=True)
        column.replace(known.column)
    return condition if scope.values is None else bind(condition, scope.values)


def _where(control: Control, scope: Scope) -> exp.Expression | None:
    if not control.where:
        return None
    try:
        return _condition(control.where, scope)
    except (SqlError, RuleError) as error:
        raise RuleError(f"`where`: {getattr(error, 'message', error)}", "where") from error


def _and(one: exp.Expression | None, other: exp.Expression) -> exp.Expression:
    return other if one is None else exp.And(this=one, expression=other)


def _some_value(fields: tuple[Field, ...]) -> exp.Expression:
    """At least one of the fields has a value."""
    some: exp.Expression = exp.Not(this=fields[0].is_null)
    for field in fields[1:]:
        some = exp.Or(this=some, expression=exp.Not(this=field.is_null))
    return exp.Paren(this=some) if len(fields) > 1 else some


def _identified(select: exp.Expression) -> exp.Expression:
    """A query's answer as (identifier, result): by name where it has these names, else by place, else as the result."""
    selects = list(getattr(select, "selects", []))
    names = [one.alias_or_name.lower() for one in selects]
    if any(one.is_star for one in selects):
        return select
    wanted: list[Any] = [exp.column("identifier"), exp.column("result")]
    renamed: list[Any] = []
    if len(names) == 1:
        wanted[0] = exp.alias_(exp.Null(), "identifier")
        renamed = [exp.to_identifier("result")]
    elif not {"identifier", "result"} <= set(names):
        if len(names) != 2:
            reason = f"the query must answer two columns, identifier and result, and answers {len(names)}"
            raise RuleError(reason, "algorithm")
        renamed = [exp.to_identifier("identifier"), exp.to_identifier("result")]
    alias = exp.TableAlias(this=exp.to_identifier("answers"), columns=renamed)
    return exp.Select(expressions=wanted, from_=exp.From(this=exp.Subquery(this=select, alias=alias)))


_BY_TYPE: Mapping[str, Callable[[Control, Scope, str], Made]] = {
    "Data Framework": _rule,
    "SQL": _sql,
    "Python": _python,
    "Regex": _regex,
}
_SHAPES: Mapping[str, Callable[..., Made]] = {
    "field": _field_rule,
    "row": _row_rule,
    "key": _key_rule,
    "reference": _reference_rule,
    "aggregate": _aggregate_rule,
    "effect": _effect_rule,
}
