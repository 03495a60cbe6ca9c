"""How far `sequence_by` has come: a mark each commit carries, so that changes in order need no look at the past."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from data_framework.modules.data_process.plan.history import date_column, reached
from data_framework.modules.data_process.plan.model import RawSource, TablePlan

if TYPE_CHECKING:
    from data_framework.modules.catalogue import DataFile, Snapshot

PROPERTY = "sequence-high"


def last_mark(snapshots: Sequence[Snapshot]) -> str | None:
    """The mark of the latest commit that carries one (newest first)."""
    return next((one.properties[PROPERTY] for one in snapshots if PROPERTY in one.properties), None)


def comes_last(plan: TablePlan, files: Sequence[DataFile], snapshots: Sequence[Snapshot]) -> bool:
    """Whether the plan's date comes after all that a table holds or ever held; then only its rows can be out of order.

    Args:
        plan: The plan.
        files: Those of the target that may be read as they lie; none of them may hold a later date.
        snapshots: The target's latest, newest first.
    """
    if plan.sequence_by is None or plan.write_mode != "merge" or last_mark(snapshots) is None:
        return False
    past = plan.history.source.files if plan.history and isinstance(plan.history.source, RawSource) else ()
    column = date_column(plan)
    if column is None or any(file.data_date >= plan.data_date for file in past):
        return False
    day = date.fromisoformat(plan.data_date)
    return not any(overlaps(file, column, day, None) for file in files) and not reached(plan, snapshots)


def leaves_trace(plan: TablePlan, high: dict[str, str], snapshots: Sequence[Snapshot]) -> bool:
    """Whether deletions are noted by a commit though they find nothing to delete: what comes late must know of them."""
    return not reached(plan, snapshots) or high.get(PROPERTY) != last_mark(snapshots)


def overlaps(file: DataFile, column: str, lower: Any, upper: Any) -> bool:
    """Whether a file may hold a value between two (no upper one: from the lower one on); True where nobody knows."""
    if column not in file.lower or column not in file.upper or lower is None:
        return True
    floor, ceiling = comparable_bound(file.lower[column], lower), comparable_bound(file.upper[column], lower)
    if type(floor) is not type(lower) or type(ceiling) is not type(lower):
        return True
    return bool(ceiling >= lower and (upper is None or floor <= upper))


def comparable_bound(bound: Any, value: Any) -> Any:
    """A bound as what it is compared with: days since 1970 are a date."""
    if type(value) is date and isinstance(bound, int):
        return date(1970, 1, 1) + timedelta(days=bound)
    return bound
