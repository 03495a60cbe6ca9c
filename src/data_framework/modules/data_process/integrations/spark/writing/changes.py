"""A change of a keyed table as a table itself: what is inserted, updated and deleted, made by one statement."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from data_framework.modules.data_process.integrations.spark.commits import run_sql
from data_framework.modules.data_process.integrations.spark.utils import quoted
from data_framework.modules.data_process.plan.history import VALID_FROM
from data_framework.modules.exception import CommitConflictError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from data_framework.modules.data_process.integrations.spark.writing.outcome import Commit, Target

OP, VERSION = "df_op", "df_version"
_BROADCAST_CELLS = 20_000_000


def prepared(target: Target, changes: DataFrame) -> tuple[Commit | None, int]:
    """How the changes are committed (None: there are none), and how many rows the table has more (or fewer) after.

    Args:
        target: The table.
        changes: The target's columns with their new values, `df_op` (insert, update, delete), and in a table of
            versions `df_version`: the `valid_from` of the row that is changed.
    """
    kept = target.pinned.desk.keep(changes.where(f"{OP} IS NOT NULL"), "changes")
    counts = {row[OP]: int(row["count"]) for row in kept.groupBy(OP).count().collect()}
    gained = counts.get("insert", 0) - counts.get("delete", 0)
    if not counts:
        return None, 0
    if set(counts) == {"insert"}:
        rows = kept.selectExpr(*target.pinned.target_columns)
        return target.adds(rows), gained
    return partial(_merged, target, small(target, kept, sum(counts.values())), set(counts)), gained


def small(target: Target, rows: DataFrame, count: int) -> DataFrame:
    """Rows to be joined with the table, sent to every task where they are few.

    Spark by itself would shuffle and sort the whole table from ten megabytes on.
    """
    from pyspark.sql import functions

    few = count * len(target.pinned.layout.names) <= _BROADCAST_CELLS
    return functions.broadcast(rows) if few else rows


def _merged(target: Target, changes: DataFrame, kinds: set[str], properties: Mapping[str, str]) -> None:
    desk, ref = target.pinned.desk, target.pinned.plan.target
    if desk.catalogue.snapshot(ref) != target.snapshot:
        raise CommitConflictError(table=str(ref), reason="it has moved on while the change was computed")
    view = f"df_changes_{uuid.uuid4().hex}"
    changes.createOrReplaceTempView(view)
    try:
        run_sql(desk, f"MERGE INTO {desk.name(ref)} t USING {view} s ON {_on(target)} {_moves(target, kinds)}",
                properties)  # fmt: skip
    finally:
        desk.session.catalog.dropTempView(view)


def _on(target: Target) -> str:
    plan = target.pinned.plan
    parts = [f"t.{quoted(key)} = s.{quoted(key)}" for key in plan.primary_keys]
    if plan.write_mode == "scd2":
        parts += [f"t.{VALID_FROM} <=> s.{VERSION}", f"s.{OP} <> 'insert'"]
    return " AND ".join(parts)


def _moves(target: Target, kinds: set[str]) -> str:
    names = [quoted(name) for name in target.pinned.layout.names]
    moves = {
        "delete": f"WHEN MATCHED AND s.{OP} = 'delete' THEN DELETE",
        "update": f"WHEN MATCHED AND s.{OP} = 'update' THEN UPDATE SET {', '.join(f't.{n} = s.{n}' for n in names)}",
        "insert": f"WHEN NOT MATCHED AND s.{OP} = 'insert' THEN INSERT ({', '.join(names)}) "
                  f"VALUES ({', '.join(f's.{name}' for name in names)})",
    }  # fmt: skip
    return " ".join(sql for kind, sql in moves.items() if kind in kinds)
