"""Merge by primary key: files without a changed row stay, unchanged rows are recognised, an older date never wins."""

from __future__ import annotations

from dataclasses import dataclass

from data_framework.modules.catalogue import DataFile
from data_framework.modules.data_process.integrations.pandas.sql.casts import literal
from data_framework.modules.data_process.integrations.pandas.writing.attempt import Outcome, Table, accepted
from data_framework.modules.data_process.integrations.pandas.writing.finding import crowded, leaving, rows_of, touched
from data_framework.modules.data_process.integrations.pandas.writing.replay import (
    Replay,
    delivered,
    gone,
    marked,
    partial,
)
from data_framework.modules.data_process.integrations.pandas.writing.retelling import KEYS, RETOLD, tell_again
from data_framework.modules.data_process.plan import hidden
from data_framework.modules.data_process.plan.history import date_column
from data_framework.modules.data_process.plan.model import TablePlan
from data_framework.modules.utils.names import quote_identifier as quoted

_MATCH, _DIFFERENT = "df_match", "df_different"
_EFFECTIVE = "(NOT same AND NOT stale) OR (same AND renewed)"


def merge(table: Table) -> Outcome:
    """Compute the change a merge makes."""
    if table.full:
        return rebuilt(table)
    staged = table.staged
    again = tell_again(table)
    simple = _simple(table, again)
    rows = _accepted(table)
    concerned = touched(table, simple) if rows else []
    if not again and not concerned and staged.plan.delete_when is None:
        return _inserted(table, rows)
    _match(table, concerned, simple)
    outcome = _counted(table, simple)
    paths = {row[0] for row in staged.rows(f"SELECT DISTINCT filename FROM {_MATCH} WHERE {_EFFECTIVE}")}
    selects = [_new_rows(table, leaving(table, concerned, paths), simple)]
    if again:
        concerned += _different(table)
        selects.append(_count_again(table, outcome))
        different = staged.rows(f"SELECT DISTINCT filename FROM {_DIFFERENT}")  # none: a row that is new, or back
        paths |= {row[0] for row in different if row[0] is not None}
        again = bool(different)
    if outcome.written or paths or again:
        _rewrite(table, outcome, leaving(table, concerned, paths), selects, again)
    return outcome


def _accepted(table: Table) -> int:
    verdict = table.staged.verdict
    return verdict.rows_read - verdict.rejected - verdict.dropped - table.staged.merged


def _simple(table: Table, again: bool) -> str:
    """The SELECT of the accepted rows that are told from themselves and the table alone."""
    staged = table.staged
    rows = staged.sound(f"{staged.target_columns}, {hidden.FILE}, {hidden.RECORD}, {gone(staged)} AS df_gone")
    keys = ", ".join(quoted(key) for key in staged.plan.primary_keys)
    return f"SELECT s.* FROM ({rows}) s ANTI JOIN {KEYS} USING ({keys})" if again else rows


def _inserted(table: Table, rows: int) -> Outcome:
    """No key is there yet: cost does not grow with deliveries, because small files that gathered are taken along."""
    if not rows:
        return Outcome()
    outcome, small = accepted(table), crowded(table)
    if not small:
        return outcome
    table.staged.leftovers += outcome.made
    made = table.write(f"{rows_of(table, small)} UNION ALL {table.staged.sound(table.staged.target_columns)}")
    return Outcome(add=made, made=made, remove=small, written=outcome.written)


# rows told from themselves and the table ----------------------------------------------------------------------------
@dataclass(frozen=True)
class _Order:
    """Which of two rows is newer: SQL over `s` (staged) and `t` (target)."""

    stale: str
    renewed: str


def _order(plan: TablePlan, names: tuple[str, ...]) -> _Order:
    """By `sequence_by`, then by data date."""
    column = date_column(plan)
    older, renewed = "false", "false"
    if column in names and (column == hidden.DATA_DATE or plan.data_date):
        new, old = f"s.{quoted(str(column))}::DATE", f"t.{quoted(str(column))}::DATE"
        older = f"coalesce({new} < {old}, false)"
        if column == hidden.DATA_DATE:
            renewed = f"({new} > {old} OR ({new} IS NOT NULL AND {old} IS NULL))"
    if plan.sequence_by:
        new, old = f"s.{quoted(plan.sequence_by)}", f"t.{quoted(plan.sequence_by)}"
        older = (f"(coalesce({new} < {old}, {old} IS NOT NULL AND {new} IS NULL) "
                 f"OR ({new} IS NOT DISTINCT FROM {old} AND {older}))")  # fmt: skip
    return _Order(older, renewed)


def _match(table: Table, files: list[DataFile], simple: str) -> None:
    """Pair the staged rows with the target's: is the row the same, is it older?"""
    staged, plan = table.staged, table.staged.plan
    keys, order, by_name = plan.primary_keys, _order(plan, staged.layout.names), delivered(staged)
    compared = [name for name in staged.layout.names if name not in {*keys, hidden.DATA_DATE}]
    tests = ["NOT s.df_gone", *(_same(name, by_name[name]) for name in compared if by_name[name] != "false")]
    on = " AND ".join(f"t.{quoted(key)} = s.{quoted(key)}" for key in keys)
    staged.cursor.execute(
        f"CREATE OR REPLACE TEMP TABLE {_MATCH} AS SELECT {', '.join(f's.{quoted(key)}' for key in keys)}, "
        f"s.{hidden.FILE} AS file, s.{hidden.RECORD} AS record, t.filename AS filename, s.df_gone AS gone, "
        f"({' AND '.join(tests)}) AS same, {order.stale} AS stale, {order.renewed} AS renewed "
        f"FROM ({rows_of(table, files, filename=True)}) t JOIN ({simple}) s ON {on}"
    )


def _same(name: str, is_delivered: str) -> str:
    equal = f"s.{quoted(name)} IS NOT DISTINCT FROM t.{quoted(name)}"
    return equal if is_delivered == "true" else f"(NOT ({is_delivered}) OR {equal})"


def _counted(table: Table, simple: str) -> Outcome:
    """What becomes of each of the simple rows: one that only says its key is gone is dropped by that rule."""
    rows, erasing = table.staged.one(f"SELECT count(*), count(*) FILTER (df_gone) FROM ({simple})")
    changed, same, stale, removed = table.staged.one(
        "SELECT count(*) FILTER (NOT gone AND NOT same AND NOT stale), count(*) FILTER (NOT gone AND same), "
        "count(*) FILTER (NOT gone AND stale AND NOT same), count(*) FILTER (gone AND NOT stale) "
        f"FROM {_MATCH}"
    )
    inserted = rows - erasing - changed - same - stale
    return Outcome(written=changed + inserted, unchanged=same, merged=stale, dropped=erasing, deleted=removed)


def _new_rows(table: Table, old: list[DataFile], simple: str) -> str:
    """Staged rows that are new, or change the row of their key (then what was not delivered stays)."""
    staged = table.staged
    by_name = delivered(staged)
    unsaid = {*partial(staged)}
    ignored = f"SELECT file, record FROM {_MATCH} WHERE NOT ({_EFFECTIVE})"
    on = f"i.file = s.{hidden.FILE} AND i.record = s.{hidden.RECORD}"
    rows = f"SELECT s.* FROM ({simple}) s ANTI JOIN ({ignored}) i ON {on} WHERE NOT s.df_gone"
    if not unsaid or not old:
        return f"SELECT {', '.join(f's.{quoted(name)}' for name in staged.layout.names)} FROM ({rows}) s"
    keys = [quoted(key) for key in staged.plan.primary_keys]
    values = ", ".join(
        f"CASE WHEN t.{keys[0]} IS NULL OR {by_name[name]} THEN s.{quoted(name)} ELSE t.{quoted(name)} END AS "
        f"{quoted(name)}"
        if name in unsaid else f"s.{quoted(name)}"
        for name in staged.layout.names
    )  # fmt: skip
    on = " AND ".join(f"t.{key} = s.{key}" for key in keys)
    return f"SELECT {values} FROM ({rows}) s LEFT JOIN ({rows_of(table, old)}) t ON {on}"


# rows told again ----------------------------------------------------------------------------------------------------
def _different(table: Table) -> list[DataFile]:
    """Compare the rows told again with the target's: a table of keys that differ, their file and how."""
    staged = table.staged
    files = touched(table, f"SELECT * FROM {KEYS}")
    keys = [quoted(key) for key in staged.plan.primary_keys]
    on = " AND ".join(f"t.{key} = k.{key}" for key in keys)
    onto = on.replace("t.", "r.")
    compared = [quoted(name) for name in staged.layout.names if quoted(name) not in keys]
    equal = " AND ".join(f"r.{name} IS NOT DISTINCT FROM t.{name}" for name in compared) or "true"
    there, told = f"(t.{keys[0]} IS NOT NULL)", f"(r.{keys[0]} IS NOT NULL)"
    staged.cursor.execute(
        f"CREATE OR REPLACE TEMP TABLE {_DIFFERENT} AS SELECT {', '.join(f'k.{key}' for key in keys)}, "
        f"t.filename, {there} AS there, {told} AS told, "
        f"CASE WHEN {there} AND {told} THEN NOT ({equal}) ELSE {there} <> {told} END AS differs FROM {KEYS} k "
        f"LEFT JOIN ({rows_of(table, files, filename=True)}) t ON {on} LEFT JOIN {RETOLD} r ON {onto}"
    )
    return files


def _count_again(table: Table, outcome: Outcome) -> str:
    """Count what was told again, and answer the SELECT of its rows that are written."""
    staged, column = table.staged, date_column(table.staged.plan)
    keys = ", ".join(quoted(key) for key in staged.plan.primary_keys)
    own = f"SELECT {keys}, {gone(staged)} AS erases FROM ({staged.sound('*')})"
    newest = f"r.{quoted(column)}::DATE = DATE {literal(staged.plan.data_date)}" if column else "true"
    rows = (
        f"SELECT s.erases, coalesce(d.differs, false) AS differs, coalesce(d.told, false) AS told, "
        f"coalesce({newest}, false) AS newest FROM ({own}) s JOIN {KEYS} USING ({keys}) "
        f"LEFT JOIN {_DIFFERENT} d USING ({keys}) LEFT JOIN {RETOLD} r USING ({keys})"
    )
    written, unchanged, merged, erased = staged.one(
        "SELECT count(*) FILTER (NOT erases AND told AND differs), "
        "count(*) FILTER (NOT erases AND told AND NOT differs AND newest), "
        "count(*) FILTER (NOT erases AND (NOT told OR (NOT differs AND NOT newest))), "
        f"count(*) FILTER (erases) FROM ({rows})"
    )
    withdrawn = staged.one(
        f"SELECT count(*) FROM {_DIFFERENT} d ANTI JOIN (SELECT {keys} FROM ({own}) WHERE NOT erases) s "
        f"USING ({keys}) WHERE d.there AND d.differs"
    )[0]
    outcome.written += written
    outcome.unchanged += unchanged
    outcome.merged += merged
    outcome.dropped += erased
    outcome.deleted += withdrawn
    staged.cursor.execute(f"DELETE FROM {_DIFFERENT} WHERE NOT differs")
    names = ", ".join(f"r.{quoted(name)}" for name in staged.layout.names)
    return f"SELECT {names} FROM {RETOLD} r SEMI JOIN {_DIFFERENT} USING ({keys})"


# writing ------------------------------------------------------------------------------------------------------------
def _rewrite(table: Table, outcome: Outcome, old: list[DataFile], selects: list[str], again: bool) -> None:
    """Write the kept rows of the files that change, and the new ones, and say which files leave."""
    keys = ", ".join(quoted(key) for key in table.staged.plan.primary_keys)
    parts = list(selects)
    if old:
        columns = ", ".join(f"t.{quoted(name)}" for name in table.staged.layout.names)
        changed = f"SELECT {keys} FROM {_MATCH} WHERE {_EFFECTIVE}"
        changed += f" UNION ALL SELECT {keys} FROM {_DIFFERENT}" if again else ""
        parts.append(f"SELECT {columns} FROM ({rows_of(table, old)}) t ANTI JOIN ({changed}) m USING ({keys})")
    outcome.add = outcome.made = table.write(" UNION ALL ".join(parts))
    outcome.remove = old


# full mode ----------------------------------------------------------------------------------------------------------
def rebuilt(table: Table) -> Outcome:
    """The table that replaying every delivery in order gives."""
    staged = table.staged
    made = table.write(_replayed(table))
    listed = ", ".join(literal(path) for path in made)
    names = ", ".join(quoted(name) for name in staged.layout.names if name != hidden.DATA_DATE)
    rows = (
        int(staged.one(f"SELECT count(*) FROM read_parquet([{listed}], hive_partitioning = false)")[0]) if made else 0
    )
    erasing = staged.one(f"SELECT count(*) FILTER ({gone(staged)}) FROM ({staged.sound('*')})")[0]
    outcome = Outcome(
        add=made, made=made, remove=list(table.files), dropped=erasing, merged=_accepted(table) - rows - erasing
    )
    old = sum(file.rows for file in table.files)
    if rows and old:
        new = f"SELECT {names} FROM read_parquet([{listed}], hive_partitioning = false)"
        keys = ", ".join(quoted(key) for key in staged.plan.primary_keys)
        before = rows_of(table, table.files)
        outcome.unchanged = int(staged.one(f"SELECT count(*) FROM ({new} INTERSECT SELECT {names} FROM ({before}))")[0])
        outcome.deleted = int(staged.one(f"SELECT count(*) FROM ({before}) t ANTI JOIN ({new}) n USING ({keys})")[0])
    outcome.written = rows - outcome.unchanged
    if rows == old == outcome.unchanged:
        staged.leftovers.extend(made)
        return Outcome(unchanged=rows, merged=outcome.merged, dropped=outcome.dropped)
    return outcome


def _replayed(table: Table) -> str:
    """The SELECT of the table: keys that occur once are taken as they are, the others replayed (scd2: all of them)."""
    staged = table.staged
    names = staged.layout.names
    if staged.plan.write_mode == "scd2":
        return Replay(staged.plan, names, f"({marked(staged)})", partial(staged)).versions()
    keys = ", ".join(quoted(key) for key in staged.plan.primary_keys)
    staged.cursor.execute(
        f"CREATE OR REPLACE TEMP TABLE df_repeated AS SELECT {keys} FROM ({staged.sound(keys)}) GROUP BY {keys} "
        "HAVING count(*) > 1"
    )
    columns = ", ".join(f"s.{quoted(name)}" for name in names)
    once = f"SELECT {columns} FROM ({marked(staged)}) s ANTI JOIN df_repeated USING ({keys}) WHERE NOT df_gone"
    repeated = f"(SELECT s.* FROM ({marked(staged)}) s SEMI JOIN df_repeated USING ({keys}))"
    return f"{once} UNION ALL {Replay(staged.plan, names, repeated, partial(staged)).newest()}"
