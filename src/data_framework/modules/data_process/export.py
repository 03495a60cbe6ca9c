"""The rows of a table as one CSV, Parquet or Excel file, never altered: nulls are empty, text is kept, decimals exact.

Rows of an Iceberg table come in the order of all their columns, those of a raw table as they were delivered. Memory is
bounded: rows stream from the reader through DuckDB, which sorts on disk, into the file.
"""

from __future__ import annotations

import csv
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data_framework.modules.data_process.sql import parse_condition, to_duckdb
from data_framework.modules.exception import ExportError, NotInThisVersionError
from data_framework.modules.utils.data_types import parse_type
from data_framework.modules.utils.interruption import Interruption
from data_framework.modules.utils.names import quote_identifier as quoted

if TYPE_CHECKING:
    from data_framework.modules.catalogue import CatalogueInterface
    from data_framework.modules.config.model.tables import TableRef
    from data_framework.modules.data_process.interface_data_process import DataProcessInterface
    from data_framework.modules.data_process.raw_rows import RawRows

_FORMATS = {".csv": "csv", ".parquet": "parquet", ".xlsx": "xlsx"}
_MEMORY = "256MiB"


def literal(text: str) -> str:
    """Quote text for SQL."""
    return "'" + text.replace("'", "''") + "'"


@dataclass(frozen=True)
class ExportRequest:
    """What to write and where.

    Attributes:
        out: The file; its ending says the format.
        where: A condition over the columns, in the SQL dialect.
        header: Whether a CSV or a sheet begins with the columns' names.
        technical: Whether columns that start with `_` are wanted too.
    """

    out: Path
    where: str = ""
    header: bool = True
    technical: bool = False

    @property
    def format(self) -> str:
        """Csv, parquet or xlsx.

        Raises:
            NotInThisVersionError: The ending names another format.
        """
        found = _FORMATS.get(self.out.suffix.lower())
        if found is None:
            name = self.out.suffix.lower().lstrip(".") or self.out.name
            raise NotInThisVersionError(kind="export format", name=name, choices="csv, parquet, xlsx")
        return found


@dataclass(frozen=True)
class Exported:
    """What was written."""

    table: str
    rows: int
    rows_left_out: int
    path: str


@dataclass(frozen=True)
class _Rows:
    """Rows on their way into a file: Arrow batches, the columns to write with the names to write them under."""

    schema: Any
    batches: Iterator[Any]
    columns: Sequence[tuple[str, str]]
    condition: str = ""
    ordered: bool = field(default=False)


def export_table(
    engine: DataProcessInterface[Any], catalogue: CatalogueInterface, ref: TableRef, request: ExportRequest
) -> Exported:
    """Export an Iceberg table.

    Raises:
        SqlError: `where` is no condition.
        ExportError: The file cannot be written.
    """
    from sqlglot import exp

    from data_framework.modules.data_process.plan.model import QuerySource, TableSource

    _ = request.format
    if request.technical:
        rows = _everything(catalogue, ref, request.where)
        return Exported(str(ref), _write(rows, request), 0, str(request.out))
    condition = parse_condition(request.where) if request.where else None
    names = shown_columns(catalogue.schema(ref).names)
    select = exp.select(*(exp.column(name, quoted=True) for name in names)).from_(exp.to_identifier("source", True))
    batches = iter(engine.batches(QuerySource(select, {"source": TableSource(ref, condition)})))
    first = next(batches)
    rows = _Rows(first.schema, _chained(first, batches), [(name, name) for name in names], ordered=True)
    return Exported(str(ref), _write(rows, request), 0, str(request.out))


def export_raw(raw: RawRows, ref: TableRef, request: ExportRequest) -> Exported:
    """Export the files in force of a raw table, under the names they were delivered with.

    Rows that are broken or that `ragged_rows` sets aside are left out and counted.

    Raises:
        SqlError: `where` is no condition.
        ExportError: The file cannot be written.
    """
    _ = request.format
    if not raw.members:
        raise ExportError(path=str(request.out), reason=f"{ref} has no columns, because no file of it is in force")
    if not raw.columns:  # empty files, accepted: a table of no columns is an empty file
        return _empty(ref, request)
    condition = _condition(request.where, dict.fromkeys(raw.columns, "string"))
    rows = _Rows(raw.schema, raw.batches(), list(zip(raw.columns, raw.delivered, strict=True)), condition)
    written = _write(rows, request)
    return Exported(str(ref), written, raw.left_out, str(request.out))


def shown_columns(names: Sequence[str]) -> list[str]:
    """The columns to export: without technical ones, unless there are no others.

    Example:
        >>> shown_columns(["a", "_data_date"]), shown_columns(["_line", "_row"])
        (['a'], ['_line', '_row'])
    """
    return [name for name in names if not name.startswith("_")] or list(names)


def _everything(catalogue: CatalogueInterface, ref: TableRef, where: str) -> _Rows:
    """Every column of a table, those too that the engine keeps to itself, as the catalogue reads them."""
    columns = {column.name: column.type for column in catalogue.schema(ref).columns}
    batches = catalogue.scan(ref)
    first = next(batches)
    names = [(name, name) for name in columns]
    return _Rows(first.schema, _chained(first, batches), names, _condition(where, columns), ordered=True)


def _condition(where: str, types: Mapping[str, str]) -> str:
    if not where:
        return ""
    return to_duckdb(parse_condition(where), {"": {name: parse_type(kind) for name, kind in types.items()}})


def _chained(first: Any, rest: Iterator[Any]) -> Iterator[Any]:
    yield first
    yield from rest


def _empty(ref: TableRef, request: ExportRequest) -> Exported:
    if request.format != "csv":
        raise ExportError(path=str(request.out), reason=f"{ref} has no columns; only CSV can say so")
    try:
        request.out.parent.mkdir(parents=True, exist_ok=True)
        request.out.write_bytes(b"")
    except OSError as error:
        raise ExportError(path=str(request.out), reason=error.strerror or str(error)) from error
    return Exported(str(ref), 0, 0, str(request.out))


def _write(rows: _Rows, request: ExportRequest) -> int:
    """Write a file whole or not at all, and return its number of rows."""
    import duckdb
    import pyarrow

    reader = pyarrow.RecordBatchReader.from_batches(rows.schema, rows.batches)
    try:
        request.out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".export-", dir=request.out.parent) as folder:
            part = Path(folder) / f"rows{request.out.suffix.lower()}"
            with Interruption.reaches(duckdb.connect(config=_settings(folder))) as connection:
                connection.execute("SET TimeZone = 'UTC'")
                connection.register("rows", reader)
                count = _rows_into(connection, rows, request, part)
            _finish(rows, request, part)
    except OSError as error:
        raise ExportError(path=str(request.out), reason=error.strerror or str(error)) from error
    except duckdb.Error as error:
        raise ExportError(
            path=str(request.out), reason=str(error).splitlines()[0].split(" Detail: Python")[0]
        ) from error
    return count


def _rows_into(connection: Any, rows: _Rows, request: ExportRequest, part: Path) -> int:
    if request.format == "xlsx":
        from data_framework.modules.data_process.export_xlsx import write_xlsx

        reader = connection.sql(_select(rows, request)).to_arrow_reader(10_000)
        return write_xlsx(part, [shown for _, shown in rows.columns], reader, request.header)
    options = "FORMAT csv, HEADER false" if request.format == "csv" else "FORMAT parquet, COMPRESSION zstd"
    done = connection.execute(f"COPY ({_select(rows, request)}) TO {literal(str(part))} ({options})").fetchone()
    return int(done[0]) if done else 0


def _settings(folder: str) -> dict[str, Any]:
    return {
        "memory_limit": _MEMORY, "temp_directory": folder, "python_enable_replacements": False,
        "autoinstall_known_extensions": False, "autoload_known_extensions": False,
    }  # fmt: skip


def _select(rows: _Rows, request: ExportRequest) -> str:
    as_text = request.format == "csv"
    cells = ", ".join(
        f"{_text(quoted(name), rows.schema.field(name).type)} AS {quoted(name)}"
        if as_text
        else f"{quoted(name)} AS {quoted(shown)}"
        for name, shown in rows.columns
    )
    source = "rows" + (f" WHERE {rows.condition}" if rows.condition else "")
    if rows.ordered:
        source += " ORDER BY " + ", ".join(quoted(name) for name, _ in rows.columns)
    return f"SELECT {cells} FROM (SELECT * FROM {source})"


def _finish(rows: _Rows, request: ExportRequest, part: Path) -> None:
    """Put a written file in place, below the line of names: as they are, repeated ones too, which DuckDB renames."""
    if request.format == "csv" and request.header:
        whole = part.with_name("whole")
        with whole.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerow([shown for _, shown in rows.columns])
        with whole.open("ab") as file, part.open("rb") as body:
            shutil.copyfileobj(body, file, 1024 * 1024)
        part = whole
    part.replace(request.out)


def _text(name: str, kind: Any) -> str:
    """How a cell is written where DuckDB's own way is not ISO or not JSON."""
    import pyarrow

    if pyarrow.types.is_timestamp(kind):
        zone = "Z" if kind.tz else ""
        moment = f"{name}::TIMESTAMP"
        fraction = f"rtrim(rtrim(strftime({moment}, '.%f'), '0'), '.')"
        return f"strftime({moment}, '%Y-%m-%dT%H:%M:%S') || {fraction} || '{zone}'"
    if pyarrow.types.is_nested(kind):
        return f"to_json({name})::VARCHAR"
    if pyarrow.types.is_binary(kind) or pyarrow.types.is_large_binary(kind):
        return f"to_base64({name}::BLOB)"
    return name
