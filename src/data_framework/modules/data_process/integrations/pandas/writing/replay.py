"""Several deliveries at once, as if one after the other: the newest wins, the undelivered stays, the deleted goes."""

from __future__ import annotations

from dataclasses import dataclass

from data_framework.modules.data_process.integrations.pandas.files import partition_sql
from data_framework.modules.data_process.integrations.pandas.one_pass.prepared import Staged
from data_framework.modules.data_process.integrations.pandas.sql import casts
from data_framework.modules.data_process.integrations.pandas.sql.dialect import render
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
from data_framework.modules.utils.names import quote_identifier as quoted

DATE, FILE, RECORD, GONE, HAS = "df_date", "df_file", "df_record", "df_gone", "df_has_"


def last_delivered(staged: Staged) -> str:
    """The SELECT of the rows that stay when each delivery (a data date) replaces the table, or its partitions.

    Empty when every row stays.
    """
    dates, partition = staged.deliveries.dates, staged.plan.partition
    mode = staged.plan.write_mode
    if mode == "append" or len({*dates}) < 2 or (mode == "overwrite_partition" and partition_is_date(staged.plan)):
        return ""
    ranks = sorted({*dates})
    place = f"[{', '.join(str(ranks.index(date)) for date in dates)}][s.{hidden.FILE} + 1]"
    columns = ", ".join(f"s.{quoted(name)}" for name in staged.layout.names)
    rows = staged.sound(f"{staged.target_columns}, {hidden.FILE}")
    if mode == "overwrite" or partition is None:
        return f"SELECT {columns} FROM ({rows}) s WHERE {place} = {len(ranks) - 1}"
    part = partition_sql(partition)
    last = f"SELECT {part} AS df_part, max({place}) AS df_place FROM ({rows}) s GROUP BY 1"
    on = f"{part} IS NOT DISTINCT FROM l.df_part AND {place} = l.df_place"
    return f"SELECT {columns} FROM ({rows}) s SEMI JOIN ({last}) l ON {on}"


# rows with what a replay asks of them -------------------------------------------------------------------------------
def delivered(staged: Staged) -> dict[str, str]:
    """Column → SQL over the hidden columns of `s`: was it delivered with this row?"""
    return history.delivered(staged.plan, staged.layout.columns, staged.deliveries.dates, "s.")


def partial(staged: Staged) -> tuple[str, ...]:
    """The columns some of the staged rows say nothing of."""
    return history.partial(staged.plan, staged.layout.columns, staged.deliveries.dates)


def gone(staged: Staged) -> str:
    """SQL over the staged rows: does the row only say that its key is gone?"""
    condition = staged.plan.delete_when
    return f"coalesce(({render(condition, staged.deliveries)})::BOOLEAN, false)" if condition is not None else "false"


def delivered_date(staged: Staged) -> str:
    """SQL over the hidden columns of `s`: the data date of the row's delivery."""
    dates = [date or staged.plan.data_date for date in staged.deliveries.dates] or [staged.plan.data_date]
    if len({*dates}) == 1:
        return f"CAST({casts.literal(dates[0]) if dates[0] else 'NULL'} AS DATE)"
    listed = ", ".join(casts.literal(date) if date else "NULL" for date in dates)
    return f"CAST(CAST([{listed}] AS VARCHAR[])[s.{hidden.FILE} + 1] AS DATE)"


def marked(staged: Staged) -> str:
    """The SELECT of the accepted rows with their date, place, whether they delete, and what they deliver."""
    marks = [
        f"{delivered_date(staged)} AS {DATE}", f"s.{hidden.FILE}::BIGINT AS {FILE}",
        f"s.{hidden.RECORD}::BIGINT AS {RECORD}", f"{gone(staged)} AS {GONE}",
    ]  # fmt: skip
    marks += [
        f"({sql}) AS {quoted(HAS + name)}" for name, sql in delivered(staged).items() if name not in VERSION_COLUMNS
    ]
    return staged.sound(f"{', '.join(f's.{quoted(name)}' for name in staged.layout.names)}, {', '.join(marks)}")


@dataclass(frozen=True)
class Replay:
    """Marked rows of some deliveries, and the plan they are replayed by.

    Attributes:
        plan: The plan.
        names: The target's columns.
        rows: A relation (a table's name or a SELECT in brackets) of marked rows.
        partial: The columns some delivery says nothing of.
    """

    plan: TablePlan
    names: tuple[str, ...]
    rows: str
    partial: tuple[str, ...]

    @property
    def _keys(self) -> str:
        return ", ".join(f"s.{quoted(key)}" for key in self.plan.primary_keys)

    @property
    def _order(self) -> str:
        parts = [f"s.{DATE} NULLS FIRST", f"s.{FILE}", f"s.{RECORD}"]
        if self.plan.sequence_by and self.plan.write_mode == "merge":
            parts.insert(0, f"s.{quoted(self.plan.sequence_by)} NULLS FIRST")
        return ", ".join(parts)

    def _told(self) -> str:
        """The rows with what they do not say taken from the row before, as far back as the key was last gone."""
        window = f"PARTITION BY {self._keys} ORDER BY {self._order} ROWS BETWEEN UNBOUNDED PRECEDING AND "
        life = f"count(*) FILTER (s.{GONE}) OVER ({window}1 PRECEDING)" if self.plan.delete_when is not None else "0"
        rows = f"SELECT *, {life} AS df_life FROM {self.rows} s"
        if not self.partial:
            return rows
        within = (f"OVER (PARTITION BY {self._keys}, s.df_life ORDER BY {self._order} "
                  "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)")  # fmt: skip
        values = ", ".join(_last_said(name, within) for name in self.partial)
        return f"SELECT * REPLACE ({values}) FROM ({rows}) s"

    def newest(self) -> str:
        """The SELECT of one row a key: the table a merge leaves."""
        picked = ", ".join(f"s.{quoted(name)}" for name in self.names)
        later = f"lead(true, 1, false) OVER (PARTITION BY {self._keys} ORDER BY {self._order}) AS df_later"
        return f"SELECT {picked} FROM (SELECT s.*, {later} FROM ({self._told()}) s) s WHERE NOT df_later AND NOT {GONE}"

    def versions(self) -> str:
        """The SELECT of every version of every key: the table of scd2."""
        values = [name for name in self.names if name not in {*VERSION_COLUMNS, *self.plan.primary_keys}]
        compared = [name for name in values if not _dates(self.plan, name)]
        window = f"OVER (PARTITION BY {self._keys} ORDER BY s.{DATE} NULLS FIRST, s.{FILE}, s.{RECORD})"
        row = f"row({', '.join(f's.{quoted(name)}' for name in compared) or '0'})"
        before = f"lag({row}) {window} AS df_before, lag(s.{GONE}, 1, true) {window} AS df_absent"
        told = f"SELECT s.*, {row} AS df_row, {before} FROM ({self._told()}) s"
        new = f"CASE WHEN df_absent THEN NOT {GONE} ELSE {GONE} OR df_row IS DISTINCT FROM df_before END"
        until = f"lead(s.{DATE}) {window} AS df_until"
        own = {
            VALID_FROM: f"s.{DATE}",
            VALID_TO: "s.df_until",
            IS_CURRENT: "s.df_until IS NULL",
        }
        picked = ", ".join(f"{own[name]} AS {name}" if name in own else f"s.{quoted(name)}" for name in self.names)
        return f"SELECT {picked} FROM (SELECT s.*, {until} FROM ({told}) s WHERE {new}) s WHERE NOT {GONE}"


def _last_said(name: str, within: str) -> str:
    """The last value that was delivered, else what the row has for want of one (its default)."""
    value, said = f"s.{quoted(name)}", f"FILTER (s.{quoted(HAS + name)}) {within}"
    last = f"(list({{'v': {value}}}) {said})[-1].v"
    return f"CASE WHEN count(*) {said} > 0 THEN {last} ELSE {value} END AS {quoted(name)}"


def _dates(plan: TablePlan, name: str) -> bool:
    return any(column.name == name and is_filled(plan, column) for column in plan.columns)
