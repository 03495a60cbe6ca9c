"""Tables that several dataflows fill from raw: none may undo what another has published."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from data_framework.modules.dataflow.mapping import RawTable, raw_of, target_of
from data_framework.modules.exception import Problem, SharedTableError

if TYPE_CHECKING:
    from data_framework.modules.config import Config, Dataflow, TableEntry
    from data_framework.modules.data_process import TablePlan
    from data_framework.modules.dataflow.execution import Execution

_FROM_RAW = "raw_to_staging"


def beside_others(execution: Execution, plan: TablePlan) -> TablePlan:
    """A plan that leaves the rows alone which other dataflows have set aside on their way into its table.

    Raises:
        SharedTableError: It would take rows of another dataflow for its own, and delete them.
    """
    state, own = execution.runtime.state, execution.unit.dataflow
    foreign: list[str] = []
    for name, source in _others(execution.runtime.config, own, plan.target.database, plan.target.table).items():
        if _undoes(plan, state.raw_dates(source.database, source.table)):
            of_date = f" of {plan.data_date}" if plan.data_date else ""
            raise SharedTableError(table=str(plan.target), dataflow=own, other=name, of_date=of_date)
        deliveries = state.in_force(source.database, source.table, plan.data_date or None)
        foreign += [delivery.content_hash for delivery in deliveries]
    if not foreign:
        return plan
    # whose a partition is that this date no longer delivers, nobody can tell: it stays
    history = None if plan.write_mode == "overwrite_partition" else plan.history
    return replace(plan, foreign=tuple(foreign), history=history)


def problems(config: Config) -> Iterator[Problem]:
    """Warn of tables that raw_to_staging of several dataflows fills."""
    first: dict[tuple[str, str], str] = {}
    for dataflow in config.dataflows.values():
        for _, key, entry in _filled(dataflow):
            other = first.setdefault((entry.database, entry.table), dataflow.name)
            if other != dataflow.name:
                path = ("dataflows", dataflow.name, "processes", _FROM_RAW, "target_tables", key)
                found = f"{entry.database}.{entry.table}, which {_FROM_RAW} of the dataflow {other!r} fills too"
                hint = ("Both may append, or deliver other data dates; a run that would delete rows of the other is "
                        "refused. A later process can unite two tables.")  # fmt: skip
                yield config.problem(path, found, "a table of its own", hint, warning=True)


def _others(config: Config, dataflow: str, database: str, table: str) -> dict[str, RawTable]:
    return {
        other.name: source for other in config.dataflows.values() if other.name != dataflow
        for source, _, entry in _filled(other) if (entry.database, entry.table) == (database, table)
    }  # fmt: skip


def _filled(dataflow: Dataflow) -> Iterator[tuple[RawTable, str, TableEntry]]:
    """The table that raw_to_staging of a dataflow fills, with where from and its key."""
    process = dataflow.processes.get(_FROM_RAW)
    source = raw_of(dataflow, process) if process else None
    found = target_of(process.target_tables, source.key, source.table) if process and source else None
    if source and found:
        yield source, *found


def _undoes(plan: TablePlan, dates: Collection[str]) -> bool:
    """Whether a plan would delete rows of somebody whose deliveries are of these data dates."""
    from data_framework.modules.data_process.plan.history import partition_is_date, retold

    same = plan.data_date in dates
    if not plan.data_date:  # rebuilt from its own deliveries
        return bool(dates)
    if plan.write_mode == "append":
        return False
    if plan.write_mode == "overwrite_partition":
        return same and partition_is_date(plan)
    if plan.write_mode == "merge":
        again = retold(plan)
        return same if again == "withdrawn" else again != "nothing" and bool(dates)
    return bool(dates)
