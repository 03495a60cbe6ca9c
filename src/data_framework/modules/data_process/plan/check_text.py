"""Checks written as SQL: one text for every engine, but for how each writes expressions, names and rows of values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp

from data_framework.modules.data_process.plan import hidden
from data_framework.modules.data_process.plan.model import (
    AggregateCheck,
    Check,
    KeyCheck,
    QueryCheck,
    ReferenceCheck,
    RowCheck,
    WindowCheck,
)


@dataclass(frozen=True)
class Writer:
    """How an engine writes SQL.

    Attributes:
        render: An expression over the rows' columns.
        query: A query over tables.
        quoted: A name.
        row: The function that makes one value of several.
    """

    render: Callable[[exp.Expression], str]
    query: Callable[[exp.Expression], str]
    quoted: Callable[[str], str]
    row: str


def check_text(check: Check, writer: Writer, rows: str = "staged") -> str:
    """The SQL of a check over rows in flight: the condition of a row, the value observed, or a query; "" of Python."""
    if isinstance(check, RowCheck):
        return writer.render(check.valid)
    if isinstance(check, AggregateCheck):
        return writer.render(check.observed)
    if isinstance(check, QueryCheck):
        return writer.query(check.select)
    if isinstance(check, WindowCheck):
        return window_text(check, f"SELECT * FROM {rows}", writer)
    if isinstance(check, ReferenceCheck):
        pairs = zip(check.fields, check.columns, strict=True)
        on = " AND ".join(f"s.{writer.quoted(here)} = r.{writer.quoted(there)}" for here, there in pairs)
        return f"SELECT count(*) FROM {rows} s ANTI JOIN {check.table} r ON {on}"
    return _key_text(check, writer, rows) if isinstance(check, KeyCheck) else ""


def window_text(check: WindowCheck, rows: str, writer: Writer) -> str:
    """SQL of the verdicts over the rows judged: file, record, the check's fields and `df_valid`."""
    for step in check.observed:
        values = ", ".join(f"{writer.render(value)} AS {writer.quoted(name)}" for name, value in step.items())
        rows = f"SELECT * FROM ({rows}) CROSS JOIN (SELECT {values} FROM ({rows}))"
    if check.previous:
        order = f"{writer.render(check.order)}, " if check.order is not None else ""
        values = ", ".join(
            f"lag({writer.render(value)}) OVER (ORDER BY {order}{hidden.FILE}, {hidden.RECORD}) "
            f"AS {writer.quoted(name)}"
            for name, value in check.previous.items()
        )
        rows = f"SELECT *, {values} FROM ({rows})"
    fields = "".join(f", {writer.quoted(name)}" for name in check.fields)
    valid = f"coalesce(({writer.render(check.valid)}), false) AS df_valid"
    return f"SELECT {hidden.FILE} AS df_file, {hidden.RECORD} AS df_record{fields}, {valid} FROM ({rows})"


def _key_text(check: KeyCheck, writer: Writer, rows: str) -> str:
    names = ", ".join(writer.quoted(name) for name in check.fields)
    dependents = ", ".join(writer.quoted(name) for name in check.dependents)
    having = f"count(DISTINCT {writer.row}({dependents})) > 1" if dependents else "count(*) > 1"
    return f"SELECT {names}, count(*) FROM {rows} GROUP BY {names} HAVING {having}"
