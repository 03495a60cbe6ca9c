"""Text without a contract: what type a rule reads a column as."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from data_framework.modules.utils.data_types import DataType
from data_framework.modules.validation.rules import Field, Rule

_TEXT = DataType("string")
_ARGUMENTS = ("values", "value", "min", "max")
_BY_TYPE = frozenset({"aggregate", "query", "window", "columns", "row"})
_LAST_RESORT = ("string", "double", "timestamp", "boolean")


def asks_types(rule: Rule) -> bool:
    """Whether a rule wants to know what type all cells of a column fit."""
    return rule.shape in _BY_TYPE or bool(rule.types and "string" not in rule.types)


def read_as(field: Field, rule: Rule, arguments: Mapping[str, Any], inferred: Mapping[str, DataType]) -> Field:
    """Say what type a rule reads a column of text as.

    A rule of cells that takes bounds or lists is told by them: numbers are compared as numbers, dates as dates, text as
    text. Rules of a type, of columns together and of all rows read the type every cell fits. All others judge the text
    as it was delivered.
    """
    kind = inferred.get(field.name, _TEXT)
    if asks_types(rule):
        return replace(field, type=_fitting(kind, rule), untyped=rule.shape != "query")
    values = [value for name in _ARGUMENTS for value in _each(arguments.get(name))]
    bounded = (
        rule.shape == "field" and values and any(argument.kind in {"value", "values"} for argument in rule.arguments)
    )
    return replace(field, type=_common(values) if bounded else _TEXT, untyped=True)


def _fitting(kind: DataType, rule: Rule) -> DataType:
    if not rule.types or kind.kind in rule.types:
        return kind
    return next((DataType(name) for name in _LAST_RESORT if name in rule.types), kind)


def _each(value: Any) -> Iterable[Any]:
    if value is None:
        return ()
    return value if isinstance(value, list | tuple) else (value,)


def _common(values: list[Any]) -> DataType:
    kinds = {_kind(value) for value in values}
    if kinds == {"date", "timestamp"}:
        return DataType("timestamp")
    return DataType(kinds.pop()) if len(kinds) == 1 else _TEXT


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if not isinstance(value, str):
        return "double"
    for kind, parse in (("date", date.fromisoformat), ("timestamp", datetime.fromisoformat)):
        try:
            parse(value)
        except ValueError:
            continue
        return kind if "-" in value else "string"
    return "string"
