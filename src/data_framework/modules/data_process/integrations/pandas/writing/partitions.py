"""Partitions overwritten by a delivery: newer ones stay in force, withdrawn ones fall back to the date before."""

from __future__ import annotations

from pathlib import Path

from data_framework.modules.data_process.integrations.pandas.files import partition_sql
from data_framework.modules.data_process.integrations.pandas.one_pass.prepared import Staged
from data_framework.modules.data_process.integrations.pandas.sql.casts import literal
from data_framework.modules.data_process.integrations.pandas.writing.attempt import Outcome, Table, accepted
from data_framework.modules.data_process.integrations.pandas.writing.replay import last_delivered
from data_framework.modules.data_process.plan.history import earlier, past
from data_framework.modules.data_process.plan.partitions import Claims, Partitions, claims


def overwritten(table: Table) -> Outcome:
    """Each partition of the delivery replaces the table's, unless a later date holds it."""
    staged = table.staged
    found = claims(staged.plan, _delivered(staged), table.files)
    outcome = accepted(table) if found.plain else _chosen(table, found)
    outcome.remove = [file for file in table.files if file.partition in found.leaving]
    outcome.deleted = sum(file.rows for file in outcome.remove)
    return outcome


def _delivered(staged: Staged) -> set[str | None]:
    return {row[0] for row in staged.rows(staged.sound(f"DISTINCT {_partition(staged)}"))}


def _chosen(table: Table, found: Claims) -> Outcome:
    """The rows that no later date overtakes, and what older dates say of withdrawn partitions."""
    staged = table.staged
    chosen = f"SELECT * FROM ({staged.sound(staged.target_columns)}) s WHERE NOT ({_one_of(staged, found.overtaken)})"
    rows, written = staged.one(
        f"SELECT (SELECT count(*) FROM ({staged.sound('1')})), (SELECT count(*) FROM ({chosen}))"
    )
    if found.withdrawn and earlier(staged.plan):
        chosen += f" UNION ALL BY NAME SELECT * FROM read_parquet({literal(_before(table, found.withdrawn))})"
    made = table.write(chosen)
    return Outcome(add=made, made=made, written=int(written), merged=int(rows - written))


def _before(table: Table, withdrawn: Partitions) -> str:
    """A scratch file of what older dates say of partitions: judged as they would be; nothing is published."""
    plan = past(table.staged.plan, earlier(table.staged.plan))
    path = str(Path(table.staged.scratch) / "before.parquet")
    with table.prepare(plan) as told:
        rows = last_delivered(told) or told.sound(told.target_columns)
        rows = f"SELECT * FROM ({rows}) s WHERE {_one_of(told, withdrawn)}"
        told.cursor.execute(f"COPY ({rows}) TO {literal(path)} (FORMAT parquet)")
    return path


def _one_of(staged: Staged, partitions: Partitions) -> str:
    """SQL over rows `s`: is the row of one of these partitions?"""
    known = ", ".join(literal(one) for one in sorted(one for one in partitions if one is not None))
    parts = [f"coalesce({_partition(staged)} IN ({known}), false)"] if known else []
    parts += [f"{_partition(staged)} IS NULL"] if None in partitions else []
    return " OR ".join(parts) or "false"


def _partition(staged: Staged) -> str:
    assert staged.plan.partition is not None
    return partition_sql(staged.plan.partition)
