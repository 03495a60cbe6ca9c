"""What a dataflow would run: each process, how often, by which code, and the SQL of each table it would write."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict
from typing import Any

from data_framework.launcher.chain import chosen
from data_framework.launcher.request import Request
from data_framework.launcher.units import LANDING, STAGING, kind_of
from data_framework.modules.config import Config, Process
from data_framework.modules.data_process import TablePlan, is_sized
from data_framework.modules.dataflow import Execution, ProcessReport, Runtime, Unit, tables
from data_framework.modules.dataflow.code import Found, find
from data_framework.modules.exception import DataFrameworkError, MissingLibraryError

_ENGINES = ("lambda", "emr")


def planned(config: Config, request: Request) -> list[dict[str, Any]]:
    """Explain the processes of a request; reads no data.

    Raises:
        UnknownProcessError: A named process is not the dataflow's.
    """
    dataflow = config.dataflow(request.dataflow)
    with Runtime(config, run_id=request.execution_id) as runtime:
        return [_process(runtime, dataflow.name, process) for process in chosen(dataflow, request)]


def _process(runtime: Runtime, dataflow: str, process: Process) -> dict[str, Any]:
    found = find(runtime.config, dataflow, process.name)
    kind = kind_of(process, found)
    sizing = _sizing(runtime, dataflow, process)
    report = ProcessReport(process.name, engine=process.technology)
    unit = Unit(dataflow, process.name, kind=kind, execution_mode="full", run_id=runtime.run_id)
    shown: list[dict[str, Any]] = []
    warnings: list[str] = []
    if process.name != LANDING and found.kind != "python":
        execution = Execution(runtime, unit, report)
        for key in process.target_tables:
            _table(execution, found, key, shown, warnings)
    return {
        "process": process.name, "engine": process.technology, "per": kind, "code": found.file or "built_in",
        "sources": sorted(process.source_tables), "tables": shown, "warnings": warnings,
        "reports": [one.name for one in process.output_reports], "sizing": sizing,
    }  # fmt: skip


def _sizing(runtime: Runtime, dataflow: str, process: Process) -> dict[str, Any]:
    """How large the engine is made in each mode, and why; empty for an engine of one size."""
    if not is_sized(process.technology):
        return {}
    sizes = {mode: runtime.sizing(dataflow, process, mode) for mode in ("delta", "full")}
    return {mode: {"reason": size.reason, "settings": size.settings} for mode, size in sizes.items()}


def _table(execution: Execution, found: Found, key: str, shown: list[dict[str, Any]], warnings: list[str]) -> None:
    from data_framework.modules.data_process.plan.passes import passes_of

    entry = tables.target_entry(execution, key)
    try:
        if execution.unit.process == STAGING and found.kind == "built_in":
            plan = tables.plan_of_contract(execution, entry)
        else:
            plan = tables.plan_of_query(execution, entry, tables.select_of(execution, found, key))
        controls = tables.compiled(execution, plan, tables.control_context(execution, entry))
        plan = tables.judged(plan, controls)
        sql = execution.engine.explain(plan)
        passes = passes_of(controls.checks)
    except DataFrameworkError as error:
        warnings.append(str(error))
        return
    shown.append({
        "key": key, "layer": plan.target.layer, "database": plan.target.database, "table": plan.target.table,
        "write_mode": plan.write_mode, "primary_keys": list(plan.primary_keys), "controls": len(controls.checks),
        "columns": {column.name: str(column.type) for column in plan.columns}, "sql": sql,
        "engines": _of_each_engine(execution.runtime, plan),
        "passes": {**asdict(passes), "lines": passes.lines()}, "control_errors": dict(controls.errors),
    })  # fmt: skip


def _of_each_engine(runtime: Runtime, plan: TablePlan) -> dict[str, list[str]]:
    """The SQL of every engine whose libraries are installed."""
    found = {}
    for technology in _ENGINES:
        with suppress(MissingLibraryError):
            found[technology] = runtime.data_process(technology).explain(plan)
    return found
