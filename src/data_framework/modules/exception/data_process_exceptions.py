"""Errors of the engine and its verbs."""

from typing import ClassVar

from data_framework.modules.exception.base import DataFrameworkError


class DataProcessError(DataFrameworkError):
    """An error of the engine and its verbs."""


class PlanFailedError(DataProcessError):
    """The source of a table could not be read or staged."""

    what: ClassVar[str] = "The rows for {table} could not be read and staged: {reason}."
    advice: ClassVar[str] = "Nothing was published; check the source, free disk space and memory, then run again."


class PlanError(DataProcessError):
    """A table's plan does not fit its source or its table."""

    exit_code: ClassVar[int] = 2
    what: ClassVar[str] = "The plan for {table} does not fit: {reason}."
    advice: ClassVar[str] = "Correct the configuration or the contract of the table; `validate` checks both."


class FrameSchemaError(DataProcessError):
    """A frame does not have the columns or types of the table it is written to."""

    exit_code: ClassVar[int] = 2
    what: ClassVar[str] = "The frame does not fit the table {table}: {reason}."
    advice: ClassVar[str] = "Select, rename or cast the frame's columns to those of the table's contract."


class CountMismatchError(DataProcessError):
    """Rows would be lost or made up by a publish."""

    what: ClassVar[str] = (
        "The counts of {table} do not add up: {rows_read} rows read, but {accounted} accounted for ({detail})."
    )
    advice: ClassVar[str] = (
        "Nothing was published. This is a defect of the framework: please report it with the run's id."
    )


class PublishFailedError(DataProcessError):
    """A commit could not be made."""

    what: ClassVar[str] = "The rows for {table} could not be published: {reason}."
    advice: ClassVar[str] = "The table is as it was; run the same command again."


class QueryFailedError(DataProcessError):
    """A query failed while it ran."""

    what: ClassVar[str] = "The query failed: {reason}."
    advice: ClassVar[str] = "Correct the query or the data it reads."


class UnknownTransformationError(DataProcessError):
    """A transformation is neither built in nor to be imported."""

    exit_code: ClassVar[int] = 2
    what: ClassVar[str] = "The transformation {name!r} cannot be used: {reason}."
    advice: ClassVar[str] = (
        "Write module:function of a file below transformation/, or install the package that brings it."
    )


class FrameDataError(DataProcessError):
    """A verb cannot do what it was asked with these frames."""

    exit_code: ClassVar[int] = 2
    what: ClassVar[str] = "The frame cannot be used like this: {reason}."
    advice: ClassVar[str] = "Correct the call; docs/reference lists what each verb takes."


class ColumnNotFoundError(DataProcessError):
    """A verb names a column a frame does not have."""

    exit_code: ClassVar[int] = 2
    what: ClassVar[str] = "{what} has no column {column!r}."
    advice: ClassVar[str] = "{suggestion}"


class ExportError(DataProcessError):
    """The rows of a table could not be written to a file."""

    what: ClassVar[str] = "Could not export to {path!r}: {reason}."
    advice: ClassVar[str] = "Check the folder, its permissions and free space, then run again."


class SampleReadError(DataProcessError):
    """A file named on the command line cannot be read."""

    exit_code: ClassVar[int] = 2
    what: ClassVar[str] = "Could not read {path!r}: {reason}."
    advice: ClassVar[str] = "Check the path and its permissions."
