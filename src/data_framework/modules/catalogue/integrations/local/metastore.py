"""The SQLite file behind the local catalogue: where each table's current metadata is, and the partitions of raw tables.

The tables `iceberg_tables` and `iceberg_namespace_properties` are those of PyIceberg's SqlCatalog and of Iceberg's
JdbcCatalog (schema V1), so that Spark, PyIceberg and others open the same file. Only plain `sqlite3` is used: loading
SQLAlchemy costs a quarter of a second in every run.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pyiceberg.table.metadata import TableMetadata

from data_framework.modules.exception import CatalogueUnavailableError

_SCHEMA = """
begin immediate;
create table if not exists iceberg_tables (
    catalog_name varchar(255) not null, table_namespace varchar(255) not null, table_name varchar(255) not null,
    metadata_location varchar(1000), previous_metadata_location varchar(1000), iceberg_type varchar(5),
    primary key (catalog_name, table_namespace, table_name));
create table if not exists iceberg_namespace_properties (
    catalog_name varchar(255) not null, namespace varchar(255) not null, property_key varchar(255) not null,
    property_value varchar(1000) not null, primary key (catalog_name, namespace, property_key));
create table if not exists data_framework_settings (key text primary key, value text not null);
create table if not exists data_framework_raw_tables (
    layer text not null, database text not null, name text not null, field text not null,
    primary key (layer, database, name));
create table if not exists data_framework_raw_partitions (
    layer text not null, database text not null, name text not null, value text not null, location text not null,
    primary key (layer, database, name, value));
create table if not exists data_framework_expired_files (path text primary key, since real not null);
commit;
"""
_KEY = "catalog_name = ? and table_namespace = ? and table_name = ?"


class Metastore:
    """One SQLite file; a connection per use, so that threads and forked processes never share one."""

    def __init__(self, path: Path, catalogue: str) -> None:
        self.path = path
        self.catalogue = catalogue
        path.parent.mkdir(parents=True, exist_ok=True)
        with self.connection() as connection:
            found = connection.execute("select 1 from sqlite_master where name = 'data_framework_expired_files'")
            if not found.fetchone():
                connection.executescript(_SCHEMA)

    @contextmanager
    def connection(self) -> Iterator[sqlite3.Connection]:
        """Open a connection and a transaction, committed unless the block raises.

        Raises:
            CatalogueUnavailableError: SQLite refused: the file is locked for long, damaged or the disk is full.
        """
        try:
            connection = sqlite3.connect(self.path, timeout=30)
            try:
                with connection:
                    yield connection
            finally:
                connection.close()
        except sqlite3.Error as error:
            raise CatalogueUnavailableError(catalogue=str(self.path), reason=str(error)) from error

    @property
    def name(self) -> str:
        """The file, for messages."""
        return str(self.path)

    # settings -------------------------------------------------------------------------------------------------------
    def setting(self, key: str) -> str | None:
        """Read one setting of the framework's own."""
        with self.connection() as connection:
            row = connection.execute("select value from data_framework_settings where key = ?", (key,)).fetchone()
        return row[0] if row else None

    def keep_setting(self, key: str, value: str) -> None:
        """Write one setting."""
        with self.connection() as connection:
            connection.execute("insert or replace into data_framework_settings values (?, ?)", (key, value))

    # Iceberg tables -------------------------------------------------------------------------------------------------
    def location(self, database: str, table: str) -> str | None:
        """Where a table's current metadata is, or None when there is no such table."""
        query = f"select metadata_location from iceberg_tables where {_KEY}"
        with self.connection() as connection:
            row = connection.execute(query, (self.catalogue, database, table)).fetchone()
        return row[0] if row else None

    def tables(self) -> list[tuple[str, str, str]]:
        """Every table: database, name, metadata location."""
        query = (
            "select table_namespace, table_name, metadata_location from iceberg_tables where catalog_name = ?"
            " and coalesce(iceberg_type, 'TABLE') = 'TABLE' order by 1, 2"
        )
        with self.connection() as connection:
            return connection.execute(query, (self.catalogue,)).fetchall()

    def insert(self, database: str, table: str, location: str, metadata: TableMetadata) -> bool:
        """Enter a new table; False when another process was faster."""
        with self.connection() as connection:
            connection.execute(
                "insert or ignore into iceberg_namespace_properties values (?, ?, 'exists', 'true')",
                (self.catalogue, database),
            )
            done = connection.execute(
                "insert or ignore into iceberg_tables values (?, ?, ?, ?, null, 'TABLE')",
                (self.catalogue, database, table, location),
            )
        return done.rowcount == 1

    def swap(
        self, database: str, table: str, old: str, new: str, metadata: TableMetadata, expired: Iterable[str] = ()
    ) -> bool:
        """Point a table to new metadata if it still points to the old, noting files nothing will refer to any more."""
        statement = f"update iceberg_tables set metadata_location = ?, previous_metadata_location = ? where {_KEY}"
        with self.connection() as connection:
            done = connection.execute(
                f"{statement} and metadata_location = ?", (new, old, self.catalogue, database, table, old)
            )
            if done.rowcount == 1:
                noted = [(path, time.time()) for path in expired]
                connection.executemany("insert or ignore into data_framework_expired_files values (?, ?)", noted)
        return done.rowcount == 1

    def remove(self, database: str, table: str) -> None:
        """Forget a table."""
        with self.connection() as connection:
            connection.execute(f"delete from iceberg_tables where {_KEY}", (self.catalogue, database, table))

    # expired files --------------------------------------------------------------------------------------------------
    def expired_before(self, database: str, table: str, moment: float) -> list[str]:
        """Files no snapshot of any table refers to since before a moment."""
        query = "select path from data_framework_expired_files where since < ?"
        with self.connection() as connection:
            return [row[0] for row in connection.execute(query, (moment,))]

    def forget_expired(self, database: str, table: str, paths: Iterable[str]) -> None:
        """Note that expired files are deleted."""
        with self.connection() as connection:
            connection.executemany(
                "delete from data_framework_expired_files where path = ?", [(path,) for path in paths]
            )
