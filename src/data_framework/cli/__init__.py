"""The command line `data-framework`: a file per group of commands."""

from __future__ import annotations

import gc
import importlib
import importlib.metadata
import sys
from collections.abc import Sequence
from typing import Any

_GROUPS = ("init", "validate", "plan", "run", "tables", "controls", "quarantine", "landing", "runs", "config", "doctor",
           "athena", "package")  # fmt: skip


def app() -> Any:
    """Build the command line."""
    import typer

    found = typer.Typer(
        name="data-framework", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
        help="Whole dataflows, landed file to report, from JSON configuration.", rich_markup_mode=None,
    )  # fmt: skip
    for name in _GROUPS:
        importlib.import_module(f"data_framework.cli.{name}").register(found)
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; `--file_date` and `--file-date` are the same."""
    gc.set_threshold(100_000, 50, 100)  # a run makes few cycles; looking for them would cost a twentieth of it
    given = [_hyphenated(argument) for argument in (sys.argv[1:] if arguments is None else arguments)]
    if given == ["--version"]:
        print(f"data-framework {importlib.metadata.version('data-framework')}")
        sys.exit(0)
    import typer

    misused: type[Any] = typer.BadParameter.__bases__[0]
    try:
        code = app()(args=given, prog_name="data-framework", standalone_mode=False)
    except misused as error:
        error.show()
        if "--json" in given:
            _usage_document(error)
        code = error.exit_code
    sys.exit(code)


def _usage_document(error: Any) -> None:
    from data_framework.cli.output import Output

    command = error.ctx.command_path if error.ctx else "data-framework"
    problem = {"type": "UsageError", "message": error.format_message(), "hint": f"See: {command} --help", "context": {}}
    Output(json=True).document({"success": False, "exit_code": error.exit_code, "errors": [problem]})


def _hyphenated(argument: str) -> str:
    if not argument.startswith("--"):
        return argument
    name, equals, value = argument.partition("=")
    return name.replace("_", "-") + equals + value
