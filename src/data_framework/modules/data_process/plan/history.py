"""What a table's past asks of a plan: which columns its files deliver, and which keys must be told again.

A merge or scd2 of one data date is told from that date's rows and the table as it is, as long as dates come in order.
A date that comes late, or again, may withdraw rows, or lie between others: then the rows of some keys are told again
from every delivery in force (`TablePlan.history`), as a full refresh would. What is decided here is decided the same
for every engine.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from sqlglot import exp

from data_framework.modules.config.model.tables import VERSION_COLUMNS
from data_framework.modules.data_process.plan.hidden import DATA_DATE, FILE
from data_framework.modules.data_process.plan.model import (
    AggregateCheck,
    PlanColumn,
    QueryCheck,
    RawFile,
    RawSource,
    TablePlan,
)

VALID_FROM, VALID_TO, IS_CURRENT = VERSION_COLUMNS

if TYPE_CHECKING:
    from data_framework.modules.catalogue import Snapshot

__all__ = [
    "IS_CURRENT", "VALID_FROM", "VALID_TO", "VERSION_COLUMNS", "date_column", "delivered", "earlier", "is_filled",
    "keeps_data_date", "lacking", "partial", "partition_is_date", "past", "reached", "retold",
]  # fmt: skip

Retold = Literal["nothing", "withdrawn", "touched", "everything"]


def retold(plan: TablePlan) -> Retold:
    """Which keys of a table are told again from every delivery in force.

    nothing: dates come in order. withdrawn: keys the table holds from this very data date that it no longer delivers;
    enough where every delivery says every column of a row. touched: those, and every key of this date or a later one
    (with `sequence_by`: of any date), because what an older row said may still show beside a newer one. everything:
    all keys ever delivered, because a row that was deleted leaves no trace and its deletion may be withdrawn.

    Where partitions are overwritten, each is told as a whole: those the date held and no longer delivers are withdrawn.
    """
    if plan.history is None:
        return "nothing"
    if plan.write_mode == "overwrite_partition":
        return "withdrawn"
    if plan.write_mode == "scd2":
        return "touched"
    if plan.delete_when is not None:
        return "everything"
    return "touched" if _partial(plan) else "withdrawn"


def lacking(column: PlanColumn, files: tuple[RawFile, ...]) -> tuple[int, ...]:
    """The numbers of the files that do not deliver a column that others of them do."""
    sources = {node.name for node in column.text.find_all(exp.Column)} if column.text is not None else set()
    return tuple(number for number, file in enumerate(files) if sources and not sources & {*file.columns.values()})


def delivered(plan: TablePlan, columns: Sequence[PlanColumn], dates: Iterable[str], side: str = "") -> dict[str, str]:
    """Column → SQL over the hidden columns of rows in flight (`side`: their prefix): was it delivered with this row?

    Args:
        plan: The plan.
        columns: The target's columns, in flight.
        dates: The data dates of the deliveries.
        side: What names the rows, with its dot.
    """
    files, found = plan.source.files if isinstance(plan.source, RawSource) else (), dict[str, str]()
    for column in columns:
        if column.text is None:
            filled = is_filled(plan, column) and any([plan.data_date, *dates])
            found[column.name] = "true" if filled else "false"
            continue
        gaps = lacking(column, files)
        found[column.name] = f"{side}{FILE} NOT IN ({', '.join(map(str, gaps))})" if gaps else "true"
    return found


def partial(plan: TablePlan, columns: Sequence[PlanColumn], dates: Iterable[str]) -> tuple[str, ...]:
    """The columns some of the rows in flight say nothing of."""
    apart = {*VERSION_COLUMNS, *plan.primary_keys}
    return tuple(name for name, sql in delivered(plan, columns, dates).items() if sql != "true" and name not in apart)


def earlier(plan: TablePlan) -> tuple[RawFile, ...]:
    """The files of other dates that may say something of the keys that are told again."""
    assert plan.history is not None
    files = plan.history.source.files if isinstance(plan.history.source, RawSource) else ()
    if retold(plan) == "withdrawn" and not plan.sequence_by:  # what is newer than this date shows already
        return tuple(file for file in files if file.data_date < plan.data_date)
    return files


def past(plan: TablePlan, files: tuple[RawFile, ...]) -> TablePlan:
    """The plan of these files of other dates: their rows are judged as they would be, nothing of them is published."""
    assert plan.history is not None
    checks = tuple(check for check in plan.history.checks if not isinstance(check, AggregateCheck | QueryCheck))
    return replace(plan.history, source=RawSource(files), checks=checks)


def is_filled(plan: TablePlan, column: PlanColumn) -> bool:
    """Whether a column that is not delivered holds the data date of the delivery."""
    return column.text is None and column.name in {plan.partition_field, DATA_DATE}


def date_column(plan: TablePlan) -> str | None:
    """The column that says when a row of the target was last delivered, or None."""
    if keeps_data_date(plan):
        return DATA_DATE
    return plan.partition_field if plan.write_mode == "merge" and partition_is_date(plan) else None


def keeps_data_date(plan: TablePlan) -> bool:
    """Whether each row's data date must be noted, because the partition does not say it: newer rows stay in force."""
    dated = isinstance(plan.source, RawSource) or bool(plan.data_date)
    ordered = plan.write_mode == "merge" or (plan.write_mode == "overwrite_partition" and bool(plan.partition_field))
    return ordered and dated and not partition_is_date(plan)


def partition_is_date(plan: TablePlan) -> bool:
    """Whether the partition is the data date itself, filled in because it is not delivered."""
    return not plan.partition_transform and any(
        column.name == plan.partition_field and column.text is None for column in plan.columns
    )


def reached(plan: TablePlan, snapshots: Iterable[Snapshot]) -> bool:
    """Whether a commit of the plan's date, or of a later one, is among those a table keeps.

    Rows that were deleted again leave no other trace.
    """
    return any(snapshot.properties.get("data-date", "") >= plan.data_date for snapshot in snapshots)


def _partial(plan: TablePlan) -> bool:
    """Whether some delivery says less of a row than another, or said so before it was restated."""
    shapes = {shape for each in (plan, plan.history) if each is not None for shape in _shapes(each)}
    known = {column.name for column in plan.columns if not is_filled(plan, column)}
    return any(known - shape for shape in shapes)


def _shapes(plan: TablePlan) -> set[frozenset[str]]:
    """The sets of the target's columns the files of a plan deliver."""
    if not isinstance(plan.source, RawSource):
        return set()
    files = plan.source.files
    gaps = {column.name: {*lacking(column, files)} for column in plan.columns if column.text is not None}
    return {frozenset(name for name, numbers in gaps.items() if number not in numbers) for number in range(len(files))}
