"""Errors of running a process."""

from typing import ClassVar

from data_framework.modules.exception.base import DataFrameworkError


class DataFlowError(DataFrameworkError):
    """An error of running a process."""


class NothingToRunError(DataFlowError):
    """The dataflow has no processes."""

    exit_code: ClassVar[int] = 2
    what: ClassVar[str] = "The dataflow {dataflow!r} has no processes."
    advice: ClassVar[str] = "Configure some below its `processes`; data-framework config show prints what is there."


class CoordinatorNotFoundError(DataFlowError):
    """A process has neither code of the project nor a built-in coordinator that serves it."""

    exit_code: ClassVar[int] = 2
    what: ClassVar[str] = "The process {process!r} of {dataflow!r} has no code for its target {target!r}."
    advice: ClassVar[str] = "Write {file} (a .sql file of the same name will do)."


class CoordinatorError(DataFlowError):
    """The file of a coordinator cannot be used."""

    exit_code: ClassVar[int] = 2
    what: ClassVar[str] = "{file} cannot be used: {reason}."
    advice: ClassVar[str] = "It must define class ProcessingCoordinator(DataFlowInterface) with a method process(self)."


class UserLibraryMissingError(DataFlowError):
    """A library that the project's own code imports is not installed."""

    exit_code: ClassVar[int] = 2
    what: ClassVar[str] = "{file}, line {line}, imports {library!r}, which is not installed."
    advice: ClassVar[str] = "Install it in this environment: pip install {library}"


class UserCodeError(DataFlowError):
    """The project's own code raised an error."""

    what: ClassVar[str] = "{file}, line {line}, raised {kind}: {reason}."
    advice: ClassVar[str] = "Run again with --debug to see the whole traceback."


class UnexpectedError(DataFlowError):
    """The framework itself failed in a way it does not know."""

    what: ClassVar[str] = "Unexpected {kind}: {reason}."
    advice: ClassVar[str] = "This is a fault of data-framework: run again with --debug and report the traceback."


class UnknownTableKeyError(DataFlowError):
    """A table key is not in the process's configuration."""

    exit_code: ClassVar[int] = 2
    what: ClassVar[str] = "The process {process!r} has no {kind} table with the key {key!r}."
    advice: ClassVar[str] = "{suggestion}"


class NoTargetError(DataFlowError):
    """No target of raw_to_staging answers to what landing_to_raw wrote."""

    exit_code: ClassVar[int] = 2
    what: ClassVar[str] = "No target of {process!r} in {dataflow!r} belongs to the raw table {source}."
    advice: ClassVar[str] = "Name one of the target keys ({keys}) like the source key or the raw table."


class NoSourceError(DataFlowError):
    """raw_to_staging does not know which raw table to read."""

    exit_code: ClassVar[int] = 2
    what: ClassVar[str] = "{process!r} of {dataflow!r} has no raw table to read."
    advice: ClassVar[str] = "Configure processes.landing_to_raw.output_file, or name a raw table in source_tables."


class SharedTableError(DataFlowError):
    """A dataflow would delete what another one has published in the table that both fill from raw."""

    exit_code: ClassVar[int] = 2
    what: ClassVar[str] = "{dataflow!r} would delete from {table} what {other!r} delivers{of_date}: both fill it."
    advice: ClassVar[str] = "Give each a staging table of its own, united by a later process, or let both append."


class ControlsStoppedError(DataFlowError):
    """A blocking control stopped a process before its target was touched."""

    exit_code: ClassVar[int] = 1
    what: ClassVar[str] = "{count} blocking control(s) stopped {table}{of_date}: {names}."
    advice: ClassVar[str] = "Nothing was published. See the controls of this run, mend the data, and run again."


class SchemaFrozenError(DataFlowError):
    """Cells that do not fit stopped a table whose types are frozen."""

    exit_code: ClassVar[int] = 1
    what: ClassVar[str] = "{table} freezes its types and {cells} cell(s) do not fit: {columns}."
    advice: ClassVar[str] = "Mend the delivery, or let type_change of the contract's schema_policy be quarantine."


class ReplayRefusedError(DataFlowError):
    """Rows set aside cannot be judged again by themselves."""

    exit_code: ClassVar[int] = 2
    what: ClassVar[str] = "The rows set aside on their way into {table} cannot be replayed: {reason}."
    advice: ClassVar[str] = "Correct the contract or the control and run the data dates again, or discard the rows."


class NothingToReadError(DataFlowError):
    """A process was asked for a date or file that is not there."""

    exit_code: ClassVar[int] = 2
    what: ClassVar[str] = "There is nothing to read for {what_for}."
    advice: ClassVar[str] = "See what is there with: data-framework landing status"
