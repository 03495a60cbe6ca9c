"""Tables that are written and read as an engine does it, for tests of catalogues."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from data_framework.modules.catalogue import CatalogueInterface, Change, Column, Snapshot, TableSchema
from data_framework.modules.config.model.tables import TableRef

REF = TableRef("staging", "shop_staging", "orders")
SCHEMA = TableSchema(
    (Column("id", "bigint", nullable=False), Column("name", "string", description="Who."), Column("day", "date")),
    partition_field="day",
    primary_keys=("id",),
)


def connected(catalogue: CatalogueInterface) -> duckdb.DuckDBPyConnection:
    """A DuckDB that reads and writes the files of a catalogue, wherever they lie."""
    connection = duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False})
    filesystem = catalogue.filesystem()
    if filesystem is not None:
        connection.register_filesystem(filesystem)
    return connection


def write_files(catalogue: CatalogueInterface, ref: TableRef, select: str, name: str = "part") -> list[str]:
    """Stage the rows of a DuckDB query as data files of a table, as an engine does; returns their paths."""
    schema = catalogue.schema(ref)
    ids = ", ".join(f"'{path}': {number}" for path, number in schema.field_ids.items() if "." not in path)
    partition = (
        f"PARTITION_BY ({schema.partition_field}), WRITE_PARTITION_COLUMNS true," if schema.partition_field else ""
    )
    location = catalogue.data_location(ref)
    target = location if partition else f"{location}/{name}.parquet"
    pattern = f"FILENAME_PATTERN '{name}-{{i}}', OVERWRITE_OR_IGNORE true," if partition else ""
    with connected(catalogue) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        rows = connection.execute(
            f"COPY ({select}) TO '{target}' "
            f"(FORMAT parquet, {partition} {pattern} FIELD_IDS {{{ids}}}, RETURN_FILES true)"
        )
        row = rows.fetchone()
    return list(row[1]) if row else []


def write_nested(catalogue: CatalogueInterface, select: str, name: str) -> list[str]:
    """Stage one row of the nested columns `s` (struct) and `l` (array of structs), with all their field ids."""
    ids = catalogue.schema(REF).field_ids
    clause = (f"{{s: {{__duckdb_field_id: {ids['s']}, a: {ids['s.a']}}}, l: {{__duckdb_field_id: {ids['l']}, "
              f"element: {{__duckdb_field_id: {ids['l.element']}, b: {ids['l.element.b']}}}}}}}")  # fmt: skip
    path = f"{catalogue.data_location(REF)}/{name}.parquet"
    with connected(catalogue) as connection:
        connection.execute(f"COPY (select {select}) TO '{path}' (FORMAT parquet, FIELD_IDS {clause})")
    return [path]


def publish(
    catalogue: CatalogueInterface, ref: TableRef, select: str, name: str, remove: Sequence[str] = (), **properties: str
) -> Snapshot:
    """Write a query's rows and commit them on top of the current snapshot."""
    current = catalogue.snapshot(ref)
    paths = write_files(catalogue, ref, select, name) if select else []
    return catalogue.commit(ref, Change(paths, remove, current.snapshot_id if current else None, properties))


def rows(catalogue: CatalogueInterface, ref: TableRef) -> list[tuple[object, ...]]:
    """The table's rows, read from its data files as an engine reads them, sorted."""
    paths = [file.path for file in catalogue.files(ref)]
    if not paths:
        return []
    with connected(catalogue) as connection:
        query = "select * from read_parquet(?, union_by_name = true, hive_partitioning = false) order by all"
        return connection.execute(query, [paths]).fetchall()
