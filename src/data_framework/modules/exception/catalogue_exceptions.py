"""Errors of tables, schemas and partitions."""

from typing import Any, ClassVar

from data_framework.modules.exception.base import DataFrameworkError


class CatalogueError(DataFrameworkError):
    """An error of tables, schemas and partitions."""


class CatalogueUnavailableError(CatalogueError):
    """The catalogue could not be read or written."""

    what: ClassVar[str] = "The catalogue {catalogue!r} could not be used: {reason}."
    advice: ClassVar[str] = "Check free space, permissions and other processes that use it, then run again."


class CatalogueLostError(CatalogueError):
    """The catalogue holds nothing, though runs wrote tables: its file was lost."""

    what: ClassVar[str] = "The catalogue holds no tables, but the run store knows what {dataflow!r} wrote into them."
    advice: ClassVar[str] = (
        "Put the catalogue back from a backup (locally: catalogue.db). Without it, keep the layer landing, remove "
        "everything else in the data root, and run the dataflows."
    )


class TableNotFoundError(CatalogueError):
    """There is no such table."""

    exit_code: ClassVar[int] = 2
    what: ClassVar[str] = "There is no table {table!r} in {place}."
    advice: ClassVar[str] = "{suggestion}"

    def __init__(self, **context: Any) -> None:
        known = {"place": "the catalogue", "suggestion": "See `data-framework tables list` for those that exist."}
        super().__init__(**{**known, **context})


class InvalidTableNameError(CatalogueError):
    """A name that cannot be a table's, because it cannot be a folder's."""

    exit_code: ClassVar[int] = 2
    what: ClassVar[str] = "{name!r} cannot name a {kind}: {reason}."
    advice: ClassVar[str] = "Use letters, digits, _ and -."


class SchemaChangeError(CatalogueError):
    """A change of a table's schema that would lose data or move its partitions."""

    exit_code: ClassVar[int] = 2
    what: ClassVar[str] = "Table {table!r} cannot change as asked: {reason}."
    advice: ClassVar[str] = "Keep the table's type in the contract, or write the new shape to a table of another name."


class UnsupportedTypeError(CatalogueError):
    """A column of a foreign table has a type this framework has no name for."""

    what: ClassVar[str] = "Column {column!r} of table {table!r} has the type {found!r}, which is not supported."
    advice: ClassVar[str] = "Read the table with the engine that wrote it, or leave the column out."


class CommitConflictError(CatalogueError):
    """The table moved on while a change was computed."""

    what: ClassVar[str] = "Table {table!r} was changed by another writer in the meantime: {reason}."
    advice: ClassVar[str] = "The change must be computed again from the table as it is now."


class InvalidDataFileError(CatalogueError):
    """A file handed to a commit is not a data file of that table."""

    what: ClassVar[str] = "{path!r} cannot become a data file of table {table!r}: {reason}."
    advice: ClassVar[str] = "Write the file with the table's columns, types and field ids."


class MissingDataFileError(CatalogueError):
    """A file to remove is not in the table."""

    what: ClassVar[str] = "Table {table!r} has no data file {path!r} to remove."
    advice: ClassVar[str] = "The change must be computed again from the table as it is now."


class TableLockedError(CatalogueError):
    """Another process holds a table's lock for too long."""

    what: ClassVar[str] = "Table {table!r} is being written by another process for more than {seconds} seconds."
    advice: ClassVar[str] = "Wait until it has finished, then run again."
