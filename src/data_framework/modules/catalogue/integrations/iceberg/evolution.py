"""From the schema a table has to the one it is to have: what is added, what widens, what would lose something."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pyiceberg.schema import Schema
from pyiceberg.table.update.schema import UpdateSchema
from pyiceberg.types import (
    DecimalType,
    DoubleType,
    FloatType,
    IcebergType,
    IntegerType,
    ListType,
    LongType,
    MapType,
    NestedField,
    StructType,
)

from data_framework.modules.catalogue.integrations.iceberg.types import from_iceberg, iceberg_schema
from data_framework.modules.catalogue.interface_catalogue import Column, SchemaChange


@dataclass(frozen=True)
class Step:
    """One change of a schema, and what Iceberg is told of it."""

    change: SchemaChange
    path: tuple[str, ...]
    type: IcebergType
    doc: str = ""

    def note(self, update: UpdateSchema) -> None:
        """Tell Iceberg; what is kept needs no word."""
        if self.change.kind == "add":
            update.add_column(self.path, self.type, doc=self.doc or None)
        elif self.change.kind == "widen":
            update.update_column(self.path, self.type)


def steps(now: Schema, columns: tuple[Column, ...]) -> list[Step]:
    """What leads from a schema to columns, at any depth; columns and fields that are not asked for are kept."""
    docs = {column.name: column.description for column in columns}
    found = list(_fields((), now.fields, iceberg_schema(columns).fields))
    return [Step(step.change, step.path, step.type, docs.get(".".join(step.path), "")) for step in found]


def _fields(path: tuple[str, ...], old: Iterable[NestedField], new: Iterable[NestedField]) -> Iterator[Step]:
    there, wanted = {field.name: field.field_type for field in old}, {field.name: field.field_type for field in new}
    for name, kind in wanted.items():
        if name in there:
            yield from _types((*path, name), there[name], kind)
        else:
            yield _step("add", (*path, name), None, kind)
    for name, kind in there.items():
        if name not in wanted:
            yield _step("keep", (*path, name), kind, None)


def _types(path: tuple[str, ...], old: IcebergType, new: IcebergType) -> Iterator[Step]:
    if isinstance(old, StructType) and isinstance(new, StructType):
        yield from _fields(path, old.fields, new.fields)
    elif isinstance(old, ListType) and isinstance(new, ListType):
        yield from _types((*path, "element"), old.element_type, new.element_type)
    elif isinstance(old, MapType) and isinstance(new, MapType) and _same(old.key_type, new.key_type):
        yield from _types((*path, "value"), old.value_type, new.value_type)
    elif not _same(old, new):
        yield _step("widen" if _widens(old, new) else "lose", path, old, new)


def _step(kind: str, path: tuple[str, ...], old: IcebergType | None, new: IcebergType | None) -> Step:
    name = ".".join(path)
    found, wanted = (str(from_iceberg(one, column=name)) if one else "" for one in (old, new))
    known = new or old
    assert known is not None
    return Step(SchemaChange(kind, name, found, wanted), path, known)


def _same(old: IcebergType, new: IcebergType) -> bool:
    return from_iceberg(old) == from_iceberg(new)


def _widens(old: IcebergType, new: IcebergType) -> bool:
    """Whether Iceberg can read the old type's files as the new type."""
    if isinstance(old, DecimalType) and isinstance(new, DecimalType):
        return old.scale == new.scale and old.precision < new.precision
    return (type(old), type(new)) in {(IntegerType, LongType), (FloatType, DoubleType)}
