"""Text without a contract: what type a rule reads a column as."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlglot import exp

from data_framework.modules.data_process.sql import parse_select
from data_framework.modules.utils.data_types import DataType
from data_framework.modules.utils.names import quote_identifier
from data_framework.modules.validation.rules import Field, Rule

_TEXT = DataType("string")


def read_as(field: Field, rule: Rule, arguments: Mapping[str, Any], inferred: Mapping[str, DataType]) -> Field:
    """Say what type a rule reads a column of text as.

    Bounds and lists say it themselves: numbers are compared as numbers, dates as dates, text as text. `freshness` reads
    the type every cell fits. All other rules judge the text as it was delivered.
    """
    if rule.name == "freshness":
        return replace(field, type=inferred.get(field.name, _TEXT), untyped=True)
    if rule.name not in {"is_in", "is_between"}:
        return replace(field, type=_TEXT, untyped=True)
    values = [value for name in ("values", "min", "max") for value in _each(arguments.get(name))]
    return replace(field, type=_common(values), untyped=True)


def typed_data(select: exp.Expression, inferred: Mapping[str, DataType]) -> exp.Expression:
    """Let a query read the rows in flight (`data`) with the types that all their cells fit."""
    typed = select.copy()
    columns = ", ".join(f"{_cast(name, kind)} as {quote_identifier(name)}" for name, kind in inferred.items())
    for table in list(typed.find_all(exp.Table)):
        if table.name == "data" and not table.db:
            alias = exp.TableAlias(this=exp.to_identifier(table.alias or "data"))
            table.replace(exp.Subquery(this=parse_select(f"select {columns} from data"), alias=alias))
    return typed


def _cast(name: str, kind: DataType) -> str:
    quoted = quote_identifier(name)
    return quoted if kind.kind == "string" else f"try_cast({quoted} as {kind})"


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
