"""Append: from raw each delivery is appended once, however often its data date is read; from tables every time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from data_framework.modules.data_process.plan import RawSource

if TYPE_CHECKING:
    from data_framework.modules.config import Config
    from data_framework.modules.data_process import TablePlan
    from data_framework.modules.data_process.plan import RawFile
    from data_framework.modules.dataflow.execution import Execution
    from data_framework.modules.exception import Problem


def only_new(execution: Execution, plan: TablePlan) -> TablePlan:
    """Leave out deliveries that are in the target already; of a restated file the new version is a delivery of its own.

    A plan of another write mode, or of full mode (which rebuilds the table), stays as it is.
    """
    if plan.write_mode != "append" or execution.unit.execution_mode == "full" or not isinstance(plan.source, RawSource):
        return plan
    known = execution.runtime.state.completed(execution.unit.dataflow, _place(execution, plan))
    fresh = tuple(file for file in plan.source.files if _token(file) not in known)
    in_force = tuple(dict.fromkeys(file.content_hash for file in plan.source.files))
    return replace(plan, source=RawSource(fresh), replaces_date=False, in_force=in_force)


def note(execution: Execution, plan: TablePlan) -> None:
    """Note the deliveries of a plan that was published."""
    if plan.write_mode == "append" and isinstance(plan.source, RawSource):
        tokens = {_token(file): file.content_hash for file in plan.source.files}
        execution.runtime.state.finish(execution.unit.dataflow, _place(execution, plan), tokens, ())


def problems(config: Config) -> Iterator[Problem]:
    """Warn of targets that are appended to from tables in a dataflow of landed files: dates of theirs come again."""
    for dataflow in config.dataflows.values():
        for process in dataflow.processes.values() if "landing_to_raw" in dataflow.processes else ():
            for key, entry in process.target_tables.items() if process.source_layer not in {"landing", "raw"} else ():
                contract = config.contract(entry.database, entry.table)
                if ((contract.write_mode if contract else None) or entry.write_mode) == "append":
                    path = ("dataflows", dataflow.name, "processes", process.name, "target_tables", key)
                    hint = ("A data date that is read again (a further file of it, a restated one, a forced run) is "
                            "appended again.")  # fmt: skip
                    found = f"append of rows of tables to {entry.database}.{entry.table}"
                    yield config.problem(path, found, "merge or overwrite_partition", hint, warning=True)


def _place(execution: Execution, plan: TablePlan) -> str:
    return f"{execution.unit.process} appended to {plan.target}"


def _token(file: RawFile) -> str:
    return f"{file.data_date}|{file.file_name}|{file.content_hash}"
