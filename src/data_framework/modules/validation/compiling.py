"""Controls of a table become checks of its plan. Nothing here reads data or knows an engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlglot import exp

from data_framework.modules.config.model.controls import Control
from data_framework.modules.data_process.plan.model import FunctionCheck, QueryCheck, TableSource
from data_framework.modules.data_process.plan.vocabulary import matches
from data_framework.modules.data_process.sql import bind, parse_select, tables_of
from data_framework.modules.exception import SqlError
from data_framework.modules.validation.bound import Bound, Scope, limits_of
from data_framework.modules.validation.in_flight import identified, over_rows
from data_framework.modules.validation.rules import Field, RuleError, find_rule
from data_framework.modules.validation.rules.arguments import near, portable, seconds
from data_framework.modules.validation.rules.literals import all_of, call, text_of
from data_framework.modules.validation.scoping import (
    both,
    condition_of,
    fields_of,
    known_field,
    names_of,
    some_value,
    where_of,
)
from data_framework.modules.validation.shapes import Made, by_expression, compile_rule, row_check

TIME_LIMIT = 120.0
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


def _sql(control: Control, scope: Scope, identity: str) -> Made:
    text, limit = control.algorithm.strip(), _time_limit(control)
    if not text.lower().startswith(_QUERY) or (
        text.startswith("(") and not text[1:].strip().lower().startswith(_QUERY)
    ):
        condition = condition_of(text, scope)
        rule = find_rule("satisfies")
        return by_expression(control, scope, identity, rule, fields_of(control, scope, rule), {"expression": condition})
    if control.where:
        raise RuleError("a query has its own WHERE: `where` of the control does not apply to it", "where")
    select = parse_select(text)
    tables = {name: TableSource(scope.table(name)) for name in sorted(tables_of(select)) if name != "data"}
    select = over_rows(select, scope)
    if scope.values is not None:
        select = bind(select, scope.values)
    check = QueryCheck(identity, control.key, identified(select), tables, limit)
    return check, Bound(control, control.field, "answers", limits_of(control)), None


def _time_limit(control: Control) -> float:
    for name in control.arguments:
        if name != "time_limit":
            raise RuleError(f"a SQL control has no argument {name!r}.{near(name, ['time_limit'])}")
    given = control.arguments.get("time_limit", TIME_LIMIT)
    plain = isinstance(given, int | float) and not isinstance(given, bool)
    return seconds(f"{given} s" if plain else given, "time_limit")


def _python(control: Control, scope: Scope, identity: str) -> Made:
    fields = tuple(known_field(name, scope) for name in control.field)
    if control.where:
        raise RuleError("a function sees all rows: `where` of the control does not apply to it", "where")
    check = FunctionCheck(identity, control.key, scope.function(control), names_of(fields), control.on_failure)
    return check, Bound(control, names_of(fields), "answers", limits_of(control)), None


def _regex(control: Control, scope: Scope, identity: str) -> Made:
    fields = tuple(known_field(name, scope) for name in control.field)
    if not fields:
        raise RuleError("a Regex control needs a field", "field")
    pattern = portable(control.algorithm, "algorithm")
    verdicts = [matches(_text_or_empty(field, control), pattern) for field in fields]
    judged = where_of(control, scope)
    if control.nulls == "ignore":
        judged = both(judged, some_value(fields))
    check = row_check(control, identity, fields, all_of(verdicts), judged)
    return check, Bound(control, names_of(fields), "rows", limits_of(control), dimension="validity"), None


def _text_or_empty(field: Field, control: Control) -> exp.Expression:
    text = text_of(field)
    return text if control.nulls == "fail" else call("coalesce", text, exp.Literal.string(""))


_BY_TYPE: Mapping[str, Callable[[Control, Scope, str], Made]] = {
    "Data Framework": compile_rule,
    "SQL": _sql,
    "Python": _python,
    "Regex": _regex,
}
