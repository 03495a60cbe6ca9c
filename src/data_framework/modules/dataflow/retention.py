"""What is kept no longer than the platform says: replaced raw files, rejected files, closed rows of quarantines.

Nothing in force and nothing open is ever removed: the newest version of a raw file stays, and so does every row of a
quarantine that still waits for somebody. The ledger keeps its lines, so that what came remains known.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data_framework.modules.dataflow.landing.places import HISTORY, REJECTED
from data_framework.modules.utils.logger import get_logger

if TYPE_CHECKING:
    from collections.abc import Callable

    from data_framework.modules.catalogue import DataFile
    from data_framework.modules.config.model.tables import TableRef
    from data_framework.modules.dataflow.runtime import Runtime
    from data_framework.modules.storage import StoredObject

_LOG = get_logger("retention")
_SUFFIX, _MARK, _DATE, _STATUS = "_quarantine", "_quarantine_id", "_data_date", "_status"


@dataclass(frozen=True)
class Expired:
    """How much was removed: objects of raw's history, objects of the rejected area, rows of quarantines."""

    raw_history: int = 0
    rejected: int = 0
    quarantine: int = 0


def expire(runtime: Runtime, now: datetime | None = None) -> Expired:
    """Remove what the platform's `retention` keeps no longer; a key without days keeps everything.

    Args:
        runtime: Storage, run store, catalogue and engine.
        now: What the days are counted back from.

    Raises:
        DataFrameworkError: Something could not be removed; the next call tries again.
    """
    kept, at = runtime.config.platform.retention, now or datetime.now(UTC)
    expired = Expired(
        raw_history=0 if kept.raw_history is None else _history(runtime, at - timedelta(days=kept.raw_history)),
        rejected=0 if kept.rejected is None else _rejected(runtime, at - timedelta(days=kept.rejected)),
        quarantine=0 if kept.quarantine is None else _quarantines(runtime, at - timedelta(days=kept.quarantine)),
    )
    if expired != Expired():
        _LOG.info("Expired: %d replaced raw files, %d rejected files, %d quarantine rows.",
                  expired.raw_history, expired.rejected, expired.quarantine)  # fmt: skip
    return expired


def _history(runtime: Runtime, before: datetime) -> int:
    """Remove members of versions replaced before a time; what the ledger does not call replaced is left alone."""
    stored = [found for found in runtime.storage.list("raw", f"{HISTORY}/") if not found.problem]
    replaced = _replaced(runtime) if stored else {}
    return _delete(runtime, stored, lambda found: found.key in replaced and replaced[found.key] < before)


def _replaced(runtime: Runtime) -> dict[str, datetime]:
    """Keys in raw's history → when the version that replaced theirs arrived."""
    lines = list(runtime.state.deliveries())
    arrivals: dict[tuple[str, str, str, str], list[str]] = {}
    for line in lines:
        arrivals.setdefault((line.database, line.table, line.file_date, line.content_hash), []).append(line.arrived)
    times: dict[str, datetime] = {}
    for line in lines:
        if line.in_force or not line.superseded_by:
            continue
        later = arrivals.get((line.database, line.table, line.file_date, line.superseded_by), [])
        at = min((arrived for arrived in later if arrived > line.arrived), default=line.arrived)
        times.update(dict.fromkeys(line.raw_keys, datetime.fromisoformat(at)))
    return times


def _rejected(runtime: Runtime, before: datetime) -> int:
    stored = [found for found in runtime.storage.list(REJECTED) if not found.problem]
    return _delete(runtime, stored, lambda found: found.modified / 1e9 < before.timestamp())


def _delete(runtime: Runtime, stored: list[StoredObject], is_old: Callable[[StoredObject], bool]) -> int:
    old = [found for found in stored if is_old(found)]
    for found in old:
        runtime.storage.delete(found.layer, found.key)
    return len(old)


def _quarantines(runtime: Runtime, before: datetime) -> int:
    """Remove the rows that were closed before a time."""
    refs = [ref for ref in runtime.catalogue.tables() if ref.table.endswith(_SUFFIX)]
    return sum(_closed(runtime, ref, before) for ref in refs)


def _closed(runtime: Runtime, ref: TableRef, before: datetime) -> int:
    """Rows do not say when they were closed: it was not after the files of their data date were last written."""
    catalogue = runtime.catalogue
    if _MARK not in catalogue.schema(ref).names:
        return 0  # a table of the user's own with such a name
    written: dict[str | None, datetime] = {}
    for file in catalogue.files(ref):
        if not _all_open(file):
            at = _written(catalogue.filesystem(), file.path)
            written[file.partition] = max(at, written.get(file.partition, at))
    old = [day for day, at in written.items() if at < before]
    if not old:
        return 0
    dates = ", ".join(f"date '{day}'" for day in sorted(day for day in old if day is not None))
    places = [*([f"{_DATE} in ({dates})"] if dates else []), *([f"{_DATE} is null"] if None in old else [])]
    condition = f"_status <> 'open' and ({' or '.join(places)})"
    return runtime.data_process().delete_from_table(ref, condition).rows_deleted


def _all_open(file: DataFile) -> bool:
    return file.lower.get(_STATUS) == file.upper.get(_STATUS) == "open"


def _written(filesystem: Any | None, path: str) -> datetime:
    if filesystem is None:
        return datetime.fromtimestamp(Path(path).stat().st_mtime, UTC)
    at: datetime = filesystem.modified(path)
    return at
