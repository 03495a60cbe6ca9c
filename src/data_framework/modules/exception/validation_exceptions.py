"""Errors of quality controls."""

from typing import ClassVar

from data_framework.modules.exception.base import DataFrameworkError


class ValidationError(DataFrameworkError):
    """An error of quality controls."""


class ControlDefinitionError(ValidationError):
    """A control cannot be used as it is written: a wrong rule, argument, field, type, SQL or function."""

    exit_code: ClassVar[int] = 2
    what: ClassVar[str] = "The control {control!r} cannot be used: {reason}."
    advice: ClassVar[str] = "Correct its definition; `data-framework validate` lists every such problem."


class ControlTablesError(ValidationError):
    """The tables of controls cannot be read."""

    what: ClassVar[str] = "Could not read controls from {table}: {reason}."
    advice: ClassVar[str] = "Compare its columns with the reference of the three tables of controls."


class ControlDataError(ValidationError):
    """The data a control is to be checked on cannot be used."""

    exit_code: ClassVar[int] = 2
    what: ClassVar[str] = "Could not check {file!r}: {reason}."
    advice: ClassVar[str] = "Give a .csv, .jsonl or .parquet file that exists."
