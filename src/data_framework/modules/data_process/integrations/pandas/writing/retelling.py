"""Keys whose rows are told again from every delivery in force: dates that came late, or again."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from data_framework.modules.catalogue import DataFile
from data_framework.modules.data_process.integrations.pandas.sql.casts import literal
from data_framework.modules.data_process.integrations.pandas.writing.attempt import Table
from data_framework.modules.data_process.integrations.pandas.writing.finding import holding, rows_of
from data_framework.modules.data_process.integrations.pandas.writing.replay import Replay, marked, partial
from data_framework.modules.data_process.integrations.pandas.writing.sequence import follows
from data_framework.modules.data_process.plan.history import (
    VALID_FROM,
    VALID_TO,
    Retold,
    date_column,
    earlier,
    past,
    retold,
)
from data_framework.modules.data_process.plan.model import RawFile
from data_framework.modules.utils.names import quote_identifier as quoted

KEYS, MARKED, RETOLD = "df_again", "df_marked", "df_retold"


def tell_again(table: Table) -> bool:
    """Make the tables of keys to tell again (`df_again`) and of the rows they have then (`df_retold`).

    Returns:
        False when there is no such key; then `df_again` is there, and empty.
    """
    staged = table.staged
    plan = staged.plan
    keys = ", ".join(quoted(key) for key in plan.primary_keys)
    kind = _retold(table)
    if not staged.one(f"CREATE OR REPLACE TEMP TABLE {KEYS} AS {_keys(table, keys, kind)}")[0] and kind != "everything":
        return False
    parts, unsaid = [f"SELECT s.* FROM ({marked(staged)}) s SEMI JOIN {KEYS} USING ({keys})"], {*partial(staged)}
    if files := earlier(plan):
        path, others = _told(table, files, whole=kind == "everything")
        unsaid |= others
        parts.append(f"SELECT * FROM read_parquet({literal(path)})")
        if kind == "everything":
            staged.cursor.execute(f"INSERT INTO {KEYS} SELECT DISTINCT {keys} FROM read_parquet({literal(path)}) "
                                  f"ANTI JOIN {KEYS} USING ({keys})")  # fmt: skip
    staged.cursor.execute(f"CREATE OR REPLACE TEMP TABLE {MARKED} AS {' UNION ALL BY NAME '.join(parts)}")
    replay = Replay(plan, staged.layout.names, MARKED, tuple(sorted(unsaid)))
    select = replay.newest() if plan.write_mode == "merge" else replay.versions()
    staged.cursor.execute(f"CREATE OR REPLACE TEMP TABLE {RETOLD} AS {select}")
    return True


def _retold(table: Table) -> Retold:
    kind = retold(table.staged.plan)
    return "nothing" if kind in {"touched", "everything"} and follows(table) else kind


def _keys(table: Table, keys: str, kind: Retold) -> str:
    """The SELECT of the keys to tell again, as far as the target and the delivery know them."""
    staged, plan = table.staged, table.staged.plan
    if kind == "nothing":
        return f"{staged.sound(keys)} LIMIT 0"
    own = staged.sound(keys)
    held = f"SELECT {keys} FROM ({rows_of(table, table.files)})"
    if kind != "everything":
        held = _held(table, keys, later=kind == "touched")
    if kind == "withdrawn" and plan.sequence_by:  # a row of this date may have been the newest only until now
        return f"SELECT DISTINCT {keys} FROM ({held})"
    if kind == "withdrawn":
        return f"SELECT DISTINCT {keys} FROM ({held}) t ANTI JOIN ({own}) s USING ({keys})"
    return f"SELECT DISTINCT {keys} FROM ({held} UNION ALL {own})"


def _held(table: Table, keys: str, *, later: bool) -> str:
    """The keys the target holds from the plan's data date (or also from later ones), by what its rows say."""
    plan = table.staged.plan
    day = date.fromisoformat(plan.data_date)
    text = f"DATE {literal(plan.data_date)}"
    if plan.write_mode == "scd2":
        files = {file.path: file for name in (VALID_FROM, VALID_TO) for file in holding(table, name, day, day)}
        return _select(table, keys, [*files.values()], f"{VALID_FROM} = {text} OR {VALID_TO} = {text}")
    column = date_column(plan)
    if column is None or (later and plan.sequence_by):
        return _select(table, keys, table.files, "true")
    files = {file.path: file for file in holding(table, column, day, None if later else day)}
    return _select(table, keys, [*files.values()], f"{quoted(column)} {'>=' if later else '='} {text}")


def _select(table: Table, keys: str, files: list[DataFile], condition: str) -> str:
    return f"SELECT {keys} FROM ({rows_of(table, files)}) WHERE {condition}"


def _told(table: Table, files: tuple[RawFile, ...], *, whole: bool) -> tuple[str, set[str]]:
    """What the other deliveries say of the keys, in a scratch file: judged as they would be; nothing is published."""
    plan = past(table.staged.plan, files)
    scratch = Path(table.staged.scratch)
    keys = ", ".join(quoted(key) for key in plan.primary_keys)
    asked = literal(str(scratch / "again.parquet"))
    table.staged.cursor.execute(f"COPY {KEYS} TO {asked} (FORMAT parquet)")
    path = str(scratch / "told.parquet")
    with table.prepare(plan) as told:
        rows = f"SELECT s.* FROM ({marked(told)}) s"
        rows += "" if whole else f" SEMI JOIN read_parquet({asked}) a USING ({keys})"
        told.cursor.execute(f"COPY ({rows}) TO {literal(path)} (FORMAT parquet)")
        return path, {*partial(told)}
