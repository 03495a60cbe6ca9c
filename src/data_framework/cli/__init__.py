"""The command line `data-framework`: a file per group of commands."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from typing import Any

_GROUPS = ("init", "validate", "plan", "run", "tables", "controls", "quarantine", "landing", "runs", "config", "doctor")


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
    given = [_hyphenated(argument) for argument in (sys.argv[1:] if arguments is None else arguments)]
    app()(args=given, prog_name="data-framework")


def _hyphenated(argument: str) -> str:
    if not argument.startswith("--"):
        return argument
    name, equals, value = argument.partition("=")
    return name.replace("_", "-") + equals + value
