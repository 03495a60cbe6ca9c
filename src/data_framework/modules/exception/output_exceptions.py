"""Errors of reports."""

from typing import ClassVar

from data_framework.modules.exception.base import DataFrameworkError


class OutputError(DataFrameworkError):
    """An error of reports."""


class EmptyReportError(OutputError):
    """A report has no rows, and `on_empty` does not say what to do then."""

    exit_code: ClassVar[int] = 1
    what: ClassVar[str] = "The report {report!r} has no data."
    advice: ClassVar[str] = 'If that is to be expected, set its "on_empty" to "skip" or "write".'


class ReportNameError(OutputError):
    """The name of a report's file cannot be used."""

    exit_code: ClassVar[int] = 2
    what: ClassVar[str] = "The file of the report {report!r} cannot be named by {pattern!r}: {reason}."
    advice: ClassVar[str] = "Correct its filename_pattern or filename_date_format."


class ReportColumnsError(OutputError):
    """A report's columns and their names do not fit."""

    exit_code: ClassVar[int] = 2
    what: ClassVar[str] = "The columns of the report {report!r} cannot be written: {reason}."
    advice: ClassVar[str] = "Correct its columns or columns_alias."


class ReportEncodingError(OutputError):
    """A report holds a character its encoding does not have."""

    exit_code: ClassVar[int] = 2
    what: ClassVar[str] = "The report {report!r} holds the character {character}, which {encoding} does not have."
    advice: ClassVar[str] = 'Write it in UTF-8, or change the character with its "replaces".'
