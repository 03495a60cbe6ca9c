"""`data-framework controls`: what judges the data, judged on any file, explained, shown at work."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from data_framework.cli.controls_suggest import suggest
from data_framework.cli.options import Common, command
from data_framework.modules.exception import ControlDataError, UnknownChoiceError

if TYPE_CHECKING:
    from data_framework.modules.config import Config, TableContract
    from data_framework.modules.validation import ControlResult, RuleBook, Shown

_Engine = Annotated[str, typer.Option("--engine", help="The technology to judge with: lambda or emr.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Quality controls: list, check, suggest, explain, test, load.", no_args_is_help=True)
    group.command("list")(command(list_controls))
    group.command("check")(command(check))
    group.command("explain")(command(explain))
    group.command("test")(command(show_examples))
    group.command("suggest")(command(suggest))
    group.command("load")(command(load))
    app.add_typer(group, name="controls")


def list_controls(
    common: Common,
    page: Annotated[Path | None, typer.Option("--page", help="Write the page of all rules here, as Markdown.")] = None,
) -> None:
    """Every control of the project, those of the tables of controls included; with --json every rule there is, too."""
    from data_framework.modules.validation import describe_rules, rules_page

    config = _project(common)
    rules = _rules(config)
    found = _controls(config) if config else []
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
    if page is not None:
        _write(page, lambda path: path.write_text(rules_page(rules), encoding="utf-8"), "the page")
        common.output.line(f"{len(rules)} rules written to {page}")
    described = describe_rules(rules) if common.output.json else []
    common.output.document({"controls": found, "rules": described})


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
        _write(failed_rows, lambda path: write_failed_rows(path, found.failed, found.delivered), "the failed rows")
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
    """Show the one plan of a table: passes, shuffles, fallbacks to Python, and the SQL of it. Reads no data."""
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
        for line in _explained(name, table):
            common.output.line(line)
    common.output.document({"tables": shown})


def _explained(name: str, table: dict[str, Any]) -> Iterable[str]:
    yield f"{table['dataflow']} {table['process']}: {name}, {table['controls']} controls"
    yield from (f"  {line}" for line in table["passes"]["lines"])
    for control, error in table["control_errors"].items():
        yield f"  {control} cannot be judged: {error}"
    yield from ("  " + statement.replace("\n", "\n  ") for statement in table["sql"])


def show_examples(
    common: Common,
    names: Annotated[
        list[str] | None, typer.Argument(help="Rules, and controls by their keys; default: all of them.")
    ] = None,
    engine: Annotated[str, typer.Option("--engine", help="lambda or emr; default: all that are installed.")] = "",
) -> int:
    """Run the examples of every rule, built in and the project's own, and of the controls of the project here."""
    from data_framework.modules.data_process import installed_engines
    from data_framework.modules.validation import show_controls, show_rules

    config, wanted = _project(common), names or []
    shown: list[Shown] = []
    for name in [engine] if engine else installed_engines():
        shown += show_rules(name, config.project if config else None, wanted)
        shown += show_controls(config, name, wanted) if config else []
    _found(wanted, shown, config)
    wrong = [one for one in shown if one.problem]
    rows = [
        (one.engine, one.kind, one.name, one.passes, one.fails, one.problem or one.skipped or "as shown")
        for one in shown
    ]
    common.output.table("", ("engine", "kind", "name", "pass examples", "fail examples", "outcome"), rows)
    entries = {
        plural: [
            {"name": one.name, "engine": one.engine, "pass_examples": one.passes, "fail_examples": one.fails,
             "success": not one.problem, "error": one.problem, "skipped": one.skipped}
            for one in shown if one.kind == kind
        ]
        for kind, plural in (("rule", "rules"), ("control", "controls"))
    }  # fmt: skip
    common.output.document({"success": not wrong, **entries})
    return 1 if wrong else 0


def _found(wanted: Sequence[str], shown: Sequence[Shown], config: Config | None) -> None:
    """Raise for a name nothing was shown of."""
    from data_framework.modules.utils.nearest import suggest
    from data_framework.modules.validation import RuleBook

    for name in wanted:
        if name not in {one.name for one in shown}:
            keys = [control.key for control in config.controls] if config else []
            known = sorted({*RuleBook(config.project if config else None), *keys})
            raise UnknownChoiceError(kind="rule of data or control", name=name, suggestion=suggest(name, known))


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


def _project(common: Common) -> Config | None:
    """The project here, None where there is none and none was named."""
    from data_framework.modules.config import open_config
    from data_framework.modules.exception import ProjectNotFoundError

    try:
        return open_config(common.project, local_file=common.local_file, environment=common.environment)
    except ProjectNotFoundError:
        if common.project or common.local_file:
            raise
        return None


def _rules(config: Config | None) -> RuleBook:
    """Every rule; a broken file of own rules is an error of that file."""
    from data_framework.modules.validation import RuleBook

    book = RuleBook(config.project if config else None)
    try:
        len(book)
    except ValueError as error:
        raise ControlDataError(file="transformation/rules.py", reason=str(error)) from error
    return book


def _controls(config: Config) -> list[dict[str, Any]]:
    from data_framework.modules.catalogue import open_catalogue
    from data_framework.modules.validation import all_controls

    return [
        {**loaded.control.model_dump(mode="json", exclude={"pass_examples", "fail_examples"}),
         "source": "table" if loaded.from_table else "file", "error": loaded.error}
        for loaded in all_controls(config, open_catalogue(config))
    ]  # fmt: skip


def _contract(path: Path) -> TableContract:
    from data_framework.modules.config import read_contracts

    found = read_contracts(path)
    if len(found) != 1:
        raise ControlDataError(file=str(path), reason=f"it holds {len(found)} contracts, and one is needed")
    return found[0]


def _write(path: Path, write: Any, what: str) -> None:
    try:
        write(path)
    except OSError as error:
        reason = f"{what} could not be written: {error.strerror or error}"
        raise ControlDataError(file=str(path), reason=reason) from error


def _show(common: Common, results: Iterable[ControlResult]) -> None:
    rows = [
        (result.rag, result.control_table_id or result.control_master_id or result.name, result.field, result.total,
         result.invalid, result.observed, result.error or result.detail)
        for result in results
    ]  # fmt: skip
    common.output.table("", ("rag", "control", "field", "total", "invalid", "observed", "detail"), rows)
