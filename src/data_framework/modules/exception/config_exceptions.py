"""Errors of configuration: every one ends with exit code 2."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from typing_extensions import override

from data_framework.modules.exception.base import DataFrameworkError


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong (or doubtful) in a configuration, and where.

    Attributes:
        file: The file, relative to the project.
        line: The line of the key or item, 1 is the first; None where a file or argument as a whole is meant.
        place: The key with its parents, e.g. `dataflows.sales.processes.landing_to_raw.incoming_file.zipped`.
        found: What stands there; secrets are masked.
        expected: What could stand there.
        hint: What to do, often the nearest known name.
        warning: Whether it only deserves a warning.
    """

    file: str
    line: int | None
    place: str
    found: str
    expected: str
    hint: str = ""
    warning: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return it as an entry of `errors` in an answer."""
        return {key: value for key, value in asdict(self).items() if key != "warning"}

    @override
    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        sentence = f"{where}: {self.place}: " if self.place else f"{where}: "
        sentence += f"found {self.found}, expected {self.expected}" if self.found else f"expected {self.expected}"
        return f"{sentence}. {self.hint}".rstrip()


class ConfigError(DataFrameworkError):
    """The configuration cannot be used as it is."""

    exit_code: ClassVar[int] = 2


class ConfigErrors(ConfigError):  # noqa: N818 - it is many
    """Everything that is wrong in a configuration, at once."""

    what: ClassVar[str] = "The configuration has {count} problem(s):\n{listing}"
    advice: ClassVar[str] = "Correct them, then check again with: data-framework validate"

    def __init__(self, *, problems: Sequence[Problem], **_: Any) -> None:
        self.problems = tuple(problems)
        listing = "\n".join(f"  {problem}" for problem in self.problems)
        super().__init__(problems=self.problems, count=len(self.problems), listing=listing)


class ConfigParseError(ConfigErrors):
    """A configuration file is no valid JSON; the problems of the other files are listed with it."""


class ProjectNotFoundError(ConfigError):
    """There is no project where one was looked for."""

    what: ClassVar[str] = "There is no project at {where}: {reason}."
    advice: ClassVar[str] = "Name one with --project DIR, or make one with: data-framework init DIR"


class UnknownDataflowError(ConfigError):
    """A dataflow was asked for that the configuration does not have."""

    what: ClassVar[str] = "There is no dataflow named {name!r}."
    advice: ClassVar[str] = "{suggestion}"


class UnknownProcessError(ConfigError):
    """A process was asked for that the dataflow does not have."""

    what: ClassVar[str] = "The dataflow {dataflow!r} has no process named {name!r}."
    advice: ClassVar[str] = "{suggestion}"


class UnknownKeyError(ConfigError):
    """A key was asked for that the configuration does not have."""

    what: ClassVar[str] = "The configuration has no key {name!r}."
    advice: ClassVar[str] = "{suggestion}"


class EnvironmentNotResolvedError(ConfigError):
    """Which environment this is cannot be told, or must be said explicitly."""

    what: ClassVar[str] = "The environment is not clear: {reason}."
    advice: ClassVar[str] = "Say it with --environment local|develop|preproduction|production."


class SecretError(ConfigError):
    """A secret that a configuration refers to could not be had."""

    what: ClassVar[str] = "The secret {reference!r} could not be read: {reason}."
    advice: ClassVar[str] = "Set the variable or write the file it names, then run again."


class UsageError(ConfigError):
    """Options that do not go together."""

    what: ClassVar[str] = "{reason}."
    advice: ClassVar[str] = "See: data-framework run --help"
