"""The partitions of raw tables, which are files and no Iceberg tables, in the catalogue's SQLite file."""

from __future__ import annotations

from data_framework.modules.catalogue.integrations.local.metastore import Metastore
from data_framework.modules.catalogue.raw_shape import RawShape


class RawTables:
    """Raw tables by layer, database and name."""

    def __init__(self, store: Metastore) -> None:
        self._store = store

    def partitions(self, key: tuple[str, str, str]) -> dict[str, str]:
        """Value → location of a raw table's partitions."""
        query = (
            "select value, location from data_framework_raw_partitions"
            " where layer = ? and database = ? and name = ? order by value"
        )
        with self._store.connection() as connection:
            return dict(connection.execute(query, key).fetchall())

    def add(self, key: tuple[str, str, str], field: str, value: str, location: str, shape: RawShape) -> None:
        """Enter a partition, and its table on first use; how its files are written says the ledger."""
        with self._store.connection() as connection:
            connection.execute("insert or ignore into data_framework_raw_tables values (?, ?, ?, ?)", (*key, field))
            connection.execute(
                "insert or replace into data_framework_raw_partitions values (?, ?, ?, ?, ?)", (*key, value, location)
            )

    def drop(self, key: tuple[str, str, str], value: str) -> None:
        """Forget a partition."""
        statement = (
            "delete from data_framework_raw_partitions where layer = ? and database = ? and name = ? and value = ?"
        )
        with self._store.connection() as connection:
            connection.execute(statement, (*key, value))

    def tables(self) -> list[tuple[str, str, str]]:
        """The raw tables that have partitions."""
        query = "select distinct layer, database, name from data_framework_raw_partitions order by 1, 2, 3"
        with self._store.connection() as connection:
            return connection.execute(query).fetchall()
