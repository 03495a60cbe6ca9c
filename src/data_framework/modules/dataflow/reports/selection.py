"""What a report selects: one SELECT over its source table, in a stable order, and the names of its columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from data_framework.modules.config import Report
from data_framework.modules.exception import ReportColumnsError

if TYPE_CHECKING:
    from sqlglot import exp


@dataclass(frozen=True)
class Selection:
    """One report as a query.

    Attributes:
        select: Over the source table's key, values bound.
        names: Of the columns, in order, as they are written.
    """

    select: exp.Expression
    names: tuple[str, ...]


def selection_of(
    report: Report, columns: Sequence[str], order: Sequence[str], values: Mapping[str, Any]
) -> Selection:  # fmt: skip
    """Read a report's columns and condition.

    Args:
        report: The report; its source table is named by its key.
        columns: Of the source table.
        order: The source's columns to sort by (`a desc`), most important first; () means all columns written.
        values: For `{file_date}` and its kind; empty ones are missing.

    Raises:
        SqlError: A column or the condition is no SQL of the dialect, or a value is missing.
        ReportColumnsError: The names do not fit the columns.
    """
    from sqlglot import exp

    from data_framework.modules.data_process.sql import parse_condition

    present = {name: value for name, value in values.items() if value not in (None, "")}
    written = [_column(report, text, present) for text in report.columns] or [_plain(name) for name in columns]
    names = tuple(report.columns_alias) or tuple(name for _, name in written)
    _check(report, names, len(written))
    select = exp.select(*(expression for expression, _ in written), copy=False)
    database, _, table = report.source_table.rpartition(".")
    named = exp.Table(this=exp.to_identifier(table, quoted=True))
    if database:
        named.set("db", exp.to_identifier(database, quoted=True))
    select = select.from_(named)
    if report.where:
        select = select.where(parse_condition(report.where, present, file=f"where of the report {report.name}"))
    return Selection(_ordered(select, report, columns, order), names)


def _column(report: Report, text: str, values: Mapping[str, Any]) -> tuple[exp.Expression, str]:
    from sqlglot import exp

    from data_framework.modules.data_process.sql import parse_expression

    found = parse_expression(text, values, file=f"column of the report {report.name}")
    if isinstance(found, exp.Star):
        raise ReportColumnsError(
            report=report.name, reason="`*` is no column; leave `columns` out to write all of them"
        )
    if isinstance(found, exp.Alias):
        return found, found.alias
    return found, found.name if isinstance(found, exp.Column) else text.strip()


def _plain(name: str) -> tuple[exp.Expression, str]:
    from sqlglot import exp

    return exp.column(name, quoted=True), name


def _check(report: Report, names: Sequence[str], count: int) -> None:
    if len(names) != count:
        reason = f"there are {count} columns and {len(names)} columns_alias"
        raise ReportColumnsError(report=report.name, reason=reason)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice and report.file_format == "json":
        raise ReportColumnsError(report=report.name, reason=f"two of them are named {twice[0]!r}")


def _ordered(
    select: exp.Select, report: Report, columns: Sequence[str], order: Sequence[str]
) -> exp.Select:  # fmt: skip
    """Sort by the source's columns while there are its rows (not after an aggregate), then by what is written."""
    from sqlglot import exp

    known = {name.lower() for name in columns}
    terms: list[exp.Expression] = []
    if not _aggregated(select):
        for text in order:
            name, _, direction = text.partition(" ")
            if name.lower() in known:
                terms.append(
                    _term(exp.column(name, table=report.source_table, quoted=True), direction.strip().lower() == "desc")
                )
    terms += [_term(exp.Literal.number(place), False) for place in range(1, len(select.expressions) + 1)]
    return select.order_by(*terms)


def _term(node: exp.Expression, descending: bool) -> exp.Expression:
    from sqlglot import exp

    return exp.Ordered(this=node, desc=descending, nulls_first=not descending)


def _aggregated(select: exp.Select) -> bool:
    from sqlglot import exp

    from data_framework.modules.data_process.sql import functions

    aggregates = {one.name for one in functions() if one.group == "aggregate"}
    return any(node.name.lower() in aggregates and not isinstance(node.parent, exp.Window)
               for one in select.expressions for node in one.find_all(exp.Anonymous))  # fmt: skip
