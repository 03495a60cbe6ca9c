"""What a control says of a table, looked up in it: its fields, its conditions, the columns it names."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from data_framework.modules.config.model.controls import Control
from data_framework.modules.data_process.sql import bind, parse_condition
from data_framework.modules.data_process.sql.marks import mark
from data_framework.modules.exception import SqlError
from data_framework.modules.utils.data_types import DataType
from data_framework.modules.utils.names import normalise_name
from data_framework.modules.validation.bound import Scope
from data_framework.modules.validation.rules import Field, Rule, RuleError
from data_framework.modules.validation.rules.arguments import near


def fields_of(control: Control, scope: Scope, found: Rule) -> tuple[Field, ...]:
    """The columns a control names, as many and of the types its rule takes.

    Raises:
        RuleError: They are not.
    """
    fields = tuple(known_field(name, scope) for name in control.field)
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


def known_field(name: str, scope: Scope) -> Field:
    """A column of the table by the name a control gives it.

    Raises:
        RuleError: There is none.
    """
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


def condition_of(text: str, scope: Scope) -> exp.Expression:
    """A condition over the columns.

    Raises:
        RuleError: It holds a query, or names no column.
    """
    condition = parse_condition(text)
    if condition.find(exp.Select, exp.Union):
        raise RuleError("a condition over the columns holds no query: write a whole query", "algorithm")
    condition = exp.Paren(this=condition)
    for column in list(condition.find_all(exp.Column)):
        known = known_field(column.name, scope)
        if scope.inferred is not None:
            known = Field(known.name, scope.inferred.get(known.name), untyped=True)
        found = known.column
        column.replace(mark(found) if isinstance(found, exp.Column) else found)
    return condition if scope.values is None else bind(condition, scope.values)


def where_of(control: Control, scope: Scope) -> exp.Expression | None:
    """Which rows a control judges; None: all.

    Raises:
        RuleError: Its `where` cannot be read.
    """
    if not control.where:
        return None
    try:
        return condition_of(control.where, scope)
    except (SqlError, RuleError) as error:
        raise RuleError(f"`where`: {getattr(error, 'message', error)}", "where") from error


def both(one: exp.Expression | None, other: exp.Expression) -> exp.Expression:
    """The condition that both hold."""
    return other if one is None else exp.And(this=one, expression=other)


def some_value(fields: tuple[Field, ...]) -> exp.Expression:
    """At least one of the fields has a value."""
    some: exp.Expression = exp.Not(this=fields[0].is_null)
    for field in fields[1:]:
        some = exp.Or(this=some, expression=exp.Not(this=field.is_null))
    return exp.Paren(this=some) if len(fields) > 1 else some


def names_of(fields: tuple[Field, ...]) -> tuple[str, ...]:
    """The names of fields."""
    return tuple(field.name for field in fields)
