"""`data-framework plan`: what a dataflow would run, how often, with the SQL of the engine; no data is read."""

from __future__ import annotations

from typing import Annotated

import typer

from data_framework.cli.options import Common, command


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("plan")(command(plan_command))


def plan_command(
    common: Common,
    name: Annotated[str, typer.Argument(metavar="DATAFLOW", help="The dataflow to explain.")],
    process: Annotated[str, typer.Option("--process", help="Only this process.")] = "",
) -> None:
    """Show what would run and how often, with the SQL of each table; reads no data."""
    from data_framework.launcher import Request, planned

    config = common.config()
    processes = planned(config, Request(dataflow=name, process=process))
    for entry in processes:
        common.output.line(f"{entry['process']}  {entry['engine']}  once per {entry['per']}  by {entry['code']}")
        for mode, sizing in entry["sizing"].items():
            said = "  ".join(f"{setting}={value}" for setting, value in sizing["settings"].items())
            common.output.line(f"  {mode}: {sizing['reason']}\n    {said}")
        for table in entry["tables"]:
            common.output.line(f"  {table['layer']}.{table['database']}.{table['table']}  {table['write_mode']}")
            for statement in table["sql"]:
                common.output.line("    " + statement.replace("\n", "\n    "))
        for warning in entry["warnings"]:
            common.output.line(f"  warning: {warning}")
    common.output.document({"dataflow": name, "processes": processes})
