"""Queries and frames as sources of the one pass."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import duckdb

from data_framework.modules.data_process.files.parquet_rows import ParquetRows
from data_framework.modules.data_process.helpers.arrow import arrow_table, data_type
from data_framework.modules.data_process.helpers.libraries import pa
from data_framework.modules.data_process.integrations.pandas.one_pass.layers import Opened
from data_framework.modules.data_process.integrations.pandas.sql import casts
from data_framework.modules.data_process.plan import hidden
from data_framework.modules.data_process.plan.deliveries import Deliveries
from data_framework.modules.data_process.plan.model import FrameSource, QuerySource, TablePlan
from data_framework.modules.utils.data_types import DataType
from data_framework.modules.utils.names import quote_identifier as quoted

SOURCE = "df_source"
_NUMBER = "file_row_number"
_SMALL = 64 * 1024
#: Arrow's types DuckDB reads as the same, by its own names.
_KINDS = {
    "bool": "BOOLEAN", "int8": "TINYINT", "int16": "SMALLINT", "int32": "INTEGER", "int64": "BIGINT",
    "float": "FLOAT", "double": "DOUBLE", "string": "VARCHAR", "large_string": "VARCHAR", "date32[day]": "DATE",
    "timestamp[us]": "TIMESTAMP", "timestamp[us, tz=UTC]": "TIMESTAMP WITH TIME ZONE",
}  # fmt: skip
Opener = Callable[[QuerySource], Any]  # of a pyarrow.RecordBatchReader


@dataclass(frozen=True)
class OpenedFrame(Opened):
    """A typed source.

    Attributes:
        types: Column → type.
        renew: Makes its rows readable (once more): a stream can be read only once.
    """

    types: Mapping[str, DataType]
    renew: Callable[[], None]


def open_source(plan: TablePlan, cursor: duckdb.DuckDBPyConnection, opener: Opener) -> OpenedFrame:
    """Open a query or a frame."""
    if isinstance(plan.source, QuerySource):
        source = plan.source
        reader = opener(source)
        schema = reader.schema
        pending = [reader]

        def renew() -> None:
            _register(cursor, pending.pop() if pending else opener(source))

    else:
        assert isinstance(plan.source, FrameSource)
        if isinstance(plan.source.frame, ParquetRows) and (in_place := _in_place(plan, plan.source.frame, cursor)):
            return in_place
        table = arrow_table(plan.source.frame)
        schema = table.schema

        def renew() -> None:
            _register(cursor, table)

    return _opened(plan, schema, SOURCE, "row_number() OVER ()", renew)


def _opened(plan: TablePlan, schema: pa.Schema, rows: str, record: str, renew: Callable[[], None]) -> OpenedFrame:
    types = {field.name: data_type(field.type, field.name) for field in schema}
    names = list(types)
    cells = ", ".join(f"{_read(field, plan.time_zone)} AS {quoted(field.name)}" for field in schema)
    select = f"SELECT 0::INTEGER AS {hidden.FILE}, {record} AS {hidden.RECORD}, {cells} FROM {rows}"
    pairs = ", ".join(f"{casts.literal(name)}, {quoted('_df_s:' + name)}" for name in names)
    deliveries = Deliveries([""], [plan.data_date], plan.time_zone)
    return OpenedFrame(select, names, f"json_object({pairs})::VARCHAR", deliveries, types, renew)


def _in_place(plan: TablePlan, frame: ParquetRows, cursor: duckdb.DuckDBPyConnection) -> OpenedFrame | None:
    """A Parquet file DuckDB reads itself; None where it would read a column as another type than Arrow does."""
    if _NUMBER in frame.names:
        return None
    source = f"read_parquet({casts.literal(frame.path)}, hive_partitioning = false, file_row_number = true)"
    kinds = dict(row[:2] for row in cursor.execute(f"DESCRIBE SELECT * FROM {source}").fetchall())
    for name, field in zip(frame.names, frame.schema, strict=True):
        if kinds[name] != _KINDS.get(str(field.type)) and not (pa.types.is_decimal128(field.type) and
                                                               kinds[name] == str(field.type).upper().replace("128", "")
                                                               .replace(" ", "")):  # fmt: skip
            return None
    cells = ", ".join(f"{quoted(name)} AS {quoted(new)}" for name, new in frame.names.items())
    rows = f"(SELECT {_NUMBER}, {cells} FROM {source})"
    opened = _opened(plan, frame.schema, rows, f"{_NUMBER} + 1", lambda: None)
    names = frozenset(frame.names[name] for name in repeating([frame.path], cursor) if name in frame.names)
    return replace(opened, deliveries=replace(opened.deliveries, repeating=names))


def repeating(files: Sequence[str], cursor: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """The columns whose values lie in a small dictionary in every part of Parquet files."""
    listed = ", ".join(casts.literal(path) for path in files)
    found = cursor.execute(
        f"SELECT path_in_schema FROM parquet_metadata([{listed}]) GROUP BY ALL "
        f"HAVING bool_and(coalesce(data_page_offset - dictionary_page_offset BETWEEN 1 AND {_SMALL}, false))"
    ).fetchall()
    return frozenset(name for (name,) in found)


def _register(cursor: duckdb.DuckDBPyConnection, rows: Any) -> None:
    cursor.unregister(SOURCE)
    cursor.register(SOURCE, rows)


def _read(field: Any, zone: str) -> str:
    name = quoted(field.name)
    if pa.types.is_timestamp(field.type) and field.type.tz is None:
        return f"timezone({casts.literal(zone)}, {name}::TIMESTAMP)"
    return name
