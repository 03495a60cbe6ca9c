"""A Parquet file as an entry of a table, and an entry of a table as what engines are told about a file."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import unquote

from pyiceberg.conversions import from_bytes
from pyiceberg.manifest import DataFile as Entry
from pyiceberg.manifest import DataFileContent, FileFormat
from pyiceberg.partitioning import PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import MonthTransform
from pyiceberg.typedef import Record
from pyiceberg.types import (
    BinaryType,
    BooleanType,
    DateType,
    DecimalType,
    DoubleType,
    FloatType,
    IcebergType,
    IntegerType,
    LongType,
    PrimitiveType,
    StringType,
    TimestampType,
    TimestamptzType,
)
from pyiceberg.utils.decimal import bytes_required
from pyiceberg.utils.truncate import truncate_upper_bound_binary_string, truncate_upper_bound_text_string

from data_framework.modules.catalogue.integrations.iceberg.parquet_footer import (
    Footer,
    Leaf,
    NotParquetError,
    read_footer,
)
from data_framework.modules.catalogue.integrations.iceberg.places import Files, plain_path
from data_framework.modules.catalogue.integrations.iceberg.types import children, partition_of
from data_framework.modules.catalogue.interface_catalogue import DataFile
from data_framework.modules.exception import CommitConflictError, InvalidDataFileError

NULL_FOLDER = "__HIVE_DEFAULT_PARTITION__"
_BOUND_LENGTH = 16
_EPOCH = date(1970, 1, 1)
_PHYSICAL: dict[type[IcebergType], tuple[str, ...]] = {
    BooleanType: ("BOOLEAN",), IntegerType: ("INT32",), LongType: ("INT64",), FloatType: ("FLOAT",),
    DoubleType: ("DOUBLE",), DateType: ("INT32",), TimestampType: ("INT64",), TimestamptzType: ("INT64",),
    StringType: ("BYTE_ARRAY",), BinaryType: ("BYTE_ARRAY",),
    DecimalType: ("INT32", "INT64", "FIXED_LEN_BYTE_ARRAY", "BYTE_ARRAY"),
}  # fmt: skip
_NUMBERS = {"INT32": "<i", "INT64": "<q", "FLOAT": "<f", "DOUBLE": "<d"}


# a file becomes an entry --------------------------------------------------------------------------------------------
def describe(files: Files, path: str, table: str, schema: Schema, spec: PartitionSpec) -> Entry:
    """Build the entry of a staged file from its footer.

    Columns whose field ids the table does not know are left alone: engines keep notes of their own there.

    Raises:
        InvalidDataFileError: It is no Parquet file, or its columns are not the table's.
        CommitConflictError: The table has columns the file lacks: it was staged before the table changed.
    """
    try:
        with files.new_input(path).open() as stream:
            footer = read_footer(stream)
    except (NotParquetError, OSError) as error:
        raise InvalidDataFileError(path=path, table=table, reason=str(error)) from error
    leaves = _known(footer, schema, path, table)
    bounds = {leaf.field_id: _bounds(leaf, kind) for leaf, kind in leaves if not leaf.nested}
    entry = Entry.from_args(
        content=DataFileContent.DATA,
        file_path=path,
        file_format=FileFormat.PARQUET,
        partition=_partition(path, table, schema, spec, bounds),
        record_count=footer.rows,
        file_size_in_bytes=footer.size,
        column_sizes={leaf.field_id: sum(chunk.size for chunk in leaf.chunks) for leaf, _ in leaves},
        value_counts={leaf.field_id: sum(chunk.values for chunk in leaf.chunks) for leaf, _ in leaves},
        null_value_counts={
            leaf.field_id: sum(chunk.nulls or 0 for chunk in leaf.chunks)
            for leaf, _ in leaves
            if all(chunk.nulls is not None for chunk in leaf.chunks)
        },
        nan_value_counts={},
        lower_bounds={i: _pack(pair[0], kind, upper=False) for i, pair, kind in _bounded(leaves, bounds)},
        upper_bounds={
            i: packed for i, pair, kind in _bounded(leaves, bounds) if (packed := _pack(pair[1], kind, upper=True))
        },
        key_metadata=None,
        split_offsets=list(footer.offsets),
        equality_ids=None,
        sort_order_id=None,
    )
    entry.spec_id = spec.spec_id
    return entry


def _known(footer: Footer, schema: Schema, path: str, table: str) -> list[tuple[Leaf, PrimitiveType]]:
    """The file's leaves that are the table's, with their types, checked."""
    types = dict(_leaf_types(schema.fields))
    found = [(leaf, types[leaf.field_id]) for leaf in footer.leaves if leaf.field_id in types]
    for leaf, kind in found:
        if reason := _mismatch(leaf, kind):
            raise InvalidDataFileError(path=path, table=table, reason=f"column {'.'.join(leaf.path)!r} {reason}")
    names, ids = {leaf.path[0] for leaf, _ in found}, {leaf.field_id for leaf, _ in found}
    missing = [field.name for field in schema.fields if field.name not in names]
    if missing and any(leaf.path[0] in missing for leaf in footer.leaves):
        raise InvalidDataFileError(path=path, table=table, reason=f"columns without the table's field ids: {missing}")
    missing += [str(schema.find_column_name(i)) for i in types if i not in ids and schema.find_column_name(i)]
    if missing:
        raise CommitConflictError(table=table, reason=f"it has new columns {missing}")
    return found


def _leaf_types(fields: Iterable[Any]) -> Iterable[tuple[int, PrimitiveType]]:
    for field in fields:
        inner = children(field.field_type)
        if inner:
            yield from _leaf_types(inner)
        else:
            yield field.field_id, field.field_type


def _mismatch(leaf: Leaf, kind: PrimitiveType) -> str:
    if leaf.physical not in _PHYSICAL.get(type(kind), (leaf.physical,)):
        return f"is {leaf.physical} in the file and {kind} in the table"
    if isinstance(kind, DecimalType) and leaf.scale != kind.scale:
        return f"has {leaf.scale} decimals in the file and {kind.scale} in the table"
    if isinstance(kind, TimestampType | TimestamptzType) and leaf.unit != "micros":
        return "is no timestamp in microseconds"
    return ""


def _partition(path: str, table: str, schema: Schema, spec: PartitionSpec, bounds: Mapping[Any, Any]) -> Record:
    if not spec.fields:
        return Record()
    source, transform = spec.fields[0].source_id, spec.fields[0].transform
    kind, partition = schema.find_type(source), partition_of(schema, spec)
    name = partition.name if partition else spec.fields[0].name
    pair = bounds.get(source)
    if pair and isinstance(kind, StringType):
        pair = (pair[0].decode(), pair[1].decode())
    if pair and isinstance(transform, MonthTransform):
        month = transform.transform(kind)
        pair = (month(pair[0]), month(pair[1]))
    text = partition_text(path, name)
    if text is not None:
        value = None if text == NULL_FOLDER else partition_value(text, kind, transform)
        if value is not None and pair and (pair[0] != value or pair[1] != value):
            raise InvalidDataFileError(
                path=path, table=table, reason=f"it holds rows of another {name} than its folder"
            )
        return Record(value)
    if not pair or pair[0] != pair[1]:
        raise InvalidDataFileError(path=path, table=table, reason=f"it does not say which {name} it belongs to")
    return Record(pair[0])


def partition_text(path: str, name: str) -> str | None:
    """The text of a partition's value in a path (`…/<name>=<value>/file`), None without such a folder."""
    for segment in reversed(path.split("/")[:-1]):
        key, equals, value = segment.partition("=")
        if equals and unquote(key) == name:
            return unquote(value)
    return None


def partition_value(text: str, kind: IcebergType, transform: Any) -> Any:
    """Read the text of a partition as Iceberg keeps it: a date is its day number, a month one since 1970."""
    if isinstance(transform, MonthTransform):
        year, _, month = text.rpartition("-")
        return (int(year) - 1970) * 12 + int(month) - 1
    if isinstance(kind, DateType):
        return date.fromisoformat(text).toordinal() - _EPOCH.toordinal()
    if isinstance(kind, IntegerType | LongType):
        return int(text)
    if isinstance(kind, BooleanType):
        return text == "true"
    return text


# bounds: raw Parquet → comparable Python → Iceberg's bytes ----------------------------------------------------------
def _bounds(leaf: Leaf, kind: PrimitiveType) -> tuple[Any, Any] | None:
    """The least and greatest value of a column, None where a row group with values does not say."""
    filled = [chunk for chunk in leaf.chunks if chunk.nulls != chunk.values]
    if not filled or any(chunk.lower is None or chunk.upper is None for chunk in filled):
        return None
    unpack = _unpacker(leaf, kind)
    lower = min(unpack(chunk.lower) for chunk in filled)
    upper = max(unpack(chunk.upper) for chunk in filled)
    if isinstance(lower, float) and (math.isnan(lower) or math.isnan(upper)):
        return None
    return lower, upper


def _unpacker(leaf: Leaf, kind: PrimitiveType) -> Callable[[Any], Any]:
    code = _NUMBERS.get(leaf.physical)
    if code:
        return lambda raw: struct.unpack(code, raw)[0]
    if isinstance(kind, DecimalType):
        return lambda raw: int.from_bytes(raw, "big", signed=True)
    if leaf.physical == "BOOLEAN":
        return lambda raw: raw != b"\x00"
    return bytes


def _bounded(
    leaves: list[tuple[Leaf, PrimitiveType]], bounds: Mapping[Any, Any]
) -> Iterable[tuple[int | None, tuple[Any, Any], PrimitiveType]]:
    for leaf, kind in leaves:
        pair = bounds.get(leaf.field_id)
        if pair is not None and not leaf.nested:
            yield leaf.field_id, pair, kind


def _pack(value: Any, kind: PrimitiveType, *, upper: bool) -> bytes:
    if isinstance(kind, StringType):
        return _pack_text(value.decode("utf-8", "replace"), upper=upper)
    if isinstance(kind, DecimalType):
        return int(value).to_bytes(bytes_required(value), "big", signed=True)
    if isinstance(value, bytes):
        return (truncate_upper_bound_binary_string(value, _BOUND_LENGTH) or b"") if upper else value[:_BOUND_LENGTH]
    if isinstance(kind, BooleanType):
        return b"\x01" if value else b"\x00"
    code = {FloatType: "<f", DoubleType: "<d", IntegerType: "<i", DateType: "<i"}.get(type(kind), "<q")
    return struct.pack(code, value)


def _pack_text(text: str, *, upper: bool) -> bytes:
    if not upper:
        return text[:_BOUND_LENGTH].encode()
    return (truncate_upper_bound_text_string(text, _BOUND_LENGTH) or "").encode()


# an entry becomes what engines see ----------------------------------------------------------------------------------
class Describer:
    """Turns entries of one table into `DataFile`s."""

    def __init__(self, schema: Schema, spec: PartitionSpec) -> None:
        self._columns = {
            field.field_id: (field.name, field.field_type)
            for field in schema.fields
            if isinstance(field.field_type, PrimitiveType)
        }
        self._kind = schema.find_type(spec.fields[0].source_id) if spec.fields else None
        self._months = bool(spec.fields) and isinstance(spec.fields[0].transform, MonthTransform)

    def data_file(self, entry: Entry, *, missing: tuple[str, ...] | None, has_deletes: bool) -> DataFile:
        """Describe one entry. `missing`: columns it lacks, None when its schema is not known."""
        return DataFile(
            path=plain_path(entry.file_path),
            rows=entry.record_count,
            size=entry.file_size_in_bytes,
            partition=self._partition(entry),
            lower=self._decoded(entry.lower_bounds),
            upper=self._decoded(entry.upper_bounds),
            has_deletes=has_deletes,
            plain=missing == (),
            missing=missing or (),
        )

    def _partition(self, entry: Entry) -> str | None:
        if self._kind is None or not len(entry.partition) or entry.partition[0] is None:
            return None
        if self._months:
            year, month = divmod(entry.partition[0], 12)
            return f"{1970 + year:04}-{month + 1:02}"
        value = python_value(entry.partition[0], self._kind)
        return str(value).lower() if isinstance(value, bool) else str(value)

    def _decoded(self, bounds: Mapping[int, bytes] | None) -> dict[str, Any]:
        found = {}
        for i, raw in (bounds or {}).items():
            if i in self._columns:
                name, kind = self._columns[i]
                found[name] = python_value(from_bytes(kind, raw), kind)
        return found


def python_value(value: Any, kind: IcebergType) -> Any:
    """The Python value of what Iceberg keeps as a number: days as dates, microseconds as instants."""
    if isinstance(kind, DateType) and isinstance(value, int):
        return date.fromordinal(_EPOCH.toordinal() + value)
    if isinstance(kind, TimestamptzType | TimestampType) and isinstance(value, int):
        zone = UTC if isinstance(kind, TimestamptzType) else None
        return datetime(1970, 1, 1, tzinfo=zone) + timedelta(microseconds=value)
    return value
