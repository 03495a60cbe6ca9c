"""One commit by the plan's write mode, computed again when the table has moved on, and refused when counts differ."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from data_framework.modules.data_process.integrations.spark.commits import committed, replace_where, settled
from data_framework.modules.data_process.integrations.spark.one_pass.prepared import Pinned
from data_framework.modules.data_process.integrations.spark.sorting import keep_order
from data_framework.modules.data_process.integrations.spark.writing.merge import merge
from data_framework.modules.data_process.integrations.spark.writing.outcome import (
    Outcome,
    Prepare,
    Target,
    added,
    nothing,
)
from data_framework.modules.data_process.integrations.spark.writing.partitions import overwritten
from data_framework.modules.data_process.integrations.spark.writing.replay import last_delivered
from data_framework.modules.data_process.integrations.spark.writing.sequence import leaves_trace, mark
from data_framework.modules.data_process.integrations.spark.writing.versions import versioned
from data_framework.modules.data_process.plan.model import Written
from data_framework.modules.exception import CountMismatchError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_PARTS = ("rows_written", "rows_unchanged", "rows_quarantined", "rows_dropped", "rows_merged")


def publish(pinned: Pinned, properties: Mapping[str, str], prepare: Prepare) -> Written:
    """Publish the accepted rows of a pinned plan.

    Args:
        pinned: The plan after its pass.
        properties: Of the snapshot's summary.
        prepare: Pins and judges another plan of the table, for rows that are told again.

    Raises:
        CountMismatchError: The counts do not add up; nothing was published.
        PublishFailedError: The commit failed, or the table kept moving.
    """
    desk, ref = pinned.desk, pinned.plan.target
    if desk.catalogue.exists(ref):
        keep_order(desk, pinned.plan)
    return committed(desk, ref, lambda: _attempt(pinned, properties, prepare))


def _attempt(pinned: Pinned, properties: Mapping[str, str], prepare: Prepare) -> Written:
    target = Target.of(pinned, prepare)
    outcome = _outcome(target)
    verdict = pinned.verdict
    counts = {
        "rows_read": verdict.rows_read, "rows_written": outcome.written, "rows_unchanged": outcome.unchanged,
        "rows_deleted": outcome.deleted, "rows_quarantined": verdict.rejected,
        "rows_dropped": verdict.dropped + outcome.dropped, "rows_merged": pinned.merged + outcome.merged,
    }  # fmt: skip
    _check(pinned, counts)
    counts["rows_total"] = target.rows + outcome.gained
    high = mark(target)
    if outcome.commit is None and outcome.dropped and leaves_trace(target, high):
        outcome.commit = added(target, nothing(pinned), 0).commit
    if outcome.commit is None:
        before = target.snapshot
        if target.create is not None:
            pinned.desk.catalogue.create(pinned.plan.target, target.create)
        return Written(**counts, bytes_added=0, bytes_deleted=0, snapshot_id=before.snapshot_id if before else None)
    outcome.commit({**properties, **{name: str(value) for name, value in counts.items()}, **high})
    if target.create is not None:
        keep_order(pinned.desk, pinned.plan)
    return Written(**counts, **settled(pinned.desk, pinned.plan.target))


def _outcome(target: Target) -> Outcome:
    mode = target.pinned.plan.write_mode
    return merge(target) if mode == "merge" else versioned(target) if mode == "scd2" else _replaced(target)


def _check(pinned: Pinned, counts: Mapping[str, int]) -> None:
    accounted = sum(counts[name] for name in _PARTS)
    if accounted != counts["rows_read"]:
        detail = ", ".join(f"{name} {counts[name]}" for name in _PARTS)
        raise CountMismatchError(
            table=str(pinned.plan.target), rows_read=counts["rows_read"], accounted=accounted, detail=detail
        )


# append, overwrite --------------------------------------------------------------------------------------------------
def _replaced(target: Target) -> Outcome:
    pinned, plan = target.pinned, target.pinned.plan
    if plan.write_mode == "overwrite_partition" and plan.partition_field and not target.full:
        return overwritten(target)
    rows, written = _rows(target)
    appends = plan.write_mode == "append" and not target.full
    deleted = 0 if appends else target.rows
    outcome = Outcome(written=written, deleted=deleted, merged=pinned.rows - written, gained=written - deleted)
    if appends or not target.files:
        outcome.commit = target.adds(rows) if written else None
    elif written or deleted:
        outcome.commit = partial(replace_where, pinned.desk, plan.target, rows, "true", target.snapshot)
    return outcome


def _rows(target: Target) -> tuple[DataFrame, int]:
    """The rows that enter, and how many they are."""
    pinned = target.pinned
    if target.full and (last := last_delivered(pinned)) is not None:
        kept = pinned.desk.keep(last, "last")
        return kept, kept.count()
    return (pinned.sound(pinned.target_columns) if pinned.rows else nothing(pinned)), pinned.rows
