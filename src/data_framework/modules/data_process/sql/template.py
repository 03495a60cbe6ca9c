"""Template values: `{file_date}` and its kind become literals of the parsed tree, never text of the query."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from sqlglot import exp

from data_framework.modules.data_process.sql.marks import mark as mark_ours

NAME = r"(?:file_date|file_name|current_date|vars\.[A-Za-z_]\w*)"
IN_TEXT = re.compile(r"\{(" + NAME + r")\}")
_OUTSIDE = re.compile(
    r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`(?:[^`]|``)*`|--[^\n]*|/\*.*?\*/|(?P<mark>\{(?P<name>[A-Za-z_][\w.]*)\})",
    re.DOTALL,
)
_DATES = frozenset({"file_date", "current_date"})


def mark(text: str) -> tuple[str, list[str]]:
    """Put a placeholder where a template value stands outside quotes; answer the names found, in order.

    Example:
        >>> mark("d = {file_date} and f = '{file_name}'")
        ("d = :df_0       and f = '{file_name}'", ['file_date'])
    """
    names: list[str] = []

    def put(match: re.Match[str]) -> str:
        if not match["mark"]:
            return match[0]
        names.append(match["name"])
        word = "data" if match["name"] == "data" else f":df_{len(names) - 1}"
        return word.ljust(len(match[0]))

    return _OUTSIDE.sub(put, text), names


def names_in(expression: exp.Expression) -> set[str]:
    """The template values a parsed query still waits for (`bind`)."""
    inside = {name for literal in _texts(expression) for name in IN_TEXT.findall(literal.this)}
    return inside | {node.name for node in expression.find_all(exp.Placeholder)}


def bind(expression: exp.Expression, parameters: Mapping[str, Any]) -> exp.Expression:
    """Answer a copy with every template value put in: inside quotes as text, outside as a typed literal.

    Args:
        expression: A parsed query.
        parameters: By name: `file_date`, `file_name`, `current_date`, `vars.<name>`; `vars` may also be a mapping.

    Raises:
        KeyError: A value the query names is missing; the argument is its name.
    """
    values = _flat(parameters)
    bound = expression.copy()
    for literal in list(_texts(bound)):
        literal.set("this", IN_TEXT.sub(lambda match: as_text(values[match[1]]), literal.this))
    for node in list(bound.find_all(exp.Placeholder)):
        new = mark_ours(_literal(node.name, values[node.name]))
        if node is bound:
            return new
        _put(node, new)
    return bound


def as_text(value: Any) -> str:
    """A template value as it stands inside quotes, and in names of files."""
    if isinstance(value, datetime.datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def _put(node: exp.Expression, new: exp.Expression) -> None:
    parent = node.parent
    if isinstance(new, exp.Tuple) and isinstance(parent, exp.In):
        parent.set("expressions", new.expressions)
        parent.set("field", None)
        return
    node.replace(new)


def _texts(expression: exp.Expression) -> Iterator[exp.Literal]:
    return (node for node in expression.find_all(exp.Literal) if node.is_string)


def _flat(parameters: Mapping[str, Any]) -> dict[str, Any]:
    nested = parameters.get("vars")
    inner = {f"vars.{name}": value for name, value in nested.items()} if isinstance(nested, Mapping) else {}
    return {**parameters, **inner}


def _literal(name: str, value: Any) -> exp.Expression:
    if isinstance(value, list | tuple):
        return exp.Tuple(expressions=[_literal("", one) for one in value])
    if isinstance(value, datetime.datetime):
        return exp.Cast(this=exp.Literal.string(as_text(value)), to=exp.DataType.build("timestamp"))
    if isinstance(value, datetime.date) or (name in _DATES and value):
        return exp.Cast(this=exp.Literal.string(str(value)), to=exp.DataType.build("date"))
    if isinstance(value, bool):
        return exp.Boolean(this=value)
    if isinstance(value, int | float | Decimal):
        return _number(value)
    return exp.Null() if value is None else exp.Literal.string(str(value))


def _number(value: float | Decimal) -> exp.Expression:
    text = exp.Literal.number(str(abs(value)))
    return exp.Neg(this=text) if value < 0 else text
