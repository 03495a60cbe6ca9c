"""Rows written into Parquet files of a table, in folders by partition and in an order where one is wanted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import duckdb

from data_framework.modules.catalogue import CatalogueInterface
from data_framework.modules.data_process.integrations.pandas.casts import literal
from data_framework.modules.utils.names import quote_identifier as quoted

_FORMAT = "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, RETURN_FILES true"


def write_files(
    catalogue: CatalogueInterface, cursor: duckdb.DuckDBPyConnection, select: str, location: str, prefix: str,
    field_ids: str, partition: str | None, order_by: Sequence[tuple[str, bool]] = (),
) -> list[str]:  # fmt: skip
    """Copy a SELECT into zstd Parquet files below a location, in folders by partition where there is one."""
    options = f"{_FORMAT}, FIELD_IDS {field_ids}"
    target = f"{location}/{prefix}.parquet"
    if partition is not None:
        target = location
        options += (f", PARTITION_BY ({quoted(partition)}), WRITE_PARTITION_COLUMNS true, OVERWRITE_OR_IGNORE true, "
                    f"FILENAME_PATTERN {literal(prefix + '-{i}')}")  # fmt: skip
    with in_order(cursor, select, partition, order_by) as rows_in_order:
        rows, files = _copied(cursor, f"COPY ({rows_in_order}) TO {literal(target)} ({options})")
    if rows == 0:
        catalogue.discard_files(files)
        return []
    return sorted(files)


@contextmanager
def in_order(
    cursor: duckdb.DuckDBPyConnection, select: str, partition: str | None, order_by: Sequence[tuple[str, bool]]
) -> Iterator[str]:
    """The SELECT of rows in the order they are to be written, while the database keeps to it.

    Several threads would interleave their rows in the files of partitions.
    """
    if not order_by:
        yield select
        return
    terms = [quoted(partition)] if partition else []
    terms += [f"{quoted(name)} {'DESC NULLS LAST' if down else 'ASC NULLS FIRST'}" for name, down in order_by]
    (threads,) = cursor.execute("SELECT current_setting('threads')").fetchall()[0]
    cursor.execute("SET threads = 1")
    try:
        yield f"SELECT * FROM ({select}) ORDER BY {', '.join(terms)}"
    finally:
        cursor.execute(f"SET threads = {int(threads)}")


def _copied(cursor: duckdb.DuckDBPyConnection, statement: str) -> tuple[int, Sequence[str]]:
    (row,) = cursor.execute(statement).fetchall()
    return row[0], list(row[1] or [])
