"""A table's files as a DuckDB relation: columns added since come out null, what was changed otherwise is copied."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from data_framework.modules.catalogue import CatalogueInterface, Column, DataFile, TableSchema
from data_framework.modules.config.model.tables import TableRef
from data_framework.modules.data_process.helpers.libraries import pa, pq
from data_framework.modules.data_process.integrations.pandas.sql.casts import literal, stored_type
from data_framework.modules.data_process.plan import hidden
from data_framework.modules.utils.data_types import parse_type
from data_framework.modules.utils.names import quote_identifier


def relation(
    catalogue: CatalogueInterface, ref: TableRef, schema: TableSchema, files: Sequence[DataFile], scratch: str,
    *, technical: bool = False, filename: bool = False,
) -> str:  # fmt: skip
    """The SQL (a SELECT) of these files of a table.

    Args:
        catalogue: Where the table is.
        ref: The table.
        schema: Its schema.
        files: Its files, all or some.
        scratch: A folder for a copy of what may not be read directly.
        technical: Whether technical columns are wanted too.
        filename: Whether the path of each row's file is wanted as column `filename`.
    """
    shown = schema.names if technical else hidden.visible(schema.names)
    columns = [column for column in schema.columns if column.name in shown]
    if not files:
        return _empty(columns, filename)
    if any(file.has_deletes or not (file.plain or file.missing) for file in files):
        return _copied(catalogue, ref, columns, scratch)
    return " UNION ALL ".join(
        _read(paths, columns, missing, filename=filename) for missing, paths in _alike(files).items()
    )


def _alike(files: Sequence[DataFile]) -> dict[tuple[str, ...], list[str]]:
    """The files' paths by the columns they are too old to have."""
    found: dict[tuple[str, ...], list[str]] = {}
    for file in files:
        found.setdefault(file.missing, []).append(file.path)
    return found


def _read(paths: Iterable[str], columns: Sequence[Column], missing: Sequence[str], *, filename: bool) -> str:
    """Files by their columns' names: read by field id, DuckDB knows no row counts and builds joins the wrong way."""
    listed = ", ".join(literal(path) for path in paths)
    names = [
        f"CAST({'NULL' if column.name in missing else quote_identifier(column.name)} AS {_type(column)}) AS "
        f"{quote_identifier(column.name)}"
        for column in columns
    ]
    option = ", filename = true" if filename else ""
    picked = ", ".join([*names, *(["filename"] if filename else [])])
    return f"SELECT {picked} FROM read_parquet([{listed}], hive_partitioning = false{option})"


def _type(column: Column) -> str:
    return stored_type(parse_type(column.type))


def _empty(columns: Sequence[Column], filename: bool) -> str:
    typed = [f"CAST(NULL AS {_type(column)}) AS {quote_identifier(column.name)}" for column in columns]
    return f"SELECT {', '.join(typed + (['NULL::VARCHAR AS filename'] if filename else []))} WHERE false"


def _copied(catalogue: CatalogueInterface, ref: TableRef, columns: Sequence[Column], scratch: str) -> str:
    """A table with row-level deletes of another writer, read by the catalogue into one scratch file."""
    path = Path(scratch) / f"scan-{ref.layer}-{ref.database}-{ref.table}.parquet"
    _write(path, catalogue.scan(ref))
    names = ", ".join(f"CAST({quote_identifier(c.name)} AS {_type(c)}) AS {quote_identifier(c.name)}" for c in columns)
    return f"SELECT {names} FROM read_parquet({literal(str(path))}, hive_partitioning = false)"


def _write(path: Path, batches: Iterable[Any]) -> None:
    writer = None
    for batch in batches:
        writer = writer or pq.ParquetWriter(path, batch.schema, compression="zstd")
        writer.write_table(pa.Table.from_batches([batch]))
    if writer:
        writer.close()
