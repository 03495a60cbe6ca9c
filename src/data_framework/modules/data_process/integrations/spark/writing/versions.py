"""scd2: every version of a row is kept, with the dates from and to which it held.

A date that comes in order closes the versions it changes and opens new ones. A date that comes late, or again, is told
with all the others for its keys (see `retelling`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from data_framework.modules.data_process.integrations.spark.one_pass.prepared import PLACE, one
from data_framework.modules.data_process.integrations.spark.sql.casts import comparable
from data_framework.modules.data_process.integrations.spark.utils import quoted
from data_framework.modules.data_process.integrations.spark.writing.changes import OP, VERSION, prepared
from data_framework.modules.data_process.integrations.spark.writing.merge import rebuilt
from data_framework.modules.data_process.integrations.spark.writing.outcome import Outcome, Target
from data_framework.modules.data_process.integrations.spark.writing.replay import (
    GONE,
    delivered,
    delivered_date,
    gone,
    partial,
)
from data_framework.modules.data_process.integrations.spark.writing.retelling import Again, tell_again
from data_framework.modules.data_process.plan.history import (
    IS_CURRENT,
    VALID_FROM,
    VALID_TO,
    VERSION_COLUMNS,
    is_filled,
)

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_DAY, _NEW, _OLD = "df_day", "df_new_", "df_old_"


def versioned(target: Target) -> Outcome:
    """Compute the change a delivery makes to a table of versions."""
    if target.full:
        return rebuilt(target)
    again = tell_again(target)
    return _in_order(target) if again is None else _retold(target, again)


# a date after all others --------------------------------------------------------------------------------------------
def _in_order(target: Target) -> Outcome:
    pairs = target.pinned.desk.keep(_pairs(target), "pairs")
    row = one(pairs.selectExpr(
        f"count_if(NOT {GONE} AND move IN ('open', 'close', 'amend')) AS written", f"count_if({GONE}) AS erasing",
        f"count_if(NOT {GONE} AND move = 'same') AS unchanged", f"count_if(NOT {GONE} AND move = 'stale') AS stale",
        f"count_if({GONE} AND move = 'amend') AS removed",
    ))  # fmt: skip
    outcome = Outcome(written=row["written"], unchanged=row["unchanged"], merged=row["stale"], dropped=row["erasing"],
                      deleted=row["removed"])  # fmt: skip
    outcome.commit, outcome.gained = prepared(target, _closed(target, pairs).unionByName(_opened(target, pairs)))
    return outcome


def _pairs(target: Target) -> DataFrame:
    """Each pinned row beside the current version of its key, and what it does to it.

    open: there is none. close: it ends, and a new one begins. amend: it is of this very date, and is replaced.
    same, stale: nothing.
    """
    pinned = target.pinned
    by_name, keys, unsaid = delivered(pinned), pinned.plan.primary_keys, {*partial(pinned)}
    own = [column for column in pinned.layout.columns if column.name not in VERSION_COLUMNS]
    told = [column for column in own if column.name not in keys and not is_filled(pinned.plan, column)]
    names = [quoted(column.name) for column in own]
    rows = pinned.sound([*names, *PLACE, f"{gone(pinned)} AS {GONE}", f"{delivered_date(pinned)} AS {_DAY}"])
    current = target.read().where(IS_CURRENT).selectExpr(
        *(quoted(key) for key in keys), "true AS there",
        *(f"{quoted(n)} AS {quoted(_OLD + n)}" for n in pinned.layout.names if n not in keys),
    )  # fmt: skip
    values = {column.name: _value(column.name, by_name[column.name], column.name in unsaid) for column in own}
    joined = rows.join(current, [*keys], "left").selectExpr(
        "*", *(f"{value} AS {quoted(_NEW + name)}" for name, value in values.items())
    )
    tests = " AND ".join(
        f"{comparable(quoted(_NEW + c.name), c.type)} <=> {comparable(quoted(_OLD + c.name), c.type)}" for c in told
    )
    before = quoted(_OLD + VALID_FROM)
    move = (f"CASE WHEN there IS NULL THEN CASE WHEN {GONE} THEN 'same' ELSE 'open' END "
            f"WHEN coalesce({_DAY} < {before}, false) THEN 'stale' WHEN NOT {GONE} AND {tests or 'true'} THEN 'same' "
            f"WHEN {_DAY} <=> {before} THEN 'amend' ELSE 'close' END AS move")  # fmt: skip
    return joined.selectExpr("*", move)


def _value(name: str, is_delivered: str, unsaid: bool) -> str:
    """The value of the new version: what was not delivered stays as it was."""
    own = quoted(name)
    return f"CASE WHEN there IS NULL OR {is_delivered} THEN {own} ELSE {quoted(_OLD + name)} END" if unsaid else own


def _opened(target: Target, pairs: DataFrame) -> DataFrame:
    """New versions, those that take the place of one of the same date, and such that are gone again."""
    own = {VALID_FROM: _DAY, VALID_TO: "CAST(NULL AS date)", IS_CURRENT: "true"}
    values = [f"{own.get(name, quoted(_NEW + name))} AS {quoted(name)}" for name in target.pinned.layout.names]
    op = f"CASE WHEN {GONE} THEN 'delete' WHEN move = 'amend' THEN 'update' ELSE 'insert' END AS {OP}"
    wanted = f"move = 'amend' OR (NOT {GONE} AND move IN ('open', 'close'))"
    return pairs.where(wanted).selectExpr(*values, op, f"{_DAY} AS {VERSION}")


def _closed(target: Target, pairs: DataFrame) -> DataFrame:
    """The versions that end."""
    keys, before = target.pinned.plan.primary_keys, quoted(_OLD + VALID_FROM)
    own = {VALID_TO: _DAY, IS_CURRENT: "false", **{key: quoted(key) for key in keys}}
    values = [f"{own.get(name, quoted(_OLD + name))} AS {quoted(name)}" for name in target.pinned.layout.names]
    return pairs.where("move = 'close'").selectExpr(*values, f"'update' AS {OP}", f"{before} AS {VERSION}")


# a date among others ------------------------------------------------------------------------------------------------
def _retold(target: Target, again: Again) -> Outcome:
    """Replace the versions that differ now."""
    pinned, keys = target.pinned, [*target.pinned.plan.primary_keys]
    changes = pinned.desk.keep(_differences(target, again), "moved")
    moved = (
        changes.where(f"{OP} IS NOT NULL").selectExpr(*map(quoted, keys)).distinct().selectExpr("*", "true AS moved")
    )
    own = pinned.sound([*map(quoted, keys), f"{gone(pinned)} AS erases"]).join(moved, keys, "left")
    row = one(own.selectExpr(
        "count_if(NOT erases AND moved IS NOT NULL) AS written", "count_if(NOT erases AND moved IS NULL) AS unchanged",
        "count_if(erases) AS erasing",
    ))  # fmt: skip
    outcome = Outcome(written=row["written"], unchanged=row["unchanged"], dropped=row["erasing"],
                      deleted=changes.where(f"{OP} = 'delete'").count())  # fmt: skip
    outcome.commit, outcome.gained = prepared(target, changes)
    return outcome


def _differences(target: Target, again: Again) -> DataFrame:
    """The versions of the keys told again beside those the table has, by the date they begin."""
    from pyspark.sql import functions

    pinned, keys = target.pinned, [*target.pinned.plan.primary_keys]
    compared = [column for column in pinned.layout.columns if column.name not in {*keys, VALID_FROM}]
    was = target.read().join(again.keys, keys, "left_semi").withColumn("was", functions.lit(True)).alias("o")
    now = again.rows.withColumn("now", functions.lit(True)).alias("n")
    same = " AND ".join(f"o.{quoted(name)} <=> n.{quoted(name)}" for name in [*keys, VALID_FROM])
    equal = " AND ".join(f"{comparable(f'o.{quoted(c.name)}', c.type)} <=> {comparable(f'n.{quoted(c.name)}', c.type)}"
                         for c in compared)  # fmt: skip
    values = [f"CASE WHEN now THEN n.{quoted(name)} ELSE o.{quoted(name)} END AS {quoted(name)}"
              for name in pinned.layout.names]  # fmt: skip
    op = (f"CASE WHEN was AND now THEN CASE WHEN NOT ({equal}) THEN 'update' END "
          f"WHEN was THEN 'delete' ELSE 'insert' END AS {OP}")  # fmt: skip
    joined = was.join(now, functions.expr(same), "full")
    return joined.selectExpr(*values, op, f"coalesce(o.{VALID_FROM}, n.{VALID_FROM}) AS {VERSION}")
