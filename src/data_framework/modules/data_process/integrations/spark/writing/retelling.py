"""Keys whose rows are told again from every delivery in force: dates that came late, or again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from data_framework.modules.data_process.integrations.spark.utils import literal, quoted
from data_framework.modules.data_process.integrations.spark.writing.replay import Replay, marked, partial
from data_framework.modules.data_process.integrations.spark.writing.sequence import follows
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

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from data_framework.modules.data_process.integrations.spark.writing.outcome import Target


@dataclass(frozen=True)
class Again:
    """Keys to tell again, and the rows they have then."""

    keys: DataFrame
    rows: DataFrame


def tell_again(target: Target) -> Again | None:
    """The keys to tell again with their rows; None when there is no such key."""
    pinned, kind = target.pinned, _retold(target)
    if kind == "nothing":
        return None
    desk, plan = pinned.desk, pinned.plan
    keys = desk.keep(_keys(target, kind), "again")
    if kind != "everything" and not keys.take(1):
        return None
    names, unsaid = [*plan.primary_keys], {*partial(pinned)}
    rows = marked(pinned).join(keys, names, "left_semi")
    if files := earlier(plan):
        told, others = _told(target, files, None if kind == "everything" else keys)
        unsaid |= others
        rows = rows.unionByName(told)
        if kind == "everything":
            keys = desk.keep(keys.union(told.selectExpr(*map(quoted, names))).distinct(), "again")
    replay = Replay(plan, pinned.layout.columns, desk.keep(rows, "marked"), tuple(sorted(unsaid)))
    return Again(keys, desk.keep(replay.newest() if plan.write_mode == "merge" else replay.versions(), "retold"))


def _retold(target: Target) -> Retold:
    kind = retold(target.pinned.plan)
    return "nothing" if kind in {"touched", "everything"} and follows(target) else kind


def _keys(target: Target, kind: Retold) -> DataFrame:
    """The keys to tell again, as far as the target and the delivery know them."""
    plan = target.pinned.plan
    keys = [quoted(key) for key in plan.primary_keys]
    own = target.pinned.sound(keys)
    table = target.read()
    held = (table if kind == "everything" else table.where(_held(target, later=kind == "touched"))).selectExpr(*keys)
    if kind == "withdrawn" and plan.sequence_by:  # a row of this date may have been the newest only until now
        return held.distinct()
    if kind == "withdrawn":
        return held.join(own, [*plan.primary_keys], "left_anti").distinct()
    return held.union(own).distinct()


def _held(target: Target, *, later: bool) -> str:
    """SQL: what the target's rows from the plan's data date (or also from later ones) say."""
    plan = target.pinned.plan
    day = f"DATE {literal(plan.data_date)}"
    if plan.write_mode == "scd2":
        return f"{VALID_FROM} = {day} OR {VALID_TO} = {day}"
    column = date_column(plan)
    if column is None or (later and plan.sequence_by):
        return "true"
    return f"{quoted(column)} {'>=' if later else '='} {day}"


def _told(target: Target, files: tuple[RawFile, ...], keys: DataFrame | None) -> tuple[DataFrame, set[str]]:
    """What the other deliveries say of the keys (None: of all), kept with this plan; nothing is published."""
    plan = past(target.pinned.plan, files)
    with target.prepare(plan) as told:
        rows = marked(told)
        if keys is not None:
            rows = rows.join(keys, [*plan.primary_keys], "left_semi")
        return target.pinned.desk.keep(rows, "told"), {*partial(told)}
