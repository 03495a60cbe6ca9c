"""Queries and frames as sources of the one pass."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import duckdb

from data_framework.modules.data_process.helpers.arrow import arrow_table, data_type
from data_framework.modules.data_process.helpers.libraries import pa
from data_framework.modules.data_process.integrations.pandas import casts
from data_framework.modules.data_process.integrations.pandas.layers import Opened
from data_framework.modules.data_process.plan import hidden
from data_framework.modules.data_process.plan.deliveries import Deliveries
from data_framework.modules.data_process.plan.model import FrameSource, QuerySource, TablePlan
from data_framework.modules.utils.data_types import DataType
from data_framework.modules.utils.names import quote_identifier as quoted

SOURCE = "df_source"
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
        table = arrow_table(plan.source.frame)
        schema = table.schema

        def renew() -> None:
            _register(cursor, table)

    renew_first = renew
    types = {field.name: data_type(field.type, field.name) for field in schema}
    names = list(types)
    cells = ", ".join(f"{_read(field, plan.time_zone)} AS {quoted(field.name)}" for field in schema)
    select = f"SELECT 0::INTEGER AS {hidden.FILE}, row_number() OVER () AS {hidden.RECORD}, {cells} FROM {SOURCE}"
    pairs = ", ".join(f"{casts.literal(name)}, {quoted('_df_s:' + name)}" for name in names)
    deliveries = Deliveries([""], [plan.data_date], plan.time_zone)
    return OpenedFrame(select, names, f"json_object({pairs})::VARCHAR", deliveries, types, renew_first)


def _register(cursor: duckdb.DuckDBPyConnection, rows: Any) -> None:
    cursor.unregister(SOURCE)
    cursor.register(SOURCE, rows)


def _read(field: Any, zone: str) -> str:
    name = quoted(field.name)
    if pa.types.is_timestamp(field.type) and field.type.tz is None:
        return f"timezone({casts.literal(zone)}, {name}::TIMESTAMP)"
    return name
