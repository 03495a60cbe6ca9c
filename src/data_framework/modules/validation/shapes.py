"""Built-in rules become checks of a plan, each by the shape of what its function answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from sqlglot import exp

from data_framework.modules.config.model.controls import Control
from data_framework.modules.data_process.plan.model import (
    AggregateCheck,
    Check,
    KeyCheck,
    OnFailure,
    QueryCheck,
    ReferenceCheck,
    RowCheck,
    TableSource,
    WindowCheck,
)
from data_framework.modules.data_process.sql import bind, parse_select, tables_of
from data_framework.modules.validation.bound import Bound, Scope, limits_of
from data_framework.modules.validation.in_flight import identified, over_rows
from data_framework.modules.validation.python_controls import RAISED
from data_framework.modules.validation.rules import RULES, Field, Rule, RuleError, find_rule
from data_framework.modules.validation.rules.arguments import bind_arguments, near
from data_framework.modules.validation.rules.literals import all_of
from data_framework.modules.validation.rules.model import (
    Aggregate,
    Effect,
    Finding,
    Judged,
    Key,
    Place,
    Query,
    Reference,
    Window,
)
from data_framework.modules.validation.scoping import (
    both,
    condition_of,
    fields_of,
    known_field,
    names_of,
    where_of,
)
from data_framework.modules.validation.untyped import read_as

Made = tuple[Check | None, Bound, Effect | None]
Given = Mapping[str, Any]


def compile_rule(control: Control, scope: Scope, identity: str) -> Made:
    """Turn a control of a built-in rule into its check, and what is needed to judge what the check finds.

    Raises:
        RuleError: The rule, an argument or a field of it is wrong.
    """
    found = find_rule(control.algorithm, scope.rules)
    if found.shape == "file":
        raise RuleError(f"{found.name} judges files: its level is File, not {control.level}", "level")
    given = {**bind_arguments(found, control.arguments, _readers(scope)), **_needed(found, scope)}
    fields = fields_of(control, scope, found)
    if scope.inferred is not None:
        fields = tuple(read_as(field, found, given, scope.inferred) for field in fields)
    if RULES.get(found.name) is found:
        return _SHAPES[found.shape](control, scope, identity, found, fields, given)
    return _of_project(control, scope, identity, found, fields, given)


def _of_project(
    control: Control, scope: Scope, identity: str, found: Rule, fields: tuple[Field, ...], given: Given
) -> Made:
    """A rule that is not built in may be wrong itself: an error of the controls that name it."""
    try:
        made = _SHAPES[found.shape](control, scope, identity, found, fields, given)
    except RuleError:
        raise
    except RAISED as error:
        raise RuleError(f"the rule {found.name} raised {type(error).__name__}: {error}", "algorithm") from error
    for part in ("valid", "observed", "select"):
        answer = getattr(made[0], part, ())
        if not isinstance(answer, exp.Expression | tuple):
            reason = f"the rule {found.name} answers {answer!r}, and must answer an expression, such as said(…) makes"
            raise RuleError(reason, "algorithm")
    return made


def row_check(
    control: Control, identity: str, fields: tuple[Field, ...], valid: exp.Expression, judged: exp.Expression | None
) -> RowCheck:
    """The check of a verdict for each row."""
    return RowCheck(identity, control.key, names_of(fields), valid, judged, control.on_failure)


def by_expression(
    control: Control, scope: Scope, identity: str, found: Rule, fields: tuple[Field, ...], given: Given
) -> Made:
    """A verdict for each row, from an expression over its columns."""
    valid = found.function(fields, **given)
    judged = where_of(control, scope)
    if not found.about_nulls and (control.nulls or "ignore") == "ignore":
        judged = both(judged, exp.Not(this=exp.Is(this=exp.Paren(this=valid.copy()), expression=exp.Null())))
        for field in fields if found.fields[0] else ():
            judged = both(judged, exp.Not(this=field.is_null))
    concerned = tuple(known_field(name, scope) for name in _columns_of(valid)) or fields
    return row_check(control, identity, concerned, valid, judged), _bound(control, concerned, "rows", found), None


def _field_rule(
    control: Control, scope: Scope, identity: str, found: Rule, fields: tuple[Field, ...], given: Given
) -> Made:
    answers = [found.function(field, **given) for field in fields]
    verdicts = [answer.valid if isinstance(answer, Judged) else answer for answer in answers]
    judged = where_of(control, scope)
    for answer in answers[:1]:
        judged = both(judged, answer.judged) if isinstance(answer, Judged) else judged
    if not found.about_nulls and (control.nulls or "ignore") == "ignore":
        for field in fields:
            judged = both(judged, exp.Not(this=field.is_null))
    check = row_check(control, identity, fields, all_of(verdicts), judged)
    return check, _bound(control, fields, "rows", found), None


def _key_rule(
    control: Control, scope: Scope, identity: str, found: Rule, fields: tuple[Field, ...], given: Given
) -> Made:
    key: Key = found.function(fields, **given)
    by = tuple(known_field(name, scope).name for name in key.fields) or names_of(fields)
    check = KeyCheck(
        identity, control.key, by, key.dependents, where_of(control, scope), key.nulls or control.nulls or "ignore",
        control.on_failure,
    )  # fmt: skip
    return check, _bound(control, fields, "rows", found), None


def _reference_rule(
    control: Control, scope: Scope, identity: str, found: Rule, fields: tuple[Field, ...], given: Given
) -> Made:
    reference: Reference = found.function(fields, **given)
    other = scope.table(reference.table)
    there = {name.lower() for name in scope.columns_of(other)}
    for name in reference.columns:
        if there and name.lower() not in there:
            raise RuleError(f"{other} has no column {name!r}.{near(name, scope.columns_of(other))}")
    check = ReferenceCheck(
        identity, control.key, names_of(fields), other, reference.columns,
        where_of(control, scope), control.nulls or "ignore", control.on_failure,
    )  # fmt: skip
    return check, _bound(control, fields, "rows", found), None


def _window_rule(
    control: Control, scope: Scope, identity: str, found: Rule, fields: tuple[Field, ...], given: Given
) -> Made:
    window: Window = found.function(fields[0], **given)
    judged = where_of(control, scope)
    if (control.nulls or "ignore") == "ignore":
        judged = both(judged, exp.Not(this=fields[0].is_null))
    check = WindowCheck(
        identity, control.key, names_of(fields), window.valid, window.observed, window.previous, window.order, judged,
        control.on_failure,
    )  # fmt: skip
    return check, _bound(control, fields, "rows", found), None


def _aggregate_rule(
    control: Control, scope: Scope, identity: str, found: Rule, fields: tuple[Field, ...], given: Given
) -> Made:
    aggregate: Aggregate = found.function(fields, **given)
    check = AggregateCheck(identity, control.key, names_of(fields), aggregate.observed, where_of(control, scope))
    bound = Bound(
        control, names_of(fields), "value", limits_of(control, aggregate.lowest, aggregate.highest), aggregate.max_age,
        history=aggregate.history, dimension=found.dimension,
    )  # fmt: skip
    return check, bound, None


def _query_rule(
    control: Control, scope: Scope, identity: str, found: Rule, fields: tuple[Field, ...], given: Given
) -> Made:
    query: Query = found.function(fields, **given)
    select, where = query.select, where_of(control, scope)
    tables = dict(query.tables) or {name: name for name in tables_of(select) if name != "data"}
    check = QueryCheck(
        identity, control.key, identified(over_rows(select, scope, where)),
        {name: TableSource(scope.table(table)) for name, table in sorted(tables.items())},
    )  # fmt: skip
    limits = limits_of(control, query.lowest, query.highest)
    bound = Bound(control, names_of(fields), "query", limits, read=query.read, dimension=found.dimension)
    return check, bound, None


def _columns_rule(
    control: Control, scope: Scope, identity: str, found: Rule, fields: tuple[Field, ...], given: Given
) -> Made:
    if not scope.columns:
        raise RuleError(f"the columns of {scope.target} are not known before it is read: give it a contract", "table")
    finding: Finding = found.function(fields, **given)
    bound = Bound(control, names_of(fields), "columns", limits_of(control), found=finding, dimension=found.dimension)
    return None, bound, None


def _effect_rule(
    control: Control, scope: Scope, identity: str, found: Rule, fields: tuple[Field, ...], given: Given
) -> Made:
    effect: Effect = found.function(fields, **given)
    keys = tuple(known_field(name, scope) for name in scope.keys)
    if not keys:
        raise RuleError(f"{found.name} needs a table with primary_keys, and {scope.target} has none", "algorithm")
    for name, _ in effect.order_by:
        known_field(name, scope)
    on_failure: OnFailure = "drop" if effect.clash == "drop" else "keep"
    check = KeyCheck(identity, control.key, names_of(keys), (), where_of(control, scope), "fail", on_failure)
    limits = limits_of(control, lenient=effect.clash is not None)
    return check, Bound(control, names_of(keys), "keys", limits, dimension=found.dimension), effect


def _readers(scope: Scope) -> Mapping[str, Callable[[Any], Any]]:
    """How arguments are read that mean something only beside a table."""
    return {
        "condition": lambda text: condition_of(text, scope),
        "column": lambda name: _typed(known_field(name, scope), scope),
        "rules": lambda items: [_nested(item, scope) for item in items],
        "query": lambda text: parse_select(text) if scope.values is None else bind(parse_select(text), scope.values),
    }


def _typed(field: Field, scope: Scope) -> Field:
    if scope.inferred is None:
        return field
    return Field(field.name, scope.inferred.get(field.name), untyped=True)


def _nested(item: Mapping[str, Any], scope: Scope) -> Callable[[Field], exp.Expression]:
    found = find_rule(str(item["algorithm"]), scope.rules)
    if found.shape != "field" or found.about_nulls:
        raise RuleError(f"{found.name} gives no verdict on the value of a cell, as rules of a list must")
    given = {**bind_arguments(found, item.get("arguments") or {}, _readers(scope)), **_needed(found, scope)}

    def verdict(field: Field) -> exp.Expression:
        if found.types and field.type is not None and not field.untyped and field.type.kind not in found.types:
            raise RuleError(f"{found.name} does not judge {field.type}, and the field {field.name!r} is", "field")
        read = read_as(field, found, given, scope.inferred) if scope.inferred is not None else field
        answer: exp.Expression = found.function(read, **given)
        return answer

    return verdict


def _needed(found: Rule, scope: Scope) -> dict[str, Any]:
    given: dict[str, Any] = {}
    if "today" in found.needs:
        given["today"] = scope.today
    if "place" in found.needs:
        columns = scope.columns if scope.inferred is None else scope.inferred
        given["place"] = Place(columns, scope.keys, partial(_columns_there, scope), scope.contract)
    return given


def _columns_there(scope: Scope, table: str) -> Sequence[str]:
    return scope.columns_of(scope.table(table))


def _bound(control: Control, fields: tuple[Field, ...], judging: Any, found: Rule) -> Bound:
    return Bound(control, names_of(fields), judging, limits_of(control), dimension=found.dimension)


def _columns_of(expression: exp.Expression) -> list[str]:
    return list(dict.fromkeys(column.name for column in expression.find_all(exp.Column)))


_SHAPES: Mapping[str, Callable[..., Made]] = {
    "field": _field_rule, "row": by_expression, "key": _key_rule, "reference": _reference_rule,
    "window": _window_rule, "aggregate": _aggregate_rule, "query": _query_rule, "columns": _columns_rule,
    "effect": _effect_rule,
}  # fmt: skip
