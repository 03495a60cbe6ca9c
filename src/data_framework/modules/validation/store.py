"""Reading and appending the three tables of controls: small Parquet files, one commit each."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from data_framework.modules.catalogue import CatalogueInterface, Change, DataFile, TableSchema, committed, standing
from data_framework.modules.config.model.tables import TableRef
from data_framework.modules.utils.names import quote_identifier as quoted
from data_framework.modules.validation.interface_quality_controls import ControlContext, ControlResult
from data_framework.modules.validation.tables import schema_of
from data_framework.modules.validation.verdicts import shown

_KINDS = {"string": "VARCHAR", "double": "DOUBLE", "bigint": "BIGINT", "boolean": "BOOLEAN", "date": "DATE",
          "timestamp": "TIMESTAMPTZ"}  # fmt: skip


def read_rows(
    catalogue: CatalogueInterface, ref: TableRef, columns: Sequence[str] | None = None
) -> Iterator[Mapping[str, Any]]:
    """The rows of a table, none when it does not exist; of some columns only if asked, which must be there."""
    for file in readable_files(catalogue, ref):
        yield from rows_of_file(catalogue, ref, file, columns)


def readable_files(catalogue: CatalogueInterface, ref: TableRef) -> list[DataFile]:
    """The files of a table, none when it does not exist; a single one without a path where only all can be read."""
    if not catalogue.exists(ref):
        return []
    files = catalogue.files(ref)
    whole = any(file.has_deletes or not (file.plain or file.missing) for file in files)
    return [DataFile("", 0, 0)] if whole else files


def rows_of_file(
    catalogue: CatalogueInterface, ref: TableRef, file: DataFile, columns: Sequence[str] | None = None
) -> Iterator[Mapping[str, Any]]:
    """The rows of one of `readable_files`; a column the file is older than is null."""
    if not file.path:
        for batch in catalogue.scan(ref):
            yield from batch.to_pylist()
        return
    from pyarrow import parquet

    names = [name for name in columns if name not in file.missing] if columns else None
    filesystem = catalogue.filesystem()
    with filesystem.open(file.path, "rb") if filesystem else open(file.path, "rb") as stream:  # noqa: PTH123
        rows = parquet.ParquetFile(stream).read(columns=names).to_pylist()
    for row in rows:
        yield {**dict.fromkeys(file.missing), **row}


def append_rows(
    catalogue: CatalogueInterface, ref: TableRef, rows: Sequence[Mapping[str, Any]], properties: Mapping[str, str], *,
    replace: bool = False,
) -> None:  # fmt: skip
    """Append rows to one of the three tables in one commit, creating or widening it on first use.

    Args:
        catalogue: Where the table is.
        ref: The table.
        rows: The rows by column.
        properties: Of the snapshot.
        replace: Whether the rows that are there leave in the same commit.

    Raises:
        CommitConflictError: Others kept committing through all attempts.
    """
    schema = _ready(catalogue, ref)
    token = properties.get("run-id")
    there = catalogue.exists(ref)
    if token and there and any(one.properties.get("run-id") == token for one in catalogue.history(ref, limit=10)):
        return
    path = _write(rows, schema, catalogue.data_location(ref), catalogue.filesystem())
    committed(catalogue, ref, lambda: _commit(catalogue, ref, schema, path, properties, replace))


def result_row(result: ControlResult, context: ControlContext) -> dict[str, Any]:
    """Write the outcome of a control as a row of controls_results."""
    value = shown(result.observed) if result.observed is not None else result.total - result.invalid
    return {
        "control_master_id": result.control_master_id,
        "control_table_id": result.control_table_id,
        "control_detail": result.detail,
        "control_outcome": f"{{total: {result.total}, value: {value}}}",
        "control_metric_value": result.metric_value,
        "data_date": _date(result.file_date),
        "initial_date": _moment(result.initial_date),
        "end_date": _moment(result.end_date),
        "execution_id": context.run_id,
        "dataflow": context.dataflow,
        "process": context.process,
        "control_layer": result.layer,
        "control_database": result.database,
        "control_table": result.table,
        "control_field": result.field,
        "control_name": result.name,
        "control_level": result.level,
        "dimension": result.dimension,
        "file_name": context.file_name,
        "total": result.total,
        "invalid": result.invalid,
        "observed": None if result.observed is None else str(shown(result.observed)),
        "rag": result.rag,
        "blocking": result.blocking,
        "success": result.success,
        "error": result.error,
        "engine": context.engine,
        "milliseconds": result.milliseconds,
        "bytes_scanned": result.bytes_scanned,
        "version": result.version,
    }


def _ready(catalogue: CatalogueInterface, ref: TableRef) -> TableSchema:
    wanted = schema_of(ref.table)
    if not catalogue.exists(ref):
        return catalogue.reserve(ref, wanted)
    there = catalogue.schema(ref)
    if set(wanted.names) <= set(there.names):
        return there
    known = set(there.names)
    added = tuple(column for column in wanted.columns if column.name not in known)
    return catalogue.evolve(ref, TableSchema((*there.columns, *added), there.partition_field, there.primary_keys))


def _commit(
    catalogue: CatalogueInterface, ref: TableRef, schema: TableSchema, path: str, properties: Mapping[str, str],
    replace: bool,
) -> None:  # fmt: skip
    found = standing(catalogue, ref, schema)
    leaving = [file.path for file in found.files] if replace else []
    catalogue.commit(ref, Change([path], leaving, found.base, properties, create=found.create))


def _write(rows: Sequence[Mapping[str, Any]], schema: TableSchema, location: str, filesystem: Any | None) -> str:
    import duckdb

    columns = [column for column in schema.columns if column.type in _KINDS]
    names = [quoted(column.name) for column in columns]
    pairs = list(zip(names, columns, strict=True))
    shape = json.dumps([{column.name: "VARCHAR" for column in columns}])
    cells = ", ".join(f"CAST(cells.{name} AS {_KINDS[column.type]}) AS {name}" for name, column in pairs)
    field_ids = ", ".join(f"{name}: {column.field_id}" for name, column in pairs)
    texts = json.dumps([{column.name: _text(row.get(column.name)) for column in columns} for row in rows])
    path = f"{location}/controls-{uuid.uuid4().hex}.parquet"
    with duckdb.connect(config={"threads": 1}) as connection:
        if filesystem is not None:
            connection.register_filesystem(filesystem)
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(
            f"COPY (SELECT {cells} FROM (SELECT unnest(from_json(?::JSON, {_literal(shape)})) AS cells)) "
            f"TO {_literal(path)} (FORMAT parquet, COMPRESSION zstd, FIELD_IDS {{{field_ids}}})",
            [texts],
        )
    return path


def _text(value: Any) -> str | None:
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()
    return None if value is None else str(value)


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
