"""The options every command has, and the decorator that gives them to it."""

from __future__ import annotations

import contextlib
import functools
import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from data_framework.cli.output import Output
from data_framework.modules.exception import DataFrameworkError, InterruptedRunError, UnexpectedError, UsageError
from data_framework.modules.utils.interruption import Interruption
from data_framework.modules.utils.logger import LogFormat as LogText
from data_framework.modules.utils.logger import LogSession, configure_logging, get_logger

if TYPE_CHECKING:
    from data_framework.modules.config import Config


class LogFormat(StrEnum):
    """How log lines look on stderr."""

    text = "text"
    json = "json"


ProjectOption = Annotated[
    Path | None, typer.Option("--project", help="The project's folder or zip; default: found from here upwards.")
]
LocalFileOption = Annotated[
    Path | None, typer.Option("--local-file", help="The dataflows file; its folder is the project.")
]
EnvironmentOption = Annotated[
    str | None, typer.Option("--environment", help="local, develop, preproduction or production.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Answer with one JSON document on stdout.")]
VerboseOption = Annotated[int, typer.Option("--verbose", "-v", count=True, help="Say more (twice: everything).")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Say only the answer, warnings and errors.")]
LogFormatOption = Annotated[LogFormat, typer.Option("--log-format", help="Log lines on stderr as text or JSON.")]
NoColorOption = Annotated[bool, typer.Option("--no-color", help="No colours.")]
DebugOption = Annotated[bool, typer.Option("--debug", help="Show tracebacks.")]

_COMMON: dict[str, tuple[Any, Any]] = {
    "project": (ProjectOption, None), "local_file": (LocalFileOption, None), "environment": (EnvironmentOption, None),
    "json": (JsonOption, False), "verbose": (VerboseOption, 0), "quiet": (QuietOption, False),
    "log_format": (LogFormatOption, LogFormat.text), "no_color": (NoColorOption, False), "debug": (DebugOption, False),
}  # fmt: skip


@dataclass(frozen=True)
class Common:
    """What every command was told, and where it answers.

    Attributes:
        output: Where the answer goes.
        project, local_file, environment: As given, None where not.
        log_format: text or json.
        log: The session that writes log lines to stderr; set its execution id once it is known.
    """

    output: Output
    log: LogSession
    project: Path | None = None
    local_file: Path | None = None
    environment: str | None = None
    log_format: str = "text"

    def config(self, **arguments: Any) -> Config:
        """Open the project's configuration; arguments that are None were not given."""
        from data_framework.modules.config import open_config

        given = {key: value for key, value in arguments.items() if value is not None}
        config = open_config(self.project, local_file=self.local_file, environment=self.environment, arguments=given)
        self.log.hide(config.secret_values())
        return config


def command(body: Callable[..., int | None]) -> Callable[..., None]:
    """Give a command the common options and the handling of errors.

    The body's first parameter is a `Common`; the others are its own Typer parameters. What it returns is the exit code
    (None: 0). A `DataFrameworkError` becomes a sentence with a hint and its own exit code, Ctrl-C 130.

    Example:
        >>> app = typer.Typer()
        >>> @app.command()
        ... @command
        ... def hello(common: Common, name: str = "you") -> None:
        ...     common.output.line(f"Hello {name}")
    """
    parameters = list(inspect.signature(body, eval_str=True).parameters.values())

    @functools.wraps(body)
    def wrapped(**given: Any) -> None:
        common = _common({key: given.pop(key) for key in _COMMON})
        # What a project's code prints must not stand beside the one JSON document.
        beside = contextlib.redirect_stdout(sys.stderr) if common.output.json else contextlib.nullcontext()
        with common.log, beside:
            code = _answer(common, functools.partial(body, common, **given))
        raise typer.Exit(code)

    shared = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
        for name, (annotation, default) in _COMMON.items()
    ]
    own = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in parameters[1:]]
    wrapped.__dict__.pop("__wrapped__", None)
    wrapped.__signature__ = inspect.Signature([*own, *shared])  # type: ignore[attr-defined]
    wrapped.__annotations__ = {parameter.name: parameter.annotation for parameter in [*own, *shared]}
    return wrapped


def _common(given: dict[str, Any]) -> Common:
    color, verbosity = False if given["no_color"] else None, -1 if given["quiet"] else given["verbose"]
    log_format: LogText = "json" if given["log_format"] == LogFormat.json else "text"
    output = Output(json=given["json"], color=color, debug=given["debug"], verbosity=verbosity)
    log = configure_logging(verbosity=verbosity, log_format=log_format, colour=color)
    output.mask = log.mask
    if log_format == "json":
        output.log = get_logger("cli").log
    return Common(output, log, given["project"], given["local_file"], given["environment"], log_format)


def _answer(common: Common, body: Callable[[], int | None]) -> int:
    with Interruption() as interruption:
        try:
            return body() or 0
        except BrokenPipeError:
            raise
        except KeyboardInterrupt as error:
            return common.output.failed(_caused(InterruptedRunError(), error))
        except Exception as error:  # noqa: BLE001 no command ends with a bare traceback
            if interruption.asked:
                return common.output.failed(_caused(InterruptedRunError(), error))
            if isinstance(error, DataFrameworkError):
                return common.output.failed(error)
            found = UnexpectedError(kind=type(error).__name__, reason=str(error))
            return common.output.failed(_caused(found, error))


def _caused(error: DataFrameworkError, cause: BaseException) -> DataFrameworkError:
    error.__cause__ = cause
    return error


def check_date(option: str, text: str) -> None:
    """Refuse what is no date.

    Raises:
        UsageError: It is not written YYYY-MM-DD.
    """
    from datetime import date

    if not text:
        return
    try:
        written = date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise UsageError(reason=f"--{option.replace('_', '-')} is no date: {text!r}; write YYYY-MM-DD") from error
    if written != text:
        raise UsageError(reason=f"--{option.replace('_', '-')} is written YYYY-MM-DD, not {text!r}")
