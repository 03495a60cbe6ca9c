"""`data-framework athena`: a query that Amazon Athena runs, what it scanned and about what that costs."""

from __future__ import annotations

from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from data_framework.cli.options import Common, command

if TYPE_CHECKING:
    from data_framework.modules.data_process.helpers.athena import AthenaResult


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("athena")(command(athena))


def athena(
    common: Common,
    query: Annotated[str, typer.Argument(metavar="SQL", help="A SELECT over database.table.")],
    native: Annotated[bool, typer.Option("--native", help="It is Athena's own SQL, given to it as it is.")] = False,
    out: Annotated[Path | None, typer.Option("--out", help="A .csv file for all rows; else some are shown.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many rows are shown at most.")] = 100,
) -> None:
    """Run a query on Amazon Athena: a SELECT of the SQL dialect, or (--native) anything in Athena's own."""
    from data_framework.modules.dataflow import Runtime

    with Runtime(common.config()) as runtime:
        opened = runtime.athena
        result = opened.run(query if native else opened.translated(query))
        rows: list[dict[str, str | None]] = []
        if out is None:
            rows = list(islice(opened.read(result), limit))
        else:
            opened.save(result, out)
    if rows:
        common.output.table("", tuple(rows[0]), [tuple(row.values()) for row in rows])
    common.output.line(_cost(result))
    common.output.document({**asdict(result), "rows": rows, "path": str(out.absolute()) if out else None})


def _cost(result: AthenaResult) -> str:
    return f"Athena scanned {result.bytes_scanned:,} bytes, about ${result.dollars:.4f}."
