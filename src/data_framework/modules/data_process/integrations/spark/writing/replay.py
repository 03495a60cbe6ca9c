"""Several deliveries at once, as if one after the other: the newest wins, the undelivered stays, the deleted goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from data_framework.modules.data_process.integrations.spark.one_pass.layers import by_file
from data_framework.modules.data_process.integrations.spark.one_pass.prepared import Pinned
from data_framework.modules.data_process.integrations.spark.sql.casts import comparable
from data_framework.modules.data_process.integrations.spark.sql.dialect import render
from data_framework.modules.data_process.integrations.spark.utils import partition_sql, quoted
from data_framework.modules.data_process.plan import hidden, history
from data_framework.modules.data_process.plan.history import (
    IS_CURRENT,
    VALID_FROM,
    VALID_TO,
    VERSION_COLUMNS,
    is_filled,
    partition_is_date,
)
from data_framework.modules.data_process.plan.model import TablePlan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql import DataFrame

    from data_framework.modules.data_process.plan.model import PlanColumn

DATE, FILE, RECORD, GONE, HAS = "df_date", "df_file", "df_record", "df_gone", "df_has_"


def last_delivered(pinned: Pinned) -> DataFrame | None:
    """The rows that stay when each delivery (a data date) replaces the table, or its partitions; None: every row."""
    dates, partition = pinned.source.deliveries.dates, pinned.plan.partition
    mode = pinned.plan.write_mode
    if mode == "append" or len({*dates}) < 2 or (mode == "overwrite_partition" and partition_is_date(pinned.plan)):
        return None
    ranks = sorted({*dates})
    place = by_file([str(ranks.index(date)) for date in dates], hidden.FILE, "int")
    rows = pinned.sound([*pinned.target_columns, f"{place} AS df_place"])
    if mode == "overwrite" or partition is None:
        return rows.where(f"df_place = {len(ranks) - 1}").drop("df_place")
    columns = pinned.target_columns
    last = rows.selectExpr("*", f"max(df_place) OVER (PARTITION BY {partition_sql(partition)}) AS df_last")
    return last.where("df_place = df_last").selectExpr(*columns)


# rows with what a replay asks of them -------------------------------------------------------------------------------
def delivered(pinned: Pinned, side: str = "") -> dict[str, str]:
    """Column → SQL over the hidden columns of the pinned rows: was it delivered with this row?"""
    return history.delivered(pinned.plan, pinned.layout.columns, pinned.source.deliveries.dates, side)


def partial(pinned: Pinned) -> tuple[str, ...]:
    """The columns some of the pinned rows say nothing of."""
    return history.partial(pinned.plan, pinned.layout.columns, pinned.source.deliveries.dates)


def gone(pinned: Pinned) -> str:
    """SQL over the pinned rows: does the row only say that its key is gone?"""
    condition = pinned.plan.delete_when
    if condition is None:
        return "false"
    return f"coalesce(CAST(({render(condition, pinned.source.deliveries)}) AS boolean), false)"


def delivered_date(pinned: Pinned) -> str:
    """SQL over the hidden columns: the data date of the row's delivery."""
    dates = [date or pinned.plan.data_date for date in pinned.source.deliveries.dates]
    return by_file(dates or [pinned.plan.data_date], hidden.FILE, "date")


def marked(pinned: Pinned) -> DataFrame:
    """The accepted rows with their date, place, whether they delete, and what they deliver."""
    marks = [
        f"{delivered_date(pinned)} AS {DATE}", f"CAST({hidden.FILE} AS bigint) AS {FILE}",
        f"CAST({hidden.RECORD} AS bigint) AS {RECORD}", f"{gone(pinned)} AS {GONE}",
    ]  # fmt: skip
    marks += [f"({sql}) AS {quoted(HAS + name)}" for name, sql in delivered(pinned).items()
              if name not in VERSION_COLUMNS]  # fmt: skip
    return pinned.sound([*pinned.target_columns, *marks])


@dataclass(frozen=True)
class Replay:
    """Marked rows of some deliveries, and the plan they are replayed by.

    Attributes:
        plan: The plan.
        columns: The target's columns.
        rows: Marked rows.
        partial: The columns some delivery says nothing of.
    """

    plan: TablePlan
    columns: Sequence[PlanColumn]
    rows: DataFrame
    partial: tuple[str, ...]

    @property
    def _names(self) -> list[str]:
        return [column.name for column in self.columns]

    @property
    def _keys(self) -> str:
        return ", ".join(map(quoted, self.plan.primary_keys))

    @property
    def _order(self) -> str:
        parts = [f"{DATE} ASC NULLS FIRST", FILE, RECORD]
        if self.plan.sequence_by and self.plan.write_mode == "merge":
            parts.insert(0, f"{quoted(self.plan.sequence_by)} ASC NULLS FIRST")
        return ", ".join(parts)

    def _told(self) -> DataFrame:
        """The rows with what they do not say taken from the row before, as far back as the key was last gone."""
        before = f"PARTITION BY {self._keys} ORDER BY {self._order} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"
        life = f"count(CASE WHEN {GONE} THEN 1 END) OVER ({before})" if self.plan.delete_when is not None else "0"
        rows = self.rows.selectExpr("*", f"{life} AS df_life")
        within = (f"OVER (PARTITION BY {self._keys}, df_life ORDER BY {self._order} "
                  "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)")  # fmt: skip
        values = [_last_said(name, within) if name in self.partial else quoted(name) for name in self._names]
        return rows.selectExpr(*values, DATE, FILE, RECORD, GONE)

    def newest(self) -> DataFrame:
        """One row a key: the table a merge leaves."""
        later = f"lead(true, 1, false) OVER (PARTITION BY {self._keys} ORDER BY {self._order}) AS df_later"
        found = self._told().selectExpr("*", later).where(f"NOT df_later AND NOT {GONE}")
        return found.selectExpr(*map(quoted, self._names))

    def versions(self) -> DataFrame:
        """Every version of every key: the table of scd2."""
        window = f"OVER (PARTITION BY {self._keys} ORDER BY {DATE} ASC NULLS FIRST, {FILE}, {RECORD})"
        told = self._told().selectExpr("*", f"{self._row()} AS df_row").selectExpr(
            "*", f"lag(df_row) {window} AS df_before", f"lag({GONE}, 1, true) {window} AS df_absent"
        )  # fmt: skip
        new = f"CASE WHEN df_absent THEN NOT {GONE} ELSE {GONE} OR NOT (df_row <=> df_before) END"
        kept = told.where(new).selectExpr("*", f"lead({DATE}) {window} AS df_until").where(f"NOT {GONE}")
        own = {VALID_FROM: DATE, VALID_TO: "df_until", IS_CURRENT: "df_until IS NULL"}
        return kept.selectExpr(*(f"{own.get(name, quoted(name))} AS {quoted(name)}" for name in self._names))

    def _row(self) -> str:
        """SQL of what makes a version: every value but its key and its dates."""
        apart = {*VERSION_COLUMNS, *self.plan.primary_keys}
        compared = [c for c in self.columns if c.name not in apart and not is_filled(self.plan, c)]
        return f"struct({', '.join(comparable(quoted(c.name), c.type) for c in compared) or '0'})"


def _last_said(name: str, within: str) -> str:
    """The last value that was delivered, else what the row has for want of one (its default)."""
    value = f"struct({quoted(name)} AS v)"
    said = f"last(CASE WHEN {quoted(HAS + name)} THEN {value} END, true) {within}"
    return f"coalesce({said}, {value}).v AS {quoted(name)}"
