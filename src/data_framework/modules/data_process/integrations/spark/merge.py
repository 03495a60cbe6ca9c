"""Merge by primary key: unchanged rows are recognised, an older date never wins, what was not delivered stays."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from sqlglot import exp

from data_framework.modules.data_process.integrations.spark.outcome import Outcome, Target
from data_framework.modules.data_process.integrations.spark.prepared import PLACE, Pinned, one
from data_framework.modules.data_process.integrations.spark.replay import replayed
from data_framework.modules.data_process.integrations.spark.text import quoted
from data_framework.modules.data_process.integrations.spark.writing import append, replace_where, run_sql
from data_framework.modules.data_process.plan import hidden
from data_framework.modules.data_process.plan.model import RawSource, TablePlan
from data_framework.modules.data_process.plan.target import partition_is_date
from data_framework.modules.exception import CommitConflictError
from data_framework.modules.utils.data_types import DataType, parse_type

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_BROADCAST_CELLS = 20_000_000
_EFFECTIVE = "(NOT same AND NOT stale) OR (same AND renewed)"


def merge(target: Target) -> Outcome:
    """Compute the change a merge makes."""
    pinned = target.pinned
    if target.full:
        return _rebuilt(target)
    if not pinned.rows:
        return Outcome()
    if not target.rows:
        rows = pinned.sound(pinned.target_columns)
        return _added(target, rows, Outcome(written=pinned.rows, gained=pinned.rows))
    staged = pinned.desk.keep(pinned.sound([*pinned.target_columns, *PLACE]), "merge")
    matches = pinned.desk.keep(_matches(target, staged), "matches")
    return _changed(target, staged, matches)


def _added(target: Target, rows: DataFrame, outcome: Outcome) -> Outcome:
    outcome.commit = partial(append, target.pinned.desk, target.pinned.plan.target, rows)
    return outcome


def _changed(target: Target, staged: DataFrame, matches: DataFrame) -> Outcome:
    row = one(matches.selectExpr(
        "count_if(NOT same AND NOT stale) AS changed", "count_if(same) AS same",
        "count_if(stale AND NOT same) AS stale", "count_if(same AND renewed) AS renewed",
    ))  # fmt: skip
    changed, same, stale = int(row["changed"]), int(row["same"]), int(row["stale"])
    inserted = target.pinned.rows - changed - same - stale
    outcome = Outcome(written=changed + inserted, unchanged=same, merged=stale, gained=inserted)
    if not (changed or inserted or row["renewed"]):
        return outcome
    ignored = matches.where(f"NOT ({_EFFECTIVE})").select(*PLACE)
    effective = staged.join(ignored, PLACE, "left_anti")
    if not (changed or row["renewed"]):
        return _added(target, effective.selectExpr(*target.pinned.target_columns), outcome)
    outcome.commit = partial(_merged, target, effective)
    return outcome


# which rows meet ----------------------------------------------------------------------------------------------------
def _matches(target: Target, staged: DataFrame) -> DataFrame:
    """Pair the staged rows with the target's: is the row the same, is it older?"""
    from pyspark.sql import functions

    pinned = target.pinned
    plan, types = pinned.plan, {one.name: parse_type(one.type) for one in pinned.layout.schema.columns}
    by_name = delivered(pinned)
    compared = [name for name in pinned.layout.names if name not in {*plan.primary_keys, hidden.DATA_DATE}]
    tests = [_same(name, by_name[name], types[name]) for name in compared if by_name[name] != "false"]
    stale, renewed = _order(plan, pinned.layout.names)
    rows = staged.alias("s")
    if pinned.rows * len(pinned.layout.names) <= _BROADCAST_CELLS:
        rows = functions.broadcast(rows)
    paired = target.read().alias("t").join(rows, functions.expr(_on(plan)))
    return paired.selectExpr(
        *(f"s.{name} AS {name}" for name in PLACE), f"({' AND '.join(tests) or 'true'}) AS same",
        f"{stale} AS stale", f"{renewed} AS renewed",
    )  # fmt: skip


def _on(plan: TablePlan) -> str:
    return " AND ".join(f"t.{quoted(key)} = s.{quoted(key)}" for key in plan.primary_keys)


def _order(plan: TablePlan, names: tuple[str, ...]) -> tuple[str, str]:
    """SQL over `s` (staged) and `t` (target): is the staged row older, is it the same of a later date?"""
    stamped = hidden.DATA_DATE in names
    renewed = (
        "coalesce(s._data_date > t._data_date OR (s._data_date IS NOT NULL AND t._data_date IS NULL), false)"
        if stamped
        else "false"
    )
    if plan.sequence_by:
        column = quoted(plan.sequence_by)
        return f"coalesce(s.{column} < t.{column}, t.{column} IS NOT NULL AND s.{column} IS NULL)", renewed
    if stamped:
        return "coalesce(s._data_date < t._data_date, false)", renewed
    if plan.data_date and plan.partition_field and partition_is_date(plan):
        column = quoted(plan.partition_field)
        return f"coalesce(CAST(s.{column} AS date) < CAST(t.{column} AS date), false)", "false"
    return "false", "false"


def _same(name: str, is_delivered: str, kind: DataType) -> str:
    left, right = (comparable(f"{side}.{quoted(name)}", kind) for side in "st")
    equal = f"{left} <=> {right}"
    return equal if is_delivered == "true" else f"(NOT ({is_delivered}) OR {equal})"


def comparable(value: str, kind: DataType) -> str:
    """SQL of a value that can be compared: Spark compares no maps."""
    return f"to_json(struct({value} AS v))" if "map<" in str(kind) else value


def delivered(pinned: Pinned, side: str = "s.") -> dict[str, str]:
    """Column → SQL over the hidden columns of the staged rows: was it delivered with this row?"""
    plan, found = pinned.plan, dict[str, str]()
    files = plan.source.files if isinstance(plan.source, RawSource) else ()
    for column in pinned.layout.columns:
        filled = column.name in {plan.partition_field, hidden.DATA_DATE}
        if column.text is None:
            dated = filled and any([plan.data_date, *pinned.source.deliveries.dates])
            found[column.name] = "true" if dated else "false"
            continue
        sources = {node.name for node in column.text.find_all(exp.Column)}
        lacking = [
            str(number) for number, file in enumerate(files) if sources and not sources & {*file.columns.values()}
        ]
        found[column.name] = f"{side}{hidden.FILE} NOT IN ({', '.join(lacking)})" if lacking else "true"
    return found


# the change ---------------------------------------------------------------------------------------------------------
def _merged(target: Target, effective: DataFrame, properties: Mapping[str, str]) -> None:
    """MERGE the rows that are new or change the row of their key (then what was not delivered stays)."""
    pinned = target.pinned
    desk, plan, names = pinned.desk, pinned.plan, pinned.layout.names
    found = desk.catalogue.snapshot(plan.target)
    if target.snapshot != found:
        raise CommitConflictError(table=str(plan.target), reason="it has moved on while the change was computed")
    by_name = delivered(pinned)
    values = {name: _value(name, by_name[name]) for name in names if name not in plan.primary_keys}
    sets = ", ".join(f"t.{quoted(name)} = {value}" for name, value in values.items())
    stale, _ = _order(plan, names)
    view = f"df_changes_{abs(hash(desk.folder))}"
    effective.createOrReplaceTempView(view)
    update = f"WHEN MATCHED AND NOT ({stale}) THEN UPDATE SET {sets} " if sets else ""
    statement = (
        f"MERGE INTO {desk.name(plan.target)} t USING {view} s ON {_on(plan)} {update}"
        f"WHEN NOT MATCHED THEN INSERT ({', '.join(map(quoted, names))}) "
        f"VALUES ({', '.join(f's.{quoted(name)}' for name in names)})"
    )
    try:
        run_sql(desk, statement, properties)
    finally:
        desk.session.catalog.dropTempView(view)


def _value(name: str, is_delivered: str) -> str:
    new, old = f"s.{quoted(name)}", f"t.{quoted(name)}"
    if is_delivered in {"true", "false"}:
        return new if is_delivered == "true" else old
    return f"CASE WHEN {is_delivered} THEN {new} ELSE {old} END"


# full mode ----------------------------------------------------------------------------------------------------------
def _rebuilt(target: Target) -> Outcome:
    """The table that replaying every delivery in order gives."""
    pinned = target.pinned
    kept = pinned.desk.keep(replayed(pinned, delivered(pinned, "")), "replayed")
    rows = kept.count()
    outcome = Outcome(merged=pinned.rows - rows, gained=rows - target.rows)
    if rows and target.rows:
        outcome.unchanged, outcome.deleted = _compared(target, kept)
    outcome.written = rows - outcome.unchanged
    if rows == target.rows == outcome.unchanged:
        return Outcome(unchanged=rows, merged=outcome.merged)
    if rows or target.files:
        condition = "true"
        outcome.commit = partial(
            replace_where, pinned.desk, pinned.plan.target, kept, condition, target.snapshot
        ) if target.files else partial(append, pinned.desk, pinned.plan.target, kept)  # fmt: skip
    return outcome


def _compared(target: Target, kept: DataFrame) -> tuple[int, int]:
    """How many rows are there already as they are, and how many keys are gone."""
    pinned = target.pinned
    types = {one.name: parse_type(one.type) for one in pinned.layout.schema.columns}
    names = [name for name in pinned.layout.names if name != hidden.DATA_DATE]
    cells = [f"{comparable(quoted(name), types[name])} AS {quoted(name)}" for name in names]
    old = target.read()
    keys = list(pinned.plan.primary_keys)
    unchanged = kept.selectExpr(*cells).intersect(old.selectExpr(*cells)).count()
    return unchanged, old.join(kept.select(*map(quoted, keys)), keys, "left_anti").count()
