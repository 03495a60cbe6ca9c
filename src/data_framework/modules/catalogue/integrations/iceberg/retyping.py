"""Columns that get a type Iceberg cannot read their files as: new fields of the same names, for files written anew."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count

from pyiceberg.schema import Schema
from pyiceberg.table.metadata import TableMetadata
from pyiceberg.table.update import AddSchemaUpdate, SetCurrentSchemaUpdate, SetPropertiesUpdate, update_table_metadata
from pyiceberg.types import NestedField

from data_framework.modules.catalogue.integrations.iceberg.pruning import HISTORY, history_entry
from data_framework.modules.catalogue.integrations.iceberg.types import (
    columns_of,
    partition_of,
    stored_type,
    to_iceberg,
)
from data_framework.modules.catalogue.interface_catalogue import Column
from data_framework.modules.exception import SchemaChangeError


def retyped(metadata: TableMetadata, columns: Sequence[Column], table: str) -> TableMetadata:
    """Metadata in which columns of these names have these types; nothing is written.

    Raises:
        SchemaChangeError: The partition would get another type.
    """
    now = metadata.schema()
    found = {column.name: column.type for column in columns_of(now, table, frozenset())}
    wanted = {column.name: str(stored_type(column.type)) for column in columns}
    changed = {name for name, kind in wanted.items() if found.get(name, kind) != kind}
    partition = partition_of(now, metadata.spec())
    if partition and partition.field in changed:
        raise SchemaChangeError(table=table, reason="its partition field cannot get another type")
    ids = count(metadata.last_column_id + 1)
    fields = [_field(field, wanted[field.name], ids) if field.name in changed else field for field in now.fields]
    schema = Schema(*fields, schema_id=max(known.schema_id for known in metadata.schemas) + 1)
    past = metadata.properties.get(HISTORY)
    history = history_entry(schema.schema_id, metadata.next_sequence_number() - 1, past, metadata.current_schema_id)
    updates = (AddSchemaUpdate(schema=schema), SetCurrentSchemaUpdate.model_validate({"schema-id": -1}),
               SetPropertiesUpdate(updates={HISTORY: history}))  # fmt: skip
    return update_table_metadata(metadata, updates)


def _field(field: NestedField, kind: str, ids: Iterator[int]) -> NestedField:
    number = next(ids)
    return NestedField(
        field_id=number, name=field.name, field_type=to_iceberg(stored_type(kind), ids), required=False, doc=field.doc
    )
