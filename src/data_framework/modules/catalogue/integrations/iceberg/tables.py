"""Tables: loaded, created, evolved; each step one compare-and-set of the pointer to their metadata."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager

from pyiceberg.schema import Schema
from pyiceberg.serializers import FromInputFile, ToOutputFile
from pyiceberg.table import Table, Transaction
from pyiceberg.table.metadata import TableMetadata, new_table_metadata
from pyiceberg.table.sorting import SortOrder
from pyiceberg.table.update import SetPropertiesUpdate

from data_framework.modules.catalogue.integrations.iceberg.evolution import steps
from data_framework.modules.catalogue.integrations.iceberg.places import Files, Pointers
from data_framework.modules.catalogue.integrations.iceberg.pruning import HISTORY, history_entry
from data_framework.modules.catalogue.integrations.iceberg.publishing import Draft, Loaded, Publisher, next_location
from data_framework.modules.catalogue.integrations.iceberg.types import (
    columns_of,
    field_ids,
    iceberg_schema,
    listed,
    partition_of,
    partition_spec,
)
from data_framework.modules.catalogue.interface_catalogue import SchemaChange, TableSchema
from data_framework.modules.config.model.tables import TableRef
from data_framework.modules.exception import (
    AwsError,
    AwsSetupError,
    CatalogueUnavailableError,
    CommitConflictError,
    SchemaChangeError,
)

LAYER, KEYS, REQUIRED = "data_framework.layer", "data_framework.primary_keys", "data_framework.required"
_PROPERTIES = {
    "format-version": "2",
    "write.parquet.compression-codec": "zstd",
    "write.delete.mode": "copy-on-write",
    "write.update.mode": "copy-on-write",
    "write.merge.mode": "copy-on-write",
    "write.metadata.delete-after-commit.enabled": "true",
    "write.metadata.previous-versions-max": "10",
    "commit.manifest-merge.enabled": "true",
    "commit.retry.num-retries": "10",
    "commit.retry.min-wait-ms": "50",
    "commit.retry.max-wait-ms": "2000",
}
_GRACE_SECONDS = 600.0


class Tables:
    """The Iceberg tables of one catalogue."""

    def __init__(self, pointers: Pointers, publisher: Publisher, files: Files) -> None:
        self.pointers, self.publisher, self.files = pointers, publisher, files
        self._loaded: dict[tuple[str, str], Loaded] = {}

    def load(self, ref: TableRef) -> Loaded | None:
        """Load a table as it is now, or None."""
        key = (ref.database, ref.table)
        with translated(self.pointers.name):
            location = self.pointers.location(*key)
        if location is None:
            return None
        known = self._loaded.get(key)
        if known is None or known.location != location:
            with translated(self.pointers.name):
                metadata = FromInputFile.table_metadata(self.files.new_input(location))
            known = self._loaded[key] = Loaded(str(ref), metadata, location)
        return known

    def layer(self, database: str, table: str, location: str) -> str:
        """The layer of a table: the folder it is in, else what its properties say."""
        if found := self.files.layer(location, database, table):
            return found
        loaded = self.load(TableRef("", database, table))
        return loaded.metadata.properties.get(LAYER, "") if loaded else ""

    def draft(self, ref: TableRef, schema: TableSchema) -> TableMetadata:
        """The metadata of a new table, written nowhere.

        Raises:
            SchemaChangeError: Iceberg has no such table.
        """
        columns = tuple(schema.columns)
        if schema.partition_field is not None and schema.partition_field not in schema.names:
            raise SchemaChangeError(
                table=str(ref), reason=f"it has no column {schema.partition_field!r} to partition by"
            )
        try:
            iceberg = iceberg_schema(columns)
            spec = partition_spec(iceberg, schema.partition)
            properties = {**_PROPERTIES, **schema.properties, **_own(ref, schema), HISTORY: "[[0, 0]]"}
            return new_table_metadata(iceberg, spec, SortOrder(), self.files.folder(ref), properties)
        except ValueError as error:
            raise SchemaChangeError(table=str(ref), reason=str(error)) from error

    def create(self, ref: TableRef, schema: TableSchema) -> Loaded | None:
        """Create a table; None when another process was faster."""
        metadata = self.draft(ref, schema)
        location = next_location(metadata, None)
        with translated(self.pointers.name):
            ToOutputFile.table_metadata(metadata, self.files.new_output(location))
            entered = self.pointers.insert(ref.database, ref.table, location, metadata)
            if not entered:
                self.files.delete(location)
        if not entered:
            return None
        return Loaded(str(ref), metadata, location)

    def enter(self, ref: TableRef, draft: Draft) -> None:
        """Make the draft of a new table current.

        Raises:
            CommitConflictError: Another process was faster; what the draft wrote is deleted.
        """
        with translated(self.pointers.name):
            entered = self.pointers.insert(ref.database, ref.table, draft.location, draft.metadata)
            if not entered:
                for path in draft.written:
                    self.files.delete(path)
        if not entered:
            raise CommitConflictError(table=str(ref), reason="another process has just made it")
        self._loaded[ref.database, ref.table] = Loaded(str(ref), draft.metadata, draft.location)

    def evolve(self, ref: TableRef, table: Loaded, schema: TableSchema) -> None:
        """Add columns and widen types, if anything differs."""
        metadata = table.metadata
        if partition_of(metadata.schema(), metadata.spec()) != schema.partition:
            raise SchemaChangeError(table=str(ref), reason="its partition field cannot change")
        transaction = Transaction(Table((ref.database, ref.table), metadata, table.location, self.files, None))  # type: ignore[arg-type]
        changed = self._change_columns(ref, transaction, metadata.schema(), schema)
        properties = _own(ref, schema)
        if changed:
            properties[HISTORY] = history_entry(
                transaction.table_metadata.current_schema_id,
                metadata.next_sequence_number() - 1,
                metadata.properties.get(HISTORY),
                metadata.current_schema_id,
            )
        elif properties.items() <= metadata.properties.items():
            return
        updates = (*transaction._updates, SetPropertiesUpdate(updates=properties))
        with translated(self.pointers.name):
            self.swap(ref, table, self.publisher.metadata_draft(table, updates))

    def swap(self, ref: TableRef, table: Loaded, draft: Draft) -> None:
        """Make a draft current.

        Raises:
            CommitConflictError: Another writer was faster; what the draft wrote is deleted.
        """
        key = (ref.database, ref.table)
        with translated(self.pointers.name):
            swapped = self.pointers.swap(*key, table.location, draft.location, draft.metadata, draft.expired)
            if not swapped:
                for path in draft.written:
                    self.files.delete(path)
        if not swapped:
            raise CommitConflictError(table=str(ref), reason="it has a newer version")
        self._loaded[key] = Loaded(str(ref), draft.metadata, draft.location)

    def sweep(self, ref: TableRef) -> None:
        """Delete files no snapshot refers to any more, after the time a reader may still need them."""
        with translated(self.pointers.name):
            paths = self.pointers.expired_before(ref.database, ref.table, time.time() - _GRACE_SECONDS)
            for path in paths:
                self.files.delete(path)
            if paths:
                self.pointers.forget_expired(ref.database, ref.table, paths)

    def expired(self, ref: TableRef) -> list[str]:
        """The files no snapshot refers to that a reader may still need: `sweep` deletes them when their time comes."""
        with translated(self.pointers.name):
            return self.pointers.expired_before(ref.database, ref.table, math.inf)

    @staticmethod
    def schema(table: Loaded) -> TableSchema:
        """Describe a table's schema."""
        metadata = table.metadata
        properties = metadata.properties
        iceberg = metadata.schema()
        partition = partition_of(iceberg, metadata.spec())
        return TableSchema(
            columns_of(iceberg, table.name, frozenset(listed(properties.get(REQUIRED)))),
            partition.field if partition else None,
            listed(properties.get(KEYS)),
            field_ids(iceberg),
            dict(properties),
            partition.transform if partition else "",
        )

    @staticmethod
    def changes(table: Loaded, schema: TableSchema) -> list[SchemaChange]:
        """What `evolve` would change, and what it would refuse."""
        metadata = table.metadata
        found = [step.change for step in steps(metadata.schema(), tuple(schema.columns))]
        now = partition_of(metadata.schema(), metadata.spec())
        if now != schema.partition:
            found.append(SchemaChange("lose", "", f"partitioned by {now}", f"partitioned by {schema.partition}"))
        return found

    @staticmethod
    def _change_columns(ref: TableRef, transaction: Transaction, now: Schema, schema: TableSchema) -> bool:
        found = steps(now, tuple(schema.columns))
        for change in (step.change for step in found if step.change.kind == "lose"):
            reason = f"column {change.column!r} is {change.found} and cannot become {change.wanted}"
            raise SchemaChangeError(table=str(ref), reason=reason)
        changing = [step for step in found if step.change.kind != "keep"]
        if changing:
            update = transaction.update_schema()
            for step in changing:
                step.note(update)
            update.commit()
        return bool(changing)


def _own(ref: TableRef, schema: TableSchema) -> dict[str, str]:
    required = [column.name for column in schema.columns if not column.nullable]
    return {LAYER: ref.layer, KEYS: json.dumps(list(schema.primary_keys)), REQUIRED: json.dumps(required)}


@contextmanager
def translated(catalogue: str) -> Iterator[None]:
    """Turn what the disk, the network and the library raise into the catalogue's own error."""
    try:
        yield
    except AwsSetupError:
        raise
    except AwsError as error:
        raise CatalogueUnavailableError(catalogue=catalogue, reason=error.message, hint=error.hint) from error
    except (OSError, ValueError) as error:
        raise CatalogueUnavailableError(catalogue=catalogue, reason=str(error)) from error
