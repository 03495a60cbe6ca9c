"""scd2: every version of a row is kept, with the dates from and to which it held.

A date that comes in order closes the versions it changes and opens new ones. A date that comes late, or again, is told
with all the others for its keys (see `retelling`).
"""

from __future__ import annotations

from data_framework.modules.catalogue import DataFile
from data_framework.modules.data_process.integrations.pandas.writing.attempt import Outcome, Table
from data_framework.modules.data_process.integrations.pandas.writing.finding import leaving, rows_of, touched
from data_framework.modules.data_process.integrations.pandas.writing.merge import rebuilt
from data_framework.modules.data_process.integrations.pandas.writing.replay import (
    delivered,
    delivered_date,
    gone,
    partial,
)
from data_framework.modules.data_process.integrations.pandas.writing.retelling import KEYS, RETOLD, tell_again
from data_framework.modules.data_process.plan import hidden
from data_framework.modules.data_process.plan.history import (
    IS_CURRENT,
    VALID_FROM,
    VALID_TO,
    VERSION_COLUMNS,
    is_filled,
)
from data_framework.modules.utils.names import quote_identifier as quoted

_PAIRS, _WAS = "df_pairs", "df_was"


def versioned(table: Table) -> Outcome:
    """Compute the change a delivery makes to a table of versions."""
    if table.full:
        return rebuilt(table)
    return _retold(table) if tell_again(table) else _in_order(table)


# a date after all others --------------------------------------------------------------------------------------------
def _in_order(table: Table) -> Outcome:
    staged = table.staged
    rows = f"{staged.target_columns}, {hidden.FILE}, {hidden.RECORD}, {gone(staged)} AS df_gone"
    source = staged.sound(f"{rows}, {delivered_date(staged)} AS df_day")
    concerned = touched(table, source)
    _pair(table, concerned, source)
    written, erasing, unchanged, overtaken, removed = staged.one(
        "SELECT count(*) FILTER (NOT df_gone AND move IN ('open', 'close', 'amend')), count(*) FILTER (df_gone), "
        "count(*) FILTER (NOT df_gone AND move = 'same'), count(*) FILTER (NOT df_gone AND move = 'stale'), "
        f"count(*) FILTER (df_gone AND move = 'amend') FROM {_PAIRS}"
    )
    outcome = Outcome(written=written, unchanged=unchanged, merged=overtaken, dropped=erasing, deleted=removed)
    paths = {row[0] for row in staged.rows(f"SELECT DISTINCT filename FROM {_PAIRS} WHERE move IN ('close', 'amend')")}
    if written or paths:
        old = leaving(table, concerned, paths)
        outcome.add = outcome.made = table.write(f"{_opened(table)} UNION ALL {_kept(table, old)}")
        outcome.remove = old
    return outcome


def _pair(table: Table, files: list[DataFile], source: str) -> None:
    """Each staged row beside the current version of its key, and what it does to it.

    open: there is none. close: it ends, and a new one begins. amend: it is of this very date, and is replaced.
    same, stale: nothing.
    """
    staged = table.staged
    names, by_name, keys = staged.layout.names, delivered(staged), staged.plan.primary_keys
    told = [name for name in names if name not in {*keys, *VERSION_COLUMNS} and not _dates(table, name)]
    unsaid = {*partial(staged)}
    values = {name: _value(name, by_name[name], name in unsaid) for name in names if name not in VERSION_COLUMNS}
    tests = " AND ".join(f"{values[name]} IS NOT DISTINCT FROM t.{quoted(name)}" for name in told) or "true"
    move = (
        f"CASE WHEN t.{quoted(keys[0])} IS NULL THEN CASE WHEN s.df_gone THEN 'same' ELSE 'open' END "
        f"WHEN coalesce(s.df_day < t.{VALID_FROM}, false) THEN 'stale' WHEN NOT s.df_gone AND {tests} THEN 'same' "
        f"WHEN s.df_day IS NOT DISTINCT FROM t.{VALID_FROM} THEN 'amend' ELSE 'close' END"
    )
    picked = ", ".join(f"{value} AS {quoted(name)}" for name, value in values.items())
    on = " AND ".join(f"t.{quoted(key)} = s.{quoted(key)}" for key in keys)
    current = f"SELECT * FROM ({rows_of(table, files, filename=True)}) WHERE {IS_CURRENT}"
    staged.cursor.execute(
        f"CREATE OR REPLACE TEMP TABLE {_PAIRS} AS SELECT {picked}, s.df_day, s.df_gone, t.filename, {move} AS move "
        f"FROM ({source}) s LEFT JOIN ({current}) t ON {on}"
    )


def _value(name: str, is_delivered: str, unsaid: bool) -> str:
    """The value of the new version: what was not delivered stays as it was."""
    own = f"s.{quoted(name)}"
    return f"CASE WHEN t.filename IS NULL OR {is_delivered} THEN {own} ELSE t.{quoted(name)} END" if unsaid else own


def _dates(table: Table, name: str) -> bool:
    return any(column.name == name and is_filled(table.staged.plan, column) for column in table.staged.layout.columns)


def _opened(table: Table) -> str:
    own = {VALID_FROM: "p.df_day", VALID_TO: "NULL::DATE", IS_CURRENT: "true"}
    picked = ", ".join(f"{own.get(name, f'p.{quoted(name)}')} AS {quoted(name)}" for name in table.staged.layout.names)
    return f"SELECT {picked} FROM {_PAIRS} p WHERE NOT df_gone AND move IN ('open', 'close', 'amend')"


def _kept(table: Table, old: list[DataFile]) -> str:
    """The rows of the files that leave: closed where a new version begins, left out where they are amended."""
    keys = table.staged.plan.primary_keys
    own = {
        VALID_TO: f"CASE WHEN p.move = 'close' THEN p.df_day ELSE t.{VALID_TO} END",
        IS_CURRENT: f"t.{IS_CURRENT} AND p.move IS NULL",
    }
    picked = ", ".join(f"{own.get(name, f't.{quoted(name)}')} AS {quoted(name)}" for name in table.staged.layout.names)
    moves = f"SELECT * FROM {_PAIRS} WHERE move IN ('close', 'amend')"
    on = " AND ".join(f"t.{quoted(key)} = p.{quoted(key)}" for key in keys)
    return (
        f"SELECT {picked} FROM ({rows_of(table, old)}) t LEFT JOIN ({moves}) p ON {on} AND t.{IS_CURRENT} "
        f"WHERE p.move IS DISTINCT FROM 'amend'"
    )


# a date among others ------------------------------------------------------------------------------------------------
def _retold(table: Table) -> Outcome:
    """Replace the versions of the keys that differ now."""
    staged = table.staged
    names = ", ".join(quoted(name) for name in staged.layout.names)
    keys = ", ".join(quoted(key) for key in staged.plan.primary_keys)
    files = touched(table, f"SELECT * FROM {KEYS}")
    was = f"SELECT t.* FROM ({rows_of(table, files, filename=True)}) t SEMI JOIN {KEYS} USING ({keys})"
    staged.cursor.execute(f"CREATE OR REPLACE TEMP TABLE {_WAS} AS {was}")
    now, before = f"SELECT {names} FROM {RETOLD}", f"SELECT {names} FROM {_WAS}"
    staged.cursor.execute(
        f"CREATE OR REPLACE TEMP TABLE df_moved AS SELECT DISTINCT {keys} FROM "
        f"(({now} EXCEPT {before}) UNION ALL ({before} EXCEPT {now}))"
    )
    outcome = _counted(table, keys)
    paths = {row[0] for row in staged.rows(f"SELECT DISTINCT filename FROM {_WAS} SEMI JOIN df_moved USING ({keys})")}
    if staged.one("SELECT count(*) FROM df_moved")[0]:
        old = leaving(table, files, paths)
        kept = f"SELECT {names} FROM ({rows_of(table, old)}) t ANTI JOIN df_moved USING ({keys})"
        outcome.add = outcome.made = table.write(f"{now} SEMI JOIN df_moved USING ({keys}) UNION ALL {kept}")
        outcome.remove = old
    return outcome


def _counted(table: Table, keys: str) -> Outcome:
    """Rows of keys whose versions differ now are written, the others unchanged; versions that are gone are deleted."""
    staged = table.staged
    own = f"SELECT {keys}, {gone(staged)} AS erases FROM ({staged.sound('*')})"
    written, unchanged, erasing = staged.one(
        "SELECT count(*) FILTER (NOT erases AND moved), count(*) FILTER (NOT erases AND NOT moved), "
        f"count(*) FILTER (erases) FROM (SELECT s.erases, m.moved IS NOT NULL AS moved FROM ({own}) s "
        f"LEFT JOIN (SELECT *, true AS moved FROM df_moved) m USING ({keys}))"
    )
    versions = f"{keys}, {VALID_FROM}"
    deleted = staged.one(f"SELECT count(*) FROM {_WAS} ANTI JOIN {RETOLD} USING ({versions})")[0]
    return Outcome(written=written, unchanged=unchanged, dropped=erasing, deleted=deleted)
