"""`data-framework run`: the chain of a dataflow, or of all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from data_framework.cli.options import Common, check_date, command
from data_framework.cli.run_report import Lines, show
from data_framework.modules.exception import DataFrameworkError, UnknownChoiceError, UsageError
from data_framework.modules.utils.nearest import suggest

if TYPE_CHECKING:
    from data_framework.modules.config import Config, Dataflow

_Text = Annotated[str, typer.Option(show_default=False)]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("run")(command(run_command))


def run_command(  # noqa: PLR0913, PLR0917 one parameter an option
    common: Common,
    name: Annotated[str, typer.Argument(metavar="DATAFLOW", help="The dataflow to run.")] = "",
    dataflow: Annotated[str, typer.Option("--dataflow", help="The same, as the launcher writes it.")] = "",
    every: Annotated[bool, typer.Option("--all", help="Every dataflow, those that read others' tables last.")] = False,
    process: Annotated[str, typer.Option("--process", help="Only this process.")] = "",
    file: Annotated[list[str] | None, typer.Option("--file", help="Only this landed file (repeatable).")] = None,
    file_name: Annotated[str, typer.Option("--file-name", help="The base name of one landed file.")] = "",
    source_file_path: Annotated[str, typer.Option("--source-file-path", help="Key below the landing layer.")] = "",
    file_date: Annotated[str, typer.Option("--file-date", help="One data date, YYYY-MM-DD.")] = "",
    first: Annotated[str, typer.Option("--from", help="Begin with this process.")] = "",
    last: Annotated[str, typer.Option("--through", help="End with this process.")] = "",
    start: Annotated[str, typer.Option("--start", help="From this data date on, inclusive.")] = "",
    end: Annotated[str, typer.Option("--end", help="Up to this data date, inclusive.")] = "",
    execution_mode: Annotated[str, typer.Option("--execution-mode", help="delta or full.")] = "delta",
    full_refresh: Annotated[bool, typer.Option("--full-refresh", help="Rebuild from everything raw holds.")] = False,
    table: Annotated[str, typer.Option("--table", help="Only this target key.")] = "",
    technology: Annotated[str, typer.Option("--technology", help="lambda or emr, whatever the files say.")] = "",
    execution_id: Annotated[str, typer.Option("--execution-id", help="An id of your own for this run.")] = "",
    job_id: Annotated[str, typer.Option("--job-id", help="The scheduler's id, for metrics.")] = "",
    bucket_prefix: Annotated[str, typer.Option("--bucket-prefix", help="Overrides s3_bucket_prefix.")] = "",
    wait: Annotated[
        float, typer.Option("--wait", min=0, help="Seconds to wait for another run of the dataflow.")
    ] = 600.0,
    fail_on: Annotated[
        str, typer.Option("--fail-on", help="warn: a control that is not green ends with exit code 1.")
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Name what would run; write nothing.")] = False,
) -> int:
    """Run a dataflow: every landed file not yet seen, every date not yet done, process after process."""
    given = dict(locals())
    names = [one for one in (name, dataflow) if one]
    _check(given, names)
    from data_framework.launcher import Answer, exit_code_of, run

    config = common.config(technology=technology or None, bucket_prefix=bucket_prefix or None)
    if config.environment in {"preproduction", "production"}:
        common.output.note(f"account {config.account}, environment {config.environment}")
    chosen = _all(config, given) if every else names[:1]
    answers = []
    if not every:
        _check_names(config.dataflow(chosen[0]), given)
    for one in chosen:
        request = _request(one, given, common)
        common.log.execution_id = request.execution_id
        try:
            answers.append(run(config, request, Lines(common.output)))
        except DataFrameworkError as error:  # the others go on
            if not every:
                raise
            answers.append(Answer(request.execution_id, one, error=error))
        show(common.output, answers[-1])
    code = exit_code_of({answer.exit_code for answer in answers})
    if every:
        runs = [answer.to_dict() for answer in answers]
        common.output.document({"success": code in {0, 4}, "exit_code": code, "runs": runs})
    else:
        common.output.document(answers[0].to_dict())
    return code


def _all(config: Config, given: dict[str, Any]) -> list[str]:
    """Every dataflow that has something to run, those that read others' tables last."""
    from data_framework.launcher import in_order

    wanted = {given[option] for option in ("process", "first", "last") if given[option]}
    found = [name for name in in_order(config) if config.dataflow(name).processes]
    having = [name for name in found if wanted <= set(config.dataflow(name).processes)]
    if found and not having:
        raise UsageError(reason=f"No dataflow has {' and '.join(sorted(wanted))}")
    return having


def _check(given: dict[str, Any], names: list[str]) -> None:
    if given["every"] == bool(names):
        raise UsageError(reason="Name one dataflow, or say --all")
    if len(set(names)) > 1:
        raise UsageError(reason=f"Two dataflows are named: {' and '.join(names)}")
    if given["process"] and (given["first"] or given["last"]):
        raise UsageError(reason="--process stands alone: --from and --through bound a chain")
    if given["full_refresh"] and any(given[name] for name in ("file_date", "start", "end")):
        raise UsageError(reason="--full-refresh rebuilds from everything: it takes no dates")
    if given["execution_mode"] not in {"delta", "full"}:
        raise UsageError(reason=f"--execution-mode is delta or full, not {given['execution_mode']!r}")
    if given["fail_on"] not in {"", "warn"}:
        raise UsageError(reason=f"--fail-on takes warn, not {given['fail_on']!r}")
    _check_dates(given)


def _check_dates(given: dict[str, Any]) -> None:
    for option in ("file_date", "start", "end"):
        check_date(option, given[option])
    if given["start"] and given["end"] and given["start"] > given["end"]:
        raise UsageError(reason=f"--start {given['start']} is later than --end {given['end']}")


def _check_names(dataflow: Dataflow, given: dict[str, Any]) -> None:
    names = list(dataflow.processes)
    bounds = [names.index(dataflow.process(given[option]).name) for option in ("first", "last") if given[option]]
    if bounds != sorted(bounds):
        raise UsageError(reason=f"--from {given['first']} comes after --through {given['last']}")
    keys = {key for process in dataflow.processes.values() for key in process.target_tables}
    if given["table"] and given["table"] not in keys:
        raise UnknownChoiceError(kind="target table", name=given["table"], suggestion=suggest(given["table"], keys))


def _named(path: str, name: str) -> tuple[str, ...]:
    """The key of the file an orchestrator names: the path may be its folder, or its key already."""
    if not name or not path or path.rpartition("/")[2] == name:
        return (path if name and path else name,) if name else ()
    return (f"{path.rstrip('/')}/{name}",)


def _request(dataflow: str, given: dict[str, Any], common: Common) -> Any:
    from data_framework.launcher import Request, new_execution_id

    named = _named(given["source_file_path"], given["file_name"])
    files = (*(given["file"] or ()), *named)
    prefix = "" if named else given["source_file_path"]
    return Request(
        dataflow=dataflow, process=given["process"], first=given["first"], last=given["last"], files=files,
        source_prefix=prefix, file_date=given["file_date"], start=given["start"], end=given["end"],
        mode="full" if given["full_refresh"] else given["execution_mode"], table=given["table"],
        execution_id=given["execution_id"] or new_execution_id(),
        job_id=given["job_id"], wait=given["wait"], dry_run=given["dry_run"], fail_on_warn=bool(given["fail_on"]),
        debug=common.output.debug,
    )  # fmt: skip
