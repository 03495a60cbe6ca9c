"""Errors that belong to no single module."""

from typing import ClassVar

from data_framework.modules.exception.base import DataFrameworkError


class GenericError(DataFrameworkError):
    """An error of the framework's general machinery."""


class MissingLibraryError(GenericError):
    """A library of an extra is not installed."""

    exit_code: ClassVar[int] = 2
    what: ClassVar[str] = "{feature} needs the library {library!r}, which is not installed."
    advice: ClassVar[str] = "Install it with: pip install 'data-framework[{extra}]'"


class UnknownChoiceError(GenericError):
    """A name is not in a closed set."""

    exit_code: ClassVar[int] = 2
    what: ClassVar[str] = "There is no {kind} named {name!r}."
    advice: ClassVar[str] = "{suggestion}"


class NotInThisVersionError(GenericError):
    """A named backend is planned but not part of this version."""

    exit_code: ClassVar[int] = 2
    what: ClassVar[str] = "{kind} {name!r} is not part of this version of data-framework."
    advice: ClassVar[str] = "Choose one of: {choices}."


class InterruptedRunError(GenericError):
    """The user stopped the run (Ctrl-C or SIGTERM)."""

    exit_code: ClassVar[int] = 130
    what: ClassVar[str] = "Stopped by the user."
    advice: ClassVar[str] = "Nothing is left half done: run the same command again to go on."
