"""`data-framework package`: what a cluster is given, as zips."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from data_framework.cli.options import Common, command
from data_framework.modules.exception.project_exceptions import ProjectNotWrittenError


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("package")(command(package_command))


def package_command(
    common: Common,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="The folder to write to.")] = Path("dist/emr"),
) -> None:
    """Write data_framework.zip, transformation.zip and emr_launcher.py for spark-submit and EMR; no data is taken."""
    from data_framework.launcher.packaged import package

    config = common.config()
    try:
        files = package(config, out)
    except OSError as error:
        raise ProjectNotWrittenError(folder=str(out), reason=error.strerror or str(error)) from error
    for path in files:
        common.output.line(f"{path}  {path.stat().st_size:,} bytes")
    written = [{"file": str(path.resolve()), "bytes": path.stat().st_size} for path in files]
    common.output.document({"success": True, "exit_code": 0, "files": written})
