"""Which other data dates a date must know of, because it comes late or again."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from data_framework.modules.catalogue import DataFile
    from data_framework.modules.data_process.plan.model import TablePlan
    from data_framework.modules.dataflow.execution import Execution
    from data_framework.modules.dataflow.mapping import RawTable


def dates_to_know(execution: Execution, plan: TablePlan, source: RawTable) -> list[str] | None:
    """The other data dates that are published as raw has them now, in order; None when nothing needs to be told again.

    A date that comes after all others needs none of them, unless a column of its own says which row is newer.
    """
    if not plan.data_date or not _told_again(plan):
        return None
    state, unit = execution.runtime.state, execution.unit
    done = state.completed(unit.dataflow, unit.process)
    raw = state.raw_dates(source.database, source.table)
    others = sorted(day for day, print_ in raw.items() if day != plan.data_date and done.get(day) == print_)
    late = any(day > plan.data_date for day in others)
    return others if late or plan.sequence_by or _held(execution, plan) else None


def overtaken_by(execution: Execution, plan: TablePlan, source: RawTable) -> str:
    """The later data date that is in a table already which each date replaces as a whole, "" when there is none.

    Such a date comes too late to be seen: replayed in order, its rows would have been replaced.
    """
    catalogue, state, unit = execution.runtime.catalogue, execution.runtime.state, execution.unit
    if plan.write_mode != "overwrite" or not plan.data_date or not catalogue.exists(plan.target):
        return ""
    later = {day for day in state.raw_dates(source.database, source.table) if day > plan.data_date}
    if not later:
        return ""
    written = {*state.completed(unit.dataflow, unit.process)}  # and what a killed run has not noted yet
    written |= {snapshot.properties.get("data-date", "") for snapshot in catalogue.history(plan.target, limit=100)}
    return max(later & written, default="")


def _told_again(plan: TablePlan) -> bool:
    """Whether what a date held may have to be told again, where it no longer delivers it."""
    from data_framework.modules.data_process.plan.history import partition_is_date

    return plan.write_mode in {"merge", "scd2"} or (
        plan.write_mode == "overwrite_partition" and not partition_is_date(plan)
    )


def _held(execution: Execution, plan: TablePlan) -> bool:
    """Whether the target may hold rows of the date, or of a later one."""
    from data_framework.modules.data_process.plan.history import VALID_FROM, VALID_TO, date_column, reached

    catalogue = execution.runtime.catalogue
    if not catalogue.exists(plan.target):
        return False
    names = (VALID_FROM, VALID_TO) if plan.write_mode == "scd2" else (date_column(plan),)
    if plan.delete_when is not None and reached(plan, catalogue.history(plan.target, limit=100)):
        return True
    day = date.fromisoformat(plan.data_date)
    return any(_reaches(file, [name for name in names if name], day) for file in catalogue.files(plan.target))


def _reaches(file: DataFile, names: list[str], day: date) -> bool:
    """Whether a file may hold such a date; a column without bounds beside one that has them holds nothing at all."""
    bounds: list[Any] = [file.upper[name] for name in names if name in file.upper]
    return not bounds or any(not isinstance(upper, date) or upper >= day for upper in bounds)
