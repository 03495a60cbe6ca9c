"""Users' frames and rows as Arrow tables, and the types of their columns."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from data_framework.modules.data_process.helpers.libraries import pa
from data_framework.modules.exception import ColumnNotFoundError, FrameDataError, FrameSchemaError
from data_framework.modules.utils.data_types import DataType, parse_type

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


_ARROW_ATOMS = {
    "string": "string", "tinyint": "int8", "smallint": "int16", "int": "int32", "bigint": "int64", "float": "float32",
    "double": "float64", "boolean": "bool_", "date": "date32", "binary": "binary",
}  # fmt: skip


def to_arrow(frame: Any) -> pa.Table:
    """Read a frame as an Arrow table; missing values of any kind become null.

    Raises:
        FrameDataError: It is no frame, or a column mixes types or has no usable name.
    """
    if isinstance(frame, pa.Table):
        table = frame
    elif isinstance(frame, pa.RecordBatch):
        table = pa.Table.from_batches([frame])
    else:
        table = _converted(frame)
    if len(set(table.column_names)) != len(table.column_names):
        raise FrameDataError(reason=f"two columns have the same name: {sorted(table.column_names)}")
    return table


def _converted(frame: Any) -> pa.Table:
    native = frame.to_native() if hasattr(frame, "to_native") else frame
    try:
        if type(native).__module__.partition(".")[0] == "pandas":
            if bad := [name for name in native.columns if not isinstance(name, str)]:
                raise FrameDataError(reason=f"names of columns must be text, {bad[0]!r} is not")
            return pa.Table.from_pandas(native, preserve_index=False).replace_schema_metadata(None)
        if isinstance(native, pa.Table) or hasattr(native, "__arrow_c_stream__"):
            return pa.table(native)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, ValueError) as error:
        raise FrameDataError(reason=str(error)) from error
    raise FrameDataError(reason=f"{type(frame).__name__} is no frame (pandas, pyarrow, narwhals)")


def arrow_type(found: DataType) -> pa.DataType:
    """The Arrow type of a column's type."""
    if found.kind == "decimal":
        return pa.decimal128(found.precision, found.scale)
    if found.kind == "array":
        return pa.list_(arrow_type(found.fields[0][1]))
    if found.kind == "map":
        return pa.map_(arrow_type(found.fields[0][1]), arrow_type(found.fields[1][1]))
    if found.kind == "struct":
        return pa.struct([(name, arrow_type(kind)) for name, kind in found.fields])
    return pa.timestamp("us", "UTC") if found.kind == "timestamp" else getattr(pa, _ARROW_ATOMS[found.kind])()


def from_rows(data: Any, schema: Mapping[str, str] | None) -> pa.Table:
    """Make a table of rows (list of dicts), columns (dict of lists) or a frame, with types by column name.

    Raises:
        FrameDataError: A value does not fit its column's type, or the data is none of these.
    """
    types = {name: arrow_type(_parsed(name, text)) for name, text in (schema or {}).items()}
    columns = _columns(data)
    lengths = {name: len(values) for name, values in columns.items()}
    if len(set(lengths.values())) > 1:
        raise FrameDataError(reason=f"columns of different lengths: {lengths}")
    rows = max(lengths.values(), default=0)
    names = [*types, *(name for name in columns if name not in types)]
    return pa.table({name: _array(name, columns.get(name, [None] * rows), types.get(name)) for name in names})


def _columns(data: Any) -> dict[str, Any]:
    if isinstance(data, Mapping):
        return {name: values if isinstance(values, pa.Array | pa.ChunkedArray) else list(values)
                for name, values in data.items()}  # fmt: skip
    if isinstance(data, list | tuple):
        if wrong := [row for row in data if not isinstance(row, Mapping)]:
            raise FrameDataError(reason=f"a row must be a mapping of column to value, not {type(wrong[0]).__name__}")
        names = dict.fromkeys(name for row in data for name in row)
        return {name: [row.get(name) for row in data] for name in names}
    table = to_arrow(data)
    return {name: table.column(name) for name in table.column_names}


def _parsed(name: str, text: str) -> DataType:
    try:
        return parse_type(text)
    except ValueError as error:
        raise FrameDataError(reason=f"column {name!r}: {error}") from error


def _array(name: str, values: Any, kind: pa.DataType | None) -> Any:
    try:
        if isinstance(values, pa.Array | pa.ChunkedArray):
            return values if kind is None else values.cast(kind)
        texts = [value for value in values if isinstance(value, str)]
        if kind is not None and texts and len(texts) == sum(value is not None for value in values):
            return pa.array(values, pa.string()).cast(kind)
        return pa.array(values, kind)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError) as error:
        raise FrameDataError(reason=f"column {name!r} does not fit {kind or 'one type'}") from error


def need_columns(table: pa.Table, names: Iterable[str], what: str = "The frame") -> None:
    """Refuse names that are no columns of a table; see `need_names`."""
    need_names(table.column_names, names, what)


def need_names(known: Sequence[str], names: Iterable[str], what: str = "The frame") -> None:
    """Refuse names that are not among those known, naming the nearest.

    Raises:
        ColumnNotFoundError: One is missing.
    """
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(str(name), known, n=1)
            choice = f"Did you mean {near[0]!r}?" if near else f"Choose one of: {', '.join(known)}."
            raise ColumnNotFoundError(what=what, column=name, suggestion=choice)
