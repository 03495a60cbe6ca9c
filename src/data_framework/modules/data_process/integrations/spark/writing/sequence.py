"""The mark of `sequence_by` over pinned rows: whether they come in order, and how far they come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from data_framework.modules.data_process.integrations.spark.one_pass.prepared import one
from data_framework.modules.data_process.integrations.spark.sql.casts import stored_type
from data_framework.modules.data_process.integrations.spark.sql.dialect import render
from data_framework.modules.data_process.integrations.spark.utils import literal, quoted
from data_framework.modules.data_process.plan import sequence
from data_framework.modules.data_process.plan.sequence import PROPERTY, comes_last, last_mark
from data_framework.modules.data_process.plan.vocabulary import as_text
from data_framework.modules.utils.data_types import parse_type

if TYPE_CHECKING:
    from data_framework.modules.catalogue import Snapshot
    from data_framework.modules.data_process.integrations.spark.writing.outcome import Target


def follows(target: Target) -> bool:
    """Whether the plan's date comes after all others, and each of its rows after all rows before."""
    plan, snapshots = target.pinned.plan, _snapshots(target)
    if plan.sequence_by is None or not comes_last(plan, target.files, snapshots):
        return False
    name, mark = quoted(plan.sequence_by), _cast(target, plan.sequence_by, last_mark(snapshots))
    rows = target.pinned.sound([name])
    return bool(one(rows.selectExpr(f"coalesce(bool_and(coalesce({name} >= {mark}, false)), true)"))[0])


def mark(target: Target) -> dict[str, str]:
    """The property of the next commit; {} where no row is known to be the latest."""
    plan, known = target.pinned.plan, last_mark(_snapshots(target))
    fresh = plan.rebuilds or target.snapshot is None
    if plan.sequence_by is None or plan.write_mode != "merge" or (known is None and not fresh):
        return {}
    name, before = quoted(plan.sequence_by), _cast(target, plan.sequence_by, None if fresh else known)
    highest = target.pinned.sound([name]).selectExpr(f"greatest(max({name}), {before}) AS high")
    (high,) = one(highest.selectExpr(render(as_text("high"))))
    return {} if high is None else {PROPERTY: str(high)}


def leaves_trace(target: Target, high: dict[str, str]) -> bool:
    """Whether deletions are noted by a commit though they find nothing to delete."""
    return sequence.leaves_trace(target.pinned.plan, high, _snapshots(target))


def _cast(target: Target, name: str, text: str | None) -> str:
    kind = next(parse_type(column.type) for column in target.pinned.layout.schema.columns if column.name == name)
    return f"CAST({'NULL' if text is None else literal(text)} AS {stored_type(kind)})"


def _snapshots(target: Target) -> list[Snapshot]:
    if target.snapshot is None:
        return []
    return target.pinned.desk.catalogue.history(target.pinned.plan.target, limit=100)
