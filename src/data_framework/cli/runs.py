"""`data-framework runs`: what ran, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any

import typer

from data_framework.cli.options import Common, command
from data_framework.cli.output import Output
from data_framework.modules.exception import UnknownRunError

_SUMMARY = ("execution_id", "dataflow", "status", "started", "duration_s", "success", "exit_code", "error")
_ROWS = ("rows_read", "rows_written", "rows_unchanged", "rows_quarantined", "rows_dropped", "rows_merged")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="The history of runs.", no_args_is_help=True)
    group.command("list")(command(list_runs))
    group.command("show")(command(show_run))
    app.add_typer(group, name="runs")


def list_runs(
    common: Common,
    dataflow: Annotated[str | None, typer.Option("--dataflow", help="Only runs of this dataflow.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many at most.")] = 50,
) -> None:
    """The latest runs, newest first."""
    from data_framework.modules.state import open_state

    config = common.config()
    if dataflow is not None:
        config.dataflow(dataflow)
    state = open_state(config, looks_only=True)
    try:
        runs = [_summary(run) for run in state.runs(dataflow, limit)]
    finally:
        state.close()
    rows = [[run["execution_id"], run["dataflow"], _begun(run), _outcome(run), run["duration_s"]] for run in runs]
    if rows:
        common.output.table("", ("run", "dataflow", "started", "outcome", "seconds"), rows)
    else:
        common.output.line("Nothing has run here yet.")
    common.output.document({"runs": runs})


def show_run(
    common: Common,
    run_id: Annotated[str, typer.Argument(metavar="ID", help="The run's id, or a unique beginning of it.")],
) -> None:
    """What one run did, as `run --json` answered, with its metrics."""
    from data_framework.modules.state import open_state

    state = open_state(common.config(), looks_only=True)
    try:
        run = state.run(run_id)
        if run is None:
            raise UnknownRunError(count="No", run_id=run_id)
        metrics = [asdict(metric) for metric in state.metrics(ExecutionId=str(run.get("execution_id", run_id)))]
    finally:
        state.close()
    _print(common.output, run, metrics)
    common.output.document({**run, "metrics": metrics})


def _summary(run: Mapping[str, Any]) -> dict[str, Any]:
    processes = [{name: process.get(name) for name in ("process", "success", "skipped", "duration_s")}
                 for process in run.get("processes", [])]  # fmt: skip
    return {**{name: run.get(name) for name in _SUMMARY}, "processes": processes}


def _begun(run: Mapping[str, Any]) -> str:
    return str(run.get("started") or "")[:19].replace("T", " ")


def _outcome(run: Mapping[str, Any]) -> str:
    if run.get("status") in {"running", "interrupted"}:
        return str(run["status"])
    return "ok" if run.get("success") else f"failed ({run.get('exit_code')})"


def _print(output: Output, run: Mapping[str, Any], metrics: list[dict[str, Any]]) -> None:
    output.line(f"{run.get('dataflow')}  {run.get('execution_id')}  {_begun(run)}  {_outcome(run)}")
    for process in run.get("processes", []):
        output.line(f"  {process['process']}: " + ("nothing to do" if process.get("skipped") else _success(process)))
        for file in process.get("files", []):
            output.line(f"    {file['disposition']} {file['file_name']}" + _because(file.get("reasons")))
        for table in process.get("tables", []):
            counts = ", ".join(f"{table[name]} {name[5:]}" for name in _ROWS if table.get(name))
            output.line(
                f"    {table['database']}.{table['table']} {table.get('file_date') or ''}: {counts or 'no rows'}"
            )
        for control in process.get("controls", []):
            if control.get("rag") != "green" or control.get("error"):
                output.line(
                    f"    control {control.get('name') or control.get('control_master_id')}: {control.get('rag')}"
                )
        for report in process.get("outputs", []):
            output.line(
                f"    {report['name']}: " + (report.get("error") or f"{report.get('rows')} rows, {report['path']}")
            )
        _print_error(output, process.get("error"), "    ")
    _print_error(output, run.get("error"), "  ")
    if output.verbosity > 0:
        rows = [[m["at"][:19], m["name"], m["value"], m["unit"], m["dimensions"].get("Table", "")] for m in metrics]
        output.table("metrics", ("at", "name", "value", "unit", "table"), rows)


def _success(process: Mapping[str, Any]) -> str:
    return "ok" if process.get("success") else "failed"


def _because(reasons: Any) -> str:
    return f": {'; '.join(reasons)}" if reasons else ""


def _print_error(output: Output, error: Mapping[str, Any] | None, indent: str) -> None:
    if error:
        output.line(f"{indent}{error.get('message', '')} {error.get('hint', '')}".rstrip())
