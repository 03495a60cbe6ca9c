"""Partitions overwritten by a delivery: newer ones stay in force, withdrawn ones fall back to the date before."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from data_framework.modules.data_process.integrations.spark.commits import replace_where
from data_framework.modules.data_process.integrations.spark.one_pass.prepared import Pinned
from data_framework.modules.data_process.integrations.spark.sql.casts import stored_type
from data_framework.modules.data_process.integrations.spark.utils import literal, partition_sql, quoted
from data_framework.modules.data_process.integrations.spark.writing.outcome import Outcome, Target, nothing
from data_framework.modules.data_process.integrations.spark.writing.replay import last_delivered
from data_framework.modules.data_process.plan.history import earlier, past
from data_framework.modules.data_process.plan.partitions import Claims, Partitions, claims
from data_framework.modules.utils.data_types import parse_type

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def overwritten(target: Target) -> Outcome:
    """Each partition of the delivery replaces the table's, unless a later date holds it."""
    pinned = target.pinned
    found = claims(pinned.plan, _delivered(pinned), target.files)
    files = [file for file in target.files if file.partition in found.leaving]
    deleted = sum(file.rows for file in files)
    rows, written, entering = _rows(target, found)
    outcome = Outcome(written=written, deleted=deleted, merged=pinned.rows - written, gained=entering - deleted)
    if files:
        condition, ref = _one_of(pinned, found.leaving), pinned.plan.target
        outcome.commit = partial(replace_where, pinned.desk, ref, rows, condition, target.snapshot)
    elif entering:
        outcome.commit = target.adds(rows)
    return outcome


def _delivered(pinned: Pinned) -> set[str | None]:
    if not pinned.rows:
        return set()
    assert pinned.plan.partition is not None
    return {row[0] for row in pinned.sound([partition_sql(pinned.plan.partition)]).distinct().collect()}


def _rows(target: Target, found: Claims) -> tuple[DataFrame, int, int]:
    """The rows that enter, how many of them are delivered, and how many they are."""
    pinned = target.pinned
    rows, written = (pinned.sound(pinned.target_columns) if pinned.rows else nothing(pinned)), pinned.rows
    if found.overtaken:
        rows = rows.where(f"NOT ({_one_of(pinned, found.overtaken)})")
        written = rows.count()
    if not found.withdrawn or not earlier(pinned.plan):
        return rows, written, written
    before = _before(target, found.withdrawn)
    return rows.unionByName(before), written, written + before.count()


def _before(target: Target, withdrawn: Partitions) -> DataFrame:
    """What older dates say of partitions, kept with this plan: judged as they would be; nothing is published."""
    pinned = target.pinned
    with target.prepare(past(pinned.plan, earlier(pinned.plan))) as told:
        last = last_delivered(told)
        rows = told.sound(told.target_columns) if last is None else last
        return pinned.desk.keep(rows.where(_one_of(pinned, withdrawn)), "before")


def _one_of(pinned: Pinned, values: Partitions) -> str:
    """SQL: is a row of one of these partitions? Never null, and only of plain comparisons, which Iceberg prunes by."""
    partition = pinned.plan.partition
    assert partition is not None
    name = quoted(partition.field)
    kind = next(stored_type(parse_type(c.type)) for c in pinned.layout.schema.columns if c.name == partition.field)
    known = sorted(value for value in values if value is not None)
    if partition.transform:
        parts = [f"({name} >= {_month(one, kind)} AND {name} < {_month(one, kind, after=True)} AND {name} IS NOT NULL)"
                 for one in known]  # fmt: skip
    else:
        listed = ", ".join(f"CAST({literal(value)} AS {kind})" for value in known)
        parts = [f"({name} IN ({listed}) AND {name} IS NOT NULL)"] if known else []
    return " OR ".join([*parts, *([f"{name} IS NULL"] if None in values else [])])


def _month(text: str, kind: str, *, after: bool = False) -> str:
    """SQL of the first moment of a month, or of the one after."""
    year, month = (int(part) for part in text.rsplit("-", 1))
    year, month = (year + month // 12, month % 12 + 1) if after else (year, month)
    return f"CAST({literal(f'{year:04}-{month:02}-01')} AS {kind})"
