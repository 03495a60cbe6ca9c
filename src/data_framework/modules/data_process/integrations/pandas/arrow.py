"""Users' frames as typed sources."""

from __future__ import annotations

from typing import Any

from data_framework.modules.data_process.integrations.pandas.libraries import pa
from data_framework.modules.data_process.integrations.pandas.verbs_frames import to_arrow
from data_framework.modules.exception import FrameSchemaError
from data_framework.modules.utils.data_types import DataType

_ATOMS: list[tuple[str, str]] = [
    ("is_boolean", "boolean"), ("is_int8", "tinyint"), ("is_int16", "smallint"),
    ("is_int32", "int"), ("is_int64", "bigint"), ("is_uint8", "smallint"),
    ("is_uint16", "int"), ("is_uint32", "bigint"), ("is_float16", "float"),
    ("is_float32", "float"), ("is_float64", "double"), ("is_date", "date"),
    ("is_timestamp", "timestamp"), ("is_string", "string"), ("is_large_string", "string"),
    ("is_string_view", "string"), ("is_null", "string"), ("is_binary", "binary"),
    ("is_large_binary", "binary"), ("is_fixed_size_binary", "binary"),
]  # fmt: skip


def data_type(kind: Any, column: str) -> DataType:
    """The type of an Arrow column.

    Raises:
        FrameSchemaError: Tables have no such type.
    """
    for test, name in _ATOMS:
        if getattr(pa.types, test)(kind):
            return DataType(name)
    if pa.types.is_uint64(kind):
        return DataType("decimal", 20, 0)
    if pa.types.is_decimal(kind) and kind.precision <= 38 and kind.scale >= 0:
        return DataType("decimal", kind.precision, kind.scale)
    if pa.types.is_dictionary(kind):
        return data_type(kind.value_type, column)
    return _nested(kind, column)


def _nested(kind: Any, column: str) -> DataType:
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return DataType("array", fields=(("element", data_type(kind.value_type, column)),))
    if pa.types.is_map(kind):
        pair = (("key", data_type(kind.key_type, column)), ("value", data_type(kind.item_type, column)))
        return DataType("map", fields=pair)
    if pa.types.is_struct(kind):
        fields = (kind.field(position) for position in range(kind.num_fields))
        return DataType("struct", fields=tuple((field.name, data_type(field.type, column)) for field in fields))
    raise FrameSchemaError(table="", reason=f"column {column!r} has the type {kind}, which tables do not have")


def arrow_table(frame: Any) -> Any:
    """A user's frame as an Arrow table: what the verbs take, and rows (list of dicts, dict of lists)."""
    if isinstance(frame, list):
        return pa.Table.from_pylist(frame)
    if isinstance(frame, dict):
        return pa.table(frame)
    return to_arrow(frame)
