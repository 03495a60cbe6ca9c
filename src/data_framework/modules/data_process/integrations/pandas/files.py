"""Rows written into Parquet files of a table, in folders by partition and in an order where one is wanted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import duckdb

from data_framework.modules.catalogue import CatalogueInterface
from data_framework.modules.config.model.tables import Partition, TableRef
from data_framework.modules.data_process.integrations.pandas.sql.casts import literal
from data_framework.modules.utils.names import quote_identifier as quoted

# a merge rewrites whole files: small enough to leave most of a large table alone, large enough to read fast
FILE_BYTES = 128 * 1024 * 1024
_FORMAT = "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, RETURN_STATS true, OVERWRITE_OR_IGNORE true"


@dataclass(frozen=True)
class Copied:
    """What was written: the files, and the compressed bytes of each column."""

    files: list[str] = field(default_factory=list)
    sizes: Counter[str] = field(default_factory=Counter)


def write_files(
    catalogue: CatalogueInterface, cursor: duckdb.DuckDBPyConnection, select: str, ref: TableRef, prefix: str,
    field_ids: str, partition: Partition | None, order_by: Sequence[tuple[str, bool]] = (),
) -> list[str]:  # fmt: skip
    """As `copy_files`; answers the files alone."""
    return copy_files(catalogue, cursor, select, ref, prefix, field_ids, partition, order_by).files


def copy_files(
    catalogue: CatalogueInterface, cursor: duckdb.DuckDBPyConnection, select: str, ref: TableRef, prefix: str,
    field_ids: str, partition: Partition | None, order_by: Sequence[tuple[str, bool]] = (),
) -> Copied:  # fmt: skip
    """Copy a SELECT into zstd Parquet files of a table, in folders by partition where there is one; all or none."""
    shape = f"FILE_SIZE_BYTES {FILE_BYTES}"
    if partition is not None:
        written = "false" if partition.transform else "true"
        shape = f"PARTITION_BY ({quoted(partition.name)}), WRITE_PARTITION_COLUMNS {written}"
        if partition.transform:
            select = f"SELECT *, {partition_sql(partition)} AS {quoted(partition.name)} FROM ({select}) s"
    options = f"{_FORMAT}, FIELD_IDS {field_ids}, FILENAME_PATTERN {literal(prefix + '-{i}')}, {shape}"
    location = literal(catalogue.data_location(ref))
    try:
        with in_order(cursor, select, partition, order_by) as rows_in_order:
            found = cursor.execute(f"COPY ({rows_in_order}) TO {location} ({options})").fetchall()
    except BaseException:
        catalogue.discard_files(catalogue.staged_files(ref, prefix))
        raise
    files = sorted(path for path, *_ in found)
    if not any(rows for _, rows, *_ in found):
        catalogue.discard_files(files)
        return Copied()
    return Copied(files, _sizes(columns for _, _, _, _, columns, *_ in found))


@contextmanager
def in_order(
    cursor: duckdb.DuckDBPyConnection, select: str, partition: Partition | None, order_by: Sequence[tuple[str, bool]]
) -> Iterator[str]:
    """The SELECT of rows in the order they are to be written, while the database keeps to it.

    Several threads would interleave their rows in the files of partitions.
    """
    if not order_by:
        yield select
        return
    terms = [quoted(partition.name)] if partition else []
    terms += [f"{quoted(name)} {'DESC NULLS LAST' if down else 'ASC NULLS FIRST'}" for name, down in order_by]
    (threads,) = cursor.execute("SELECT current_setting('threads')").fetchall()[0]
    cursor.execute("SET threads = 1")
    try:
        yield f"SELECT * FROM ({select}) ORDER BY {', '.join(terms)}"
    finally:
        cursor.execute(f"SET threads = {int(threads)}")


def partition_sql(partition: Partition) -> str:
    """SQL of the text of a row's partition, over rows `s`."""
    column = f"s.{quoted(partition.field)}"
    return f"strftime({column}, '%Y-%m')" if partition.transform else f"{column}::VARCHAR"


def _sizes(found: Iterable[Mapping[str, Mapping[str, str]]]) -> Counter[str]:
    """Compressed bytes by column; those of nested parts count for the column they are in."""
    sizes: Counter[str] = Counter()
    for columns in found:
        for name, facts in columns.items():
            whole = name[1:].split('"."')[0].removesuffix('"').replace('""', '"')
            sizes[whole] += int(facts.get("column_size_bytes", 0))
    return sizes
