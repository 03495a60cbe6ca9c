"""Iceberg's types and schemas and ours, both ways.

Whole numbers below 32 bits become `int`; `timestamp` is an instant (`timestamptz`, UTC), as in Spark. All fields are
optional to Iceberg, because engines write optional Parquet columns; what must not be null is a property of the table.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count
from typing import Any

from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import IdentityTransform, MonthTransform, Transform
from pyiceberg.types import (
    BinaryType,
    BooleanType,
    DateType,
    DecimalType,
    DoubleType,
    FixedType,
    FloatType,
    IcebergType,
    IntegerType,
    ListType,
    LongType,
    MapType,
    NestedField,
    StringType,
    StructType,
    TimestampType,
    TimestamptzType,
)

from data_framework.modules.catalogue.interface_catalogue import Column
from data_framework.modules.config.model.tables import Partition
from data_framework.modules.exception import UnsupportedTypeError
from data_framework.modules.utils.data_types import DataType, parse_type

_TO_ICEBERG: dict[str, IcebergType] = {
    "string": StringType(), "tinyint": IntegerType(), "smallint": IntegerType(), "int": IntegerType(),
    "bigint": LongType(), "float": FloatType(), "double": DoubleType(), "boolean": BooleanType(), "date": DateType(),
    "timestamp": TimestamptzType(), "binary": BinaryType(),
}  # fmt: skip
_FROM_ICEBERG: dict[type[IcebergType], str] = {
    StringType: "string", IntegerType: "int", LongType: "bigint", FloatType: "float", DoubleType: "double",
    BooleanType: "boolean", DateType: "date", TimestamptzType: "timestamp", TimestampType: "timestamp",
    BinaryType: "binary", FixedType: "binary",
}  # fmt: skip


def to_iceberg(data_type: DataType, ids: Iterator[int]) -> IcebergType:
    """Convert a type, numbering nested fields from `ids`."""
    if data_type.kind == "decimal":
        return DecimalType(data_type.precision, data_type.scale)
    if data_type.kind == "array":
        return ListType(next(ids), to_iceberg(data_type.fields[0][1], ids), element_required=False)
    if data_type.kind == "map":
        key, value = next(ids), next(ids)
        return MapType(
            key, to_iceberg(data_type.fields[0][1], ids), value, to_iceberg(data_type.fields[1][1], ids), False
        )
    if data_type.kind == "struct":
        return StructType(
            *(NestedField(next(ids), name, to_iceberg(kind, ids), required=False) for name, kind in data_type.fields)
        )
    return _TO_ICEBERG[data_type.kind]


def from_iceberg(found: IcebergType, table: str = "", column: str = "") -> DataType:
    """Convert a type back.

    Raises:
        UnsupportedTypeError: A foreign table has a type without a name here (uuid, time, ...).
    """
    if isinstance(found, DecimalType):
        return DataType("decimal", found.precision, found.scale)
    if isinstance(found, ListType):
        return DataType("array", fields=(("element", from_iceberg(found.element_type, table, column)),))
    if isinstance(found, MapType):
        pair = (("key", found.key_type), ("value", found.value_type))
        return DataType("map", fields=tuple((name, from_iceberg(kind, table, column)) for name, kind in pair))
    if isinstance(found, StructType):
        return DataType(
            "struct", fields=tuple((f.name, from_iceberg(f.field_type, table, column)) for f in found.fields)
        )
    kind = _FROM_ICEBERG.get(type(found))
    if kind is None:
        raise UnsupportedTypeError(column=column, table=table, found=str(found))
    return DataType(kind)


def stored_type(text: str) -> DataType:
    """The type a column has once it is stored: what comes back from the catalogue."""
    return from_iceberg(to_iceberg(parse_type(text), count(1)))


def iceberg_schema(columns: tuple[Column, ...]) -> Schema:
    """Build a schema with new field ids: the columns first, then what is nested in them."""
    top, nested = count(1), count(len(columns) + 1)
    return Schema(
        *(
            NestedField(next(top), column.name, to_iceberg(parse_type(column.type), nested), False, column.description)
            for column in columns
        )
    )


def columns_of(schema: Schema, table: str, required: frozenset[str]) -> tuple[Column, ...]:
    """The columns of a schema as the framework names them."""
    return tuple(
        Column(
            field.name,
            str(from_iceberg(field.field_type, table, field.name)),
            nullable=field.name not in required and not field.required,
            description=field.doc or "",
            field_id=field.field_id,
        )
        for field in schema.fields
    )


def field_ids(schema: Schema) -> dict[str, int]:
    """Every field's id by its dotted path (`a`, `a.element`, `m.key`)."""
    found: dict[str, int] = {}
    for field in schema.fields:
        _walk(field.name, field.field_id, field.field_type, found)
    return found


def _walk(path: str, field_id: int, kind: IcebergType, found: dict[str, int]) -> None:
    found[path] = field_id
    for child in children(kind):
        _walk(f"{path}.{child.name}", child.field_id, child.field_type, found)


def children(kind: IcebergType) -> tuple[NestedField, ...]:
    """The fields directly inside a nested type."""
    if isinstance(kind, ListType):
        return (kind.element_field,)
    if isinstance(kind, MapType):
        return (kind.key_field, kind.value_field)
    return kind.fields if isinstance(kind, StructType) else ()


def partition_spec(schema: Schema, partition: Partition | None) -> PartitionSpec:
    """A partition by the value of one column or its month, or none."""
    if partition is None:
        return PartitionSpec()
    transform: Transform[Any, Any] = MonthTransform() if partition.transform else IdentityTransform()
    return PartitionSpec(PartitionField(schema.find_field(partition.field).field_id, 1000, transform, partition.name))


def partition_of(schema: Schema, spec: PartitionSpec) -> Partition | None:
    """What a table is partitioned by, if by exactly one column's value or its month."""
    if len(spec.fields) != 1 or not isinstance(spec.fields[0].transform, IdentityTransform | MonthTransform):
        return None
    name = schema.find_column_name(spec.fields[0].source_id)
    month = isinstance(spec.fields[0].transform, MonthTransform)
    return Partition(name, "month" if month else "") if name is not None else None


def listed(text: str | None) -> tuple[str, ...]:
    """A list kept as JSON in a table's property."""
    return tuple(json.loads(text)) if text else ()
