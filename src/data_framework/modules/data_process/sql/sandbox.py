"""The second wall behind the allow-list: a DuckDB that opens the files of its tables and nothing else.

The parser refuses everything but a SELECT over named tables; should it ever let something through, the database itself
has no way to other files, to the network, to extensions or to Python's variables, and cannot be told otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from data_framework.modules.utils.data_types import DataType, parse_type
from data_framework.modules.utils.names import quote_identifier

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_DUCKDB_TYPES = {"timestamp with time zone": "timestamp", "varchar": "string", "integer": "int", "blob": "binary",
                 "hugeint": "decimal(38,0)", "real": "float", "ubigint": "decimal(20,0)", "uinteger": "bigint",
                 "utinyint": "smallint", "usmallint": "int"}  # fmt: skip


def sandboxed(connection: DuckDBPyConnection, allowed_paths: Iterable[str], work_folder: str) -> DuckDBPyConnection:
    """Lock a connection in, for good: of files, only the given ones and those below the work folder.

    Make views over the tables' files before or after; set memory, threads and temp_directory before, since no setting
    can be changed afterwards. Every cursor of the connection is locked in too.

    Args:
        connection: An open connection of a database used for nothing else.
        allowed_paths: The data files of the tables that may be read, as the views name them.
        work_folder: Where the engine stages and spills ("" for nowhere).
    """
    folders = [work_folder] if work_folder else []
    for statement in (
        "SET autoinstall_known_extensions = false",
        "SET autoload_known_extensions = false",
        "SET python_enable_replacements = false",
        f"SET allowed_paths = {_texts(allowed_paths)}",
        f"SET allowed_directories = {_texts(folders)}",
        "SET enable_external_access = false",
        "SET lock_configuration = true",
    ):
        connection.execute(statement)
    return connection


def schema_of(connection: DuckDBPyConnection, names: Iterable[str]) -> dict[str, dict[str, DataType | str | None]]:
    """The types of tables and views of a connection by column, as `to_duckdb` wants them.

    Args:
        connection: Where they are.
        names: As a query names them, `key` or `database.table`.
    """
    found: dict[str, dict[str, DataType | str | None]] = {}
    for name in names:
        quoted = ".".join(quote_identifier(part) for part in name.split("."))
        rows = connection.execute(f"DESCRIBE {quoted}").fetchall()
        found[name] = {str(row[0]): _kind(str(row[1])) for row in rows}
    return found


def _kind(text: str) -> DataType | None:
    """A type of DuckDB's as ours, None for one the dialect has no rules for (nested ones)."""
    try:
        return parse_type(_DUCKDB_TYPES.get(text.lower(), text.lower()))
    except ValueError:
        return None


def _texts(values: Iterable[str]) -> str:
    return "[" + ", ".join("'" + value.replace("'", "''") + "'" for value in values) + "]"
