"""One commit by the plan's write mode, computed again when the table has moved on, and refused when counts differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import fields

import duckdb

from data_framework.modules.catalogue import CatalogueInterface, Change, committed, standing
from data_framework.modules.data_process.integrations.pandas.one_pass.prepared import Staged
from data_framework.modules.data_process.integrations.pandas.writing.attempt import Outcome, Table, accepted
from data_framework.modules.data_process.integrations.pandas.writing.merge import merge
from data_framework.modules.data_process.integrations.pandas.writing.partitions import overwritten
from data_framework.modules.data_process.integrations.pandas.writing.replay import last_delivered
from data_framework.modules.data_process.integrations.pandas.writing.sequence import leaves_trace, mark
from data_framework.modules.data_process.integrations.pandas.writing.versions import versioned
from data_framework.modules.data_process.plan.model import TablePlan, Written
from data_framework.modules.exception import CommitConflictError, CountMismatchError, PublishFailedError

Prepare = Callable[[TablePlan], AbstractContextManager[Staged]]


def publish(catalogue: CatalogueInterface, staged: Staged, properties: Mapping[str, str], prepare: Prepare) -> Written:
    """Publish the accepted rows of a staged plan.

    Args:
        catalogue: Where the table is.
        staged: The plan after its pass.
        properties: Of the snapshot's summary.
        prepare: Stages and judges another plan of the table, for rows that are told again.

    Raises:
        CountMismatchError: The counts do not add up; nothing was published.
        PublishFailedError: There is no room for the new files, or the table kept moving.
    """
    ref = staged.plan.target
    try:
        return committed(catalogue, ref, lambda: _attempt(catalogue, staged, properties, prepare))
    except (duckdb.Error, OSError) as error:
        raise PublishFailedError(table=str(ref), reason=str(error).split("\n\n")[0]) from error
    except CommitConflictError as error:
        raise PublishFailedError(table=str(ref), reason="other writers were faster every time") from error


def _attempt(catalogue: CatalogueInterface, staged: Staged, properties: Mapping[str, str], prepare: Prepare) -> Written:
    ref = staged.plan.target
    found = standing(catalogue, ref, staged.layout.schema)
    table = Table(catalogue, staged, found.snapshot, found.files, found.create, prepare)
    outcome = Outcome()
    try:
        outcome = _outcome(table)
        return _commit(table, outcome, properties)
    except (CommitConflictError, duckdb.Error, OSError):
        catalogue.discard_files(outcome.made)
        raise


def _outcome(table: Table) -> Outcome:
    mode = table.staged.plan.write_mode
    if mode in {"merge", "scd2"}:
        return merge(table) if mode == "merge" else versioned(table)
    if mode == "overwrite_partition" and table.staged.plan.partition_field and not table.full:
        return overwritten(table)
    outcome = _replaced(table) if table.full else accepted(table)
    if mode != "append" or table.full:
        outcome.remove = list(table.files)
    outcome.deleted = sum(file.rows for file in outcome.remove)
    return outcome


def _replaced(table: Table) -> Outcome:
    """The table that replaying every delivery gives where each replaces the rows of those before it."""
    select, verdict = last_delivered(table.staged), table.staged.verdict
    if not select:
        return accepted(table)
    made = table.write(select)
    rows, _ = _size(table, made)
    overtaken = verdict.rows_read - verdict.rejected - verdict.dropped - table.staged.merged - rows
    return Outcome(add=made, made=made, written=rows, merged=overtaken)


def _commit(table: Table, outcome: Outcome, properties: Mapping[str, str]) -> Written:
    verdict, snapshot = table.staged.verdict, table.snapshot
    counts = {
        "rows_read": verdict.rows_read, "rows_written": outcome.written, "rows_unchanged": outcome.unchanged,
        "rows_deleted": outcome.deleted, "rows_quarantined": verdict.rejected,
        "rows_dropped": verdict.dropped + outcome.dropped,
        "rows_merged": table.staged.merged + outcome.merged,
    }  # fmt: skip
    _check(table, counts)
    removed = {file.path for file in outcome.remove}
    added_rows, added_bytes = _size(table, outcome.add)
    counts["rows_total"] = sum(file.rows for file in table.files if file.path not in removed) + added_rows
    counts["bytes_added"] = added_bytes
    counts["bytes_deleted"] = sum(file.size for file in outcome.remove)
    snapshot_id = snapshot.snapshot_id if snapshot else None
    high = mark(table)
    if outcome.add or outcome.remove or (outcome.dropped and leaves_trace(table, high)):
        known = {key: str(value) for key, value in counts.items()}
        said = {**properties, **known, **high}
        change = Change(outcome.add, sorted(removed), snapshot_id, said, create=table.create)
        snapshot_id = table.catalogue.commit(table.staged.plan.target, change).snapshot_id
        table.staged.published = set(outcome.add)
    elif table.create is not None:
        table.catalogue.create(table.staged.plan.target, table.create)
    assert {*counts, "snapshot_id"} == {item.name for item in fields(Written)}
    return Written(**counts, snapshot_id=snapshot_id)


def _check(table: Table, counts: Mapping[str, int]) -> None:
    parts = ("rows_written", "rows_unchanged", "rows_quarantined", "rows_dropped", "rows_merged")
    accounted = sum(counts[name] for name in parts)
    if accounted != counts["rows_read"]:
        detail = ", ".join(f"{name} {counts[name]}" for name in parts)
        raise CountMismatchError(
            table=str(table.staged.plan.target), rows_read=counts["rows_read"], accounted=accounted, detail=detail
        )


def _size(table: Table, paths: list[str]) -> tuple[int, int]:
    """The rows and bytes of some files."""
    if not paths:
        return 0, 0
    rows, size = table.staged.one(f"SELECT sum(num_rows), sum(file_size_bytes) FROM parquet_file_metadata({paths!r})")
    return int(rows), int(size)
