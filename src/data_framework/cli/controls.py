"""`data-framework controls`: what judges the data, judged on any file, explained, shown at work."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from data_framework.cli.options import Common, command
from data_framework.modules.exception import ControlDataError, UnknownChoiceError

if TYPE_CHECKING:
    from data_framework.modules.config import TableContract
    from data_framework.modules.validation import ControlResult

_Engine = Annotated[str, typer.Option("--engine", help="The technology to judge with: lambda or emr.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Quality controls: list, check a file, explain, test, load.", no_args_is_help=True)
    group.command("list")(command(list_controls))
    group.command("check")(command(check))
    group.command("explain")(command(explain))
    group.command("test")(command(show_examples))
    group.command("load")(command(load))
    app.add_typer(group, name="controls")


def list_controls(common: Common) -> None:
    """Every control of the project, those of the tables of controls included."""
    from data_framework.modules.catalogue import open_catalogue
    from data_framework.modules.validation import all_controls

    config = common.config()
    found = [
        {**loaded.control.model_dump(mode="json", exclude={"pass_examples", "fail_examples"}),
         "source": "table" if loaded.from_table else "file", "error": loaded.error}
        for loaded in all_controls(config, open_catalogue(config))
    ]  # fmt: skip
    rows = [
        (c["control_table_id"] or c["control_master_id"], f"{c['database']}.{c['table']}", ", ".join(c["field"]),
         c["algorithm"], c["level"], c["blocking"], c["active"], c["source"])
        for c in found
    ]  # fmt: skip
    if rows:
        columns = ("control", "table", "field", "algorithm", "level", "blocking", "active", "source")
        common.output.table("", columns, rows)
    else:
        common.output.line("There are no controls: write some in controls/*.json.")
    common.output.document({"controls": found})


def check(
    common: Common,
    data: Annotated[Path, typer.Option("--data", help="A .csv, .jsonl or .parquet file.")],
    controls: Annotated[Path, typer.Option("--controls", help="A file of controls; ids and table may be left out.")],
    table_contract: Annotated[Path | None, typer.Option("--table-contract", help="The contract of the file.")] = None,
    engine: _Engine = "lambda",
    failed_rows: Annotated[Path | None, typer.Option("--failed-rows", help="Write the rows that fail here.")] = None,
) -> int:
    """Judge any file without a project; nothing is published. Ends with 1 when a control is red."""
    from data_framework.modules.config import read_controls
    from data_framework.modules.validation import check_file, write_failed_rows

    contract = _contract(table_contract) if table_contract else None
    found = check_file(data, read_controls(controls), contract, engine, rows=failed_rows is not None)
    if failed_rows is not None:
        _write(failed_rows, lambda path: write_failed_rows(path, found.failed, found.delivered))
    success = all(result.rag != "red" for result in found.controls)
    _show(common, found.controls)
    broken = f", {found.broken} of them broken" if found.broken else ""
    common.output.line(f"{found.rows} rows{broken}: {'no control is red' if success else 'some control is red'}")
    answer = [result.to_answer() for result in found.controls]
    common.output.document({"success": success, "rows": found.rows, "rows_broken": found.broken, "controls": answer})
    return 0 if success else 1


def explain(
    common: Common, name: Annotated[str, typer.Argument(metavar="DB.TABLE", help="The table whose plan is shown.")]
) -> None:
    """Show the one plan of a table: what is read once, cast, judged and counted, as SQL. Reads no data."""
    from data_framework.launcher import Request, planned

    config = common.config()
    shown: list[dict[str, Any]] = []
    known: set[str] = set()
    for dataflow in config.dataflows:
        for process in planned(config, Request(dataflow=dataflow)):
            names = {f"{table['database']}.{table['table']}": table for table in process["tables"]}
            known |= names.keys()
            if name in names:
                shown.append({"dataflow": dataflow, "process": process["process"], **names[name]})
    if not shown:
        from data_framework.modules.utils.nearest import suggest

        raise UnknownChoiceError(kind="planned table", name=name, suggestion=suggest(name, sorted(known)))
    for table in shown:
        common.output.line(f"{table['dataflow']} {table['process']}: {name}, {table['controls']} controls")
        for statement in table["sql"]:
            common.output.line("  " + statement.replace("\n", "\n  "))
    common.output.document({"tables": shown})


def show_examples(common: Common, engine: _Engine = "lambda") -> int:
    """Run the examples of every built-in rule, and of the project's controls if there is a project here."""
    from data_framework.modules.config import open_config
    from data_framework.modules.exception import ProjectNotFoundError
    from data_framework.modules.validation import show_controls, show_rules

    shown = list(show_rules(engine))
    try:
        config = open_config(common.project, local_file=common.local_file, environment=common.environment)
        shown += show_controls(config, engine)
    except ProjectNotFoundError:
        if common.project or common.local_file:
            raise
    wrong = [one for one in shown if one.problem]
    rows = [(one.kind, one.name, one.passes, one.fails, one.problem or one.skipped or "as shown") for one in shown]
    common.output.table("", ("kind", "name", "pass examples", "fail examples", "outcome"), rows)
    entries = {
        plural: [
            {"name": one.name, "pass_examples": one.passes, "fail_examples": one.fails, "success": not one.problem,
             "error": one.problem, "skipped": one.skipped}
            for one in shown if one.kind == kind
        ]
        for kind, plural in (("rule", "rules"), ("control", "controls"))
    }  # fmt: skip
    common.output.document({"success": not wrong, **entries})
    return 1 if wrong else 0


def load(common: Common) -> None:
    """Write the project's controls into the tables controls_master and controls_dataset, replacing what they hold."""
    from data_framework.modules.catalogue import open_catalogue
    from data_framework.modules.validation import load_tables

    config = common.config()
    written = load_tables(config, open_catalogue(config))
    common.output.line(f"{written['controls_dataset']} controls written, of {written['controls_master']} masters.")
    common.output.document(
        {"success": True, "tables": [{"table": name, "rows": rows} for name, rows in written.items()]}
    )


def _contract(path: Path) -> TableContract:
    from data_framework.modules.config import read_contracts

    found = read_contracts(path)
    if len(found) != 1:
        raise ControlDataError(file=str(path), reason=f"it holds {len(found)} contracts, and one is needed")
    return found[0]


def _write(path: Path, write: Any) -> None:
    try:
        write(path)
    except OSError as error:
        reason = f"the failed rows could not be written: {error.strerror or error}"
        raise ControlDataError(file=str(path), reason=reason) from error


def _show(common: Common, results: Iterable[ControlResult]) -> None:
    rows = [
        (result.rag, result.control_table_id or result.control_master_id or result.name, result.field, result.total,
         result.invalid, result.observed, result.error or result.detail)
        for result in results
    ]  # fmt: skip
    common.output.table("", ("rag", "control", "field", "total", "invalid", "observed", "detail"), rows)
