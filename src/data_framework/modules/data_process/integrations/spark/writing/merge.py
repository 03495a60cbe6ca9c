"""Merge by primary key: unchanged rows are recognised, an older date never wins, what was not delivered stays."""

from __future__ import annotations

from functools import partial as bound
from typing import TYPE_CHECKING

from data_framework.modules.data_process.integrations.spark.commits import replace_where
from data_framework.modules.data_process.integrations.spark.one_pass.keys import repeated
from data_framework.modules.data_process.integrations.spark.one_pass.prepared import PLACE, one
from data_framework.modules.data_process.integrations.spark.sql.casts import comparable
from data_framework.modules.data_process.integrations.spark.utils import literal, quoted
from data_framework.modules.data_process.integrations.spark.writing.changes import OP, prepared, small
from data_framework.modules.data_process.integrations.spark.writing.outcome import Outcome, Target, added
from data_framework.modules.data_process.integrations.spark.writing.replay import (
    GONE,
    Replay,
    delivered,
    gone,
    marked,
    partial,
)
from data_framework.modules.data_process.integrations.spark.writing.retelling import Again, tell_again
from data_framework.modules.data_process.plan import hidden
from data_framework.modules.data_process.plan.history import date_column
from data_framework.modules.data_process.plan.model import TablePlan
from data_framework.modules.utils.data_types import DataType

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_OLD = "df_old_"
_EFFECTIVE = "(NOT same AND NOT stale) OR (same AND renewed)"


def merge(target: Target) -> Outcome:
    """Compute the change a merge makes."""
    if target.full:
        return rebuilt(target)
    pinned, again = target.pinned, tell_again(target)
    if again is None and not pinned.rows:
        return Outcome()
    if again is None and not target.rows and pinned.plan.delete_when is None:
        return added(target, pinned.sound(pinned.target_columns), pinned.rows)
    paired = _paired(target, again)
    outcome, changes = _counted(paired), _changes(target, paired)
    if again is not None:
        different = pinned.desk.keep(_different(target, again), "different")
        _count_again(target, again, different, outcome)
        changes = changes.unionByName(different.selectExpr(*pinned.target_columns, OP))
    outcome.commit, outcome.gained = prepared(target, changes)
    return outcome


# rows told from themselves and the table ----------------------------------------------------------------------------
def _paired(target: Target, again: Again | None) -> DataFrame:
    """The accepted rows told from themselves and the table alone, each beside what its key is in the target."""
    pinned = target.pinned
    rows = pinned.sound([*pinned.target_columns, *PLACE, f"{gone(pinned)} AS {GONE}"])
    if again is not None:
        rows = rows.join(again.keys, [*pinned.plan.primary_keys], "left_anti")
    staged = pinned.desk.keep(rows, "merge")
    matches = pinned.desk.keep(_matches(target, staged), "matches")
    return staged.join(matches, PLACE, "left")


def _matches(target: Target, staged: DataFrame) -> DataFrame:
    """Which staged rows meet a row of the target: is it the same, is it older? And what they do not say themselves."""
    from pyspark.sql import functions

    pinned = target.pinned
    plan, by_name = pinned.plan, delivered(pinned, "s.")
    compared = [column for column in pinned.layout.columns if column.name not in {*plan.primary_keys, hidden.DATA_DATE}]
    tests = [f"NOT s.{GONE}"] + [_same(column.name, by_name[column.name], column.type) for column in compared
                                 if by_name[column.name] != "false"]  # fmt: skip
    stale, renewed = _order(plan, pinned.layout.names)
    rows = small(target, staged, pinned.rows).alias("s")
    paired = target.read().alias("t").join(rows, functions.expr(_on(plan)))
    old = [f"t.{quoted(name)} AS {quoted(_OLD + name)}" for name in partial(pinned)]
    return paired.selectExpr(
        *(f"s.{name} AS {name}" for name in PLACE), "true AS there", f"({' AND '.join(tests)}) AS same",
        f"{stale} AS stale", f"{renewed} AS renewed", *old,
    )  # fmt: skip


def _on(plan: TablePlan) -> str:
    return " AND ".join(f"t.{quoted(key)} = s.{quoted(key)}" for key in plan.primary_keys)


def _order(plan: TablePlan, names: tuple[str, ...]) -> tuple[str, str]:
    """SQL over `s` (staged) and `t` (target): is the staged row older, is it the same of a later date?"""
    column, older, renewed = date_column(plan), "false", "false"
    if column in names and (column == hidden.DATA_DATE or plan.data_date):
        new, old = f"CAST(s.{quoted(str(column))} AS date)", f"CAST(t.{quoted(str(column))} AS date)"
        older = f"coalesce({new} < {old}, false)"
        if column == hidden.DATA_DATE:
            renewed = f"coalesce({new} > {old} OR ({new} IS NOT NULL AND {old} IS NULL), false)"
    if plan.sequence_by:
        new, old = f"s.{quoted(plan.sequence_by)}", f"t.{quoted(plan.sequence_by)}"
        older = f"(coalesce({new} < {old}, {old} IS NOT NULL AND {new} IS NULL) OR ({new} <=> {old} AND {older}))"
    return older, renewed


def _same(name: str, is_delivered: str, kind: DataType) -> str:
    left, right = (comparable(f"{side}.{quoted(name)}", kind) for side in "st")
    equal = f"{left} <=> {right}"
    return equal if is_delivered == "true" else f"(NOT ({is_delivered}) OR {equal})"


def _counted(paired: DataFrame) -> Outcome:
    """What becomes of each row: one that only says its key is gone is dropped by that rule."""
    row = one(paired.selectExpr(
        f"count_if(NOT {GONE}) AS rows", f"count_if({GONE}) AS erasing",
        f"count_if(NOT {GONE} AND NOT same AND NOT stale) AS changed", f"count_if(NOT {GONE} AND same) AS same",
        f"count_if(NOT {GONE} AND stale AND NOT same) AS stale", f"count_if({GONE} AND NOT stale) AS removed",
    ))  # fmt: skip
    written = row["rows"] - row["same"] - row["stale"]
    return Outcome(written=written, unchanged=row["same"], merged=row["stale"], dropped=row["erasing"],
                   deleted=row["removed"])  # fmt: skip


def _changes(target: Target, paired: DataFrame) -> DataFrame:
    """What the rows do to the table; where they say nothing, what was there stays."""
    by_name, unsaid = delivered(target.pinned), {*partial(target.pinned)}
    values = [
        f"CASE WHEN there IS NULL OR {by_name[name]} THEN {quoted(name)} ELSE {quoted(_OLD + name)} END AS "
        f"{quoted(name)}"
        if name in unsaid else quoted(name)
        for name in target.pinned.layout.names
    ]  # fmt: skip
    op = (f"CASE WHEN there IS NULL THEN CASE WHEN NOT {GONE} THEN 'insert' END WHEN NOT ({_EFFECTIVE}) THEN NULL "
          f"WHEN {GONE} THEN 'delete' ELSE 'update' END AS {OP}")  # fmt: skip
    return paired.selectExpr(*values, op)


# rows told again ----------------------------------------------------------------------------------------------------
def _different(target: Target, again: Again) -> DataFrame:
    """Each key told again: the row it has now, whether it is there and told, and what that does to the table."""
    from pyspark.sql import functions

    pinned = target.pinned
    keys = [*pinned.plan.primary_keys]
    compared = [column for column in pinned.layout.columns if column.name not in keys]
    old = target.read().join(again.keys, keys, "left_semi").selectExpr(
        *map(quoted, keys), "true AS there", *(f"{quoted(c.name)} AS {quoted(_OLD + c.name)}" for c in compared)
    )  # fmt: skip
    joined = again.keys.join(old, keys, "left").join(again.rows.withColumn("told", functions.lit(True)), keys, "left")
    equal = " AND ".join(
        f"{comparable(quoted(c.name), c.type)} <=> {comparable(quoted(_OLD + c.name), c.type)}" for c in compared
    )
    op = (f"CASE WHEN there AND told THEN CASE WHEN NOT ({equal or 'true'}) THEN 'update' END "
          "WHEN there THEN 'delete' WHEN told THEN 'insert' END")  # fmt: skip
    return joined.selectExpr(
        *pinned.target_columns, "coalesce(there, false) AS there", "coalesce(told, false) AS told", f"{op} AS {OP}"
    )


def _count_again(target: Target, again: Again, different: DataFrame, outcome: Outcome) -> None:
    """Count the delivered rows of keys that were told again."""
    pinned, column = target.pinned, date_column(target.pinned.plan)
    names = [*pinned.plan.primary_keys]
    keys = [quoted(key) for key in names]
    own = pinned.sound([*keys, f"{gone(pinned)} AS erases"])
    newest = f"CAST({quoted(column)} AS date) = DATE {literal(pinned.plan.data_date)}" if column else "true"
    told = different.selectExpr(
        *keys, f"{OP} IS NOT NULL AS differs", "told", f"told AND coalesce({newest}, false) AS newest"
    )
    row = one(own.join(told, names).selectExpr(
        "count_if(NOT erases AND told AND differs) AS written",
        "count_if(NOT erases AND told AND NOT differs AND newest) AS unchanged",
        "count_if(NOT erases AND (NOT told OR (NOT differs AND NOT newest))) AS merged",
        "count_if(erases) AS erased",
    ))  # fmt: skip
    withdrawn = different.where(f"there AND {OP} IS NOT NULL").join(own.where("NOT erases"), names, "left_anti")
    outcome.written += row["written"]
    outcome.unchanged += row["unchanged"]
    outcome.merged += row["merged"]
    outcome.dropped += row["erased"]
    outcome.deleted += withdrawn.count()


# full mode ----------------------------------------------------------------------------------------------------------
def rebuilt(target: Target) -> Outcome:
    """The table that replaying every delivery in order gives."""
    pinned = target.pinned
    kept = pinned.desk.keep(_replayed(target), "replayed")
    rows = kept.count()
    erasing = pinned.sound([gone(pinned) + " AS erases"]).where("erases").count() if pinned.plan.delete_when else 0
    outcome = Outcome(dropped=erasing, merged=pinned.rows - rows - erasing, gained=rows - target.rows)
    if rows and target.rows:
        outcome.unchanged, outcome.deleted = _compared(target, kept)
    outcome.written = rows - outcome.unchanged
    if rows == target.rows == outcome.unchanged:
        return Outcome(unchanged=rows, merged=outcome.merged, dropped=outcome.dropped)
    if target.files:
        outcome.commit = bound(replace_where, pinned.desk, pinned.plan.target, kept, "true", target.snapshot)
    elif rows:
        outcome.commit = added(target, kept, rows).commit
    return outcome


def _replayed(target: Target) -> DataFrame:
    """The table: keys that occur once are taken as they are, the others replayed (scd2: all of them)."""
    pinned = target.pinned
    plan, columns = pinned.plan, pinned.layout.columns
    rows = marked(pinned)
    if plan.write_mode == "scd2":
        return Replay(plan, columns, rows, partial(pinned)).versions()
    keys = [*plan.primary_keys]
    again = repeated(pinned.sound([quoted(key) for key in keys]), plan.primary_keys).where("df_rows > 1")
    again = pinned.desk.keep(again.drop("df_rows"), "repeated")
    once = rows.join(again, keys, "left_anti").where(f"NOT {GONE}").selectExpr(*pinned.target_columns)
    told = Replay(plan, columns, rows.join(again, keys, "left_semi"), partial(pinned)).newest()
    return once.unionByName(told)


def _compared(target: Target, kept: DataFrame) -> tuple[int, int]:
    """How many rows are there already as they are, and how many keys are gone."""
    names = [column for column in target.pinned.layout.columns if column.name != hidden.DATA_DATE]
    cells = [f"{comparable(quoted(column.name), column.type)} AS {quoted(column.name)}" for column in names]
    old, keys = target.read(), [*target.pinned.plan.primary_keys]
    unchanged = kept.selectExpr(*cells).intersect(old.selectExpr(*cells)).count()
    return unchanged, old.join(kept.select(*map(quoted, keys)), keys, "left_anti").count()
