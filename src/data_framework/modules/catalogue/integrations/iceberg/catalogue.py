"""A catalogue of Iceberg tables on files and pointers that lie somewhere."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from pyiceberg.manifest import ManifestContent
from pyiceberg.table.snapshots import Snapshot as IcebergSnapshot
from typing_extensions import override

from data_framework.modules.catalogue.integrations.iceberg.data_files import Describer, describe
from data_framework.modules.catalogue.integrations.iceberg.manifests import ManifestReader
from data_framework.modules.catalogue.integrations.iceberg.places import Files, Pointers, RawPartitions, plain_path
from data_framework.modules.catalogue.integrations.iceberg.pruning import MissingColumns, may_hold
from data_framework.modules.catalogue.integrations.iceberg.publishing import Draft, Loaded, Publisher, referenced
from data_framework.modules.catalogue.integrations.iceberg.retyping import retyped
from data_framework.modules.catalogue.integrations.iceberg.tables import LAYER, Tables, translated
from data_framework.modules.catalogue.integrations.iceberg.types import stored_type
from data_framework.modules.catalogue.interface_catalogue import (
    CatalogueInterface,
    Change,
    DataFile,
    SchemaChange,
    Snapshot,
    TableSchema,
)
from data_framework.modules.catalogue.raw_shape import RawShape
from data_framework.modules.config.model.tables import TableRef
from data_framework.modules.exception import (
    CommitConflictError,
    InvalidTableNameError,
    SchemaChangeError,
    TableNotFoundError,
)

_NAME = re.compile(r"[^\W.][\w\-.]*")


class IcebergCatalogue(CatalogueInterface):
    """Everything a catalogue does but where its files and pointers lie, and how one writer at a time is had.

    Args:
        pointers: Where each table's current metadata is.
        raw: The partitions of raw tables.
        files: The files.
        keep_snapshots: How many of a table's latest snapshots a commit leaves.
    """

    def __init__(self, pointers: Pointers, raw: RawPartitions, files: Files, keep_snapshots: int) -> None:
        self._store, self._raw, self._files = pointers, raw, files
        self._reader = ManifestReader(files)
        self._publisher = Publisher(files, self._reader, max(keep_snapshots, 1))
        self._tables = Tables(pointers, self._publisher, files)

    # tables ---------------------------------------------------------------------------------------------------------
    @override
    def tables(self, layer: str | None = None) -> list[TableRef]:
        with translated(self._store.name):
            found = [TableRef(self._tables.layer(*row), row[0], row[1]) for row in self._store.tables()]
        return sorted(ref for ref in found if layer is None or ref.layer == layer)

    @override
    def exists(self, ref: TableRef) -> bool:
        return self._find(ref) is not None

    @override
    def find(self, database: str, table: str) -> TableRef | None:
        with translated(self._store.name):
            location = self._store.location(database, table)
        return TableRef(self._tables.layer(database, table, location), database, table) if location else None

    @override
    def schema(self, ref: TableRef) -> TableSchema:
        return Tables.schema(self._load(ref))

    @override
    def reserve(self, ref: TableRef, schema: TableSchema) -> TableSchema:
        _check_names(ref)
        there = self._find(ref)
        metadata = retyped(there.metadata, schema.columns, str(ref)) if there else self._tables.draft(ref, schema)
        return Tables.schema(Loaded(str(ref), metadata, ""))

    @override
    def create(self, ref: TableRef, schema: TableSchema) -> TableSchema:
        _check_names(ref)
        for _ in range(2):
            if there := self._tables.load(ref):
                return self._same(ref, there, schema)
            if made := self._tables.create(ref, schema):
                return Tables.schema(made)
        return self.schema(ref)

    @override
    def evolve(self, ref: TableRef, schema: TableSchema) -> TableSchema:
        for attempt in range(3):
            try:
                self._tables.evolve(ref, self._load(ref), schema)
                break
            except CommitConflictError:
                if attempt == 2:
                    raise
        return self.schema(ref)

    @override
    def changes(self, ref: TableRef, schema: TableSchema) -> list[SchemaChange]:
        return self._tables.changes(self._load(ref), schema)

    @override
    def drop(self, ref: TableRef) -> None:
        if self._find(ref) is None:
            return
        with translated(self._store.name):
            self._store.remove(ref.database, ref.table)
            self._files.remove_folder(self._files.folder(ref))

    @override
    def data_location(self, ref: TableRef) -> str:
        loaded = self._find(ref)
        folder = f"{plain_path(loaded.metadata.location) if loaded else self._files.folder(ref)}/data"
        with translated(self._store.name):
            self._files.prepare(folder)
        return folder

    @override
    def staged_files(self, ref: TableRef, prefix: str) -> list[str]:
        with translated(self._store.name):
            return self._files.staged(self.data_location(ref), prefix)

    @override
    def discard_files(self, paths: Iterable[str]) -> None:
        with translated(self._store.name):
            for path in paths:
                self._files.delete(path)

    @override
    def orphans(self, ref: TableRef, before: float) -> list[str]:
        with translated(self._store.name):
            folder = plain_path(self._load(ref).metadata.location)
            old = self._files.written_before(f"{folder}/data", before)
            old += self._files.written_before(f"{folder}/metadata", before)
            loaded = self._load(ref)  # after the files were listed: what was committed meanwhile is named
            named = {*referenced(loaded, self._reader), *self._tables.expired(ref)} if old else set()
        return [path for path in old if path not in named]

    @override
    def expire_snapshots(self, ref: TableRef, keep: int) -> int:
        loaded = self._load(ref)
        with translated(self._store.name):
            draft = self._publisher.expiry(loaded, max(keep, 1))
        if draft is None:
            return 0
        self._tables.swap(ref, loaded, draft)
        self._tables.sweep(ref)
        return len(loaded.metadata.snapshots) - len(draft.metadata.snapshots)

    @override
    def filesystem(self) -> Any | None:
        return self._files.filesystem()

    # snapshots and files --------------------------------------------------------------------------------------------
    @override
    def snapshot(self, ref: TableRef) -> Snapshot | None:
        current = self._load(ref).metadata.current_snapshot()
        return _snapshot(current) if current else None

    @override
    def history(self, ref: TableRef, limit: int = 50) -> list[Snapshot]:
        found = sorted(self._load(ref).metadata.snapshots, key=lambda s: s.sequence_number or 0, reverse=True)
        return [_snapshot(snapshot) for snapshot in found[:limit]]

    @override
    def files(self, ref: TableRef, partitions: Sequence[str | None] | None = None) -> list[DataFile]:
        metadata = self._load(ref).metadata
        describer, missing = Describer(metadata.schema(), metadata.spec()), MissingColumns(metadata)
        wanted = None if partitions is None else set(partitions)
        with translated(self._store.name):
            manifests = self._reader.manifests(metadata.current_snapshot())
            deletes = any(manifest.content == ManifestContent.DELETES for manifest in manifests)
            found = [
                describer.data_file(entry.data_file, missing=missing.of(entry.sequence_number), has_deletes=deletes)
                for manifest in manifests
                if manifest.content == ManifestContent.DATA and may_hold(metadata, manifest, partitions)
                for entry in self._reader.entries(manifest)
            ]
        return [file for file in found if wanted is None or file.partition in wanted]

    @override
    def scan(self, ref: TableRef) -> Iterator[Any]:
        from pyarrow import RecordBatch
        from pyiceberg.table import Table

        loaded = self._load(ref)
        table = Table((ref.database, ref.table), loaded.metadata, loaded.location, self._files.for_arrow(), None)  # type: ignore[arg-type]
        reader = table.scan().to_arrow_batch_reader()
        yield RecordBatch.from_pylist([], schema=reader.schema)
        yield from reader

    @override
    def commit(self, ref: TableRef, change: Change) -> Snapshot:
        if change.create is not None:
            return self._made(ref, change, change.create)
        loaded = self._load(ref)
        current = loaded.metadata.current_snapshot_id
        if current != change.base:
            raise CommitConflictError(table=str(ref), reason=f"it is at {current}, not {change.base}")
        if change.schema is not None:
            loaded = replace(loaded, metadata=retyped(loaded.metadata, change.schema.columns, str(ref)))
        draft = self._draft(ref, loaded, change)
        self._tables.swap(ref, loaded, draft)
        self._tables.sweep(ref)
        return _snapshot(draft.metadata.current_snapshot())

    # raw tables -----------------------------------------------------------------------------------------------------
    @override
    def raw_partitions(self, ref: TableRef) -> dict[str, str]:
        with translated(self._store.name):
            return self._raw.partitions(_key(ref))

    @override
    def add_raw_partition(
        self, ref: TableRef, field_name: str, value: str, location: str, shape: RawShape | None = None
    ) -> None:
        _check_names(ref)
        with translated(self._store.name):
            self._raw.add(_key(ref), field_name, value, location, shape or RawShape())

    @override
    def drop_raw_partition(self, ref: TableRef, value: str) -> None:
        with translated(self._store.name):
            self._raw.drop(_key(ref), value)

    @override
    def raw_tables(self) -> list[TableRef]:
        with translated(self._store.name):
            return [TableRef(*key) for key in self._raw.tables()]

    # commits --------------------------------------------------------------------------------------------------------
    def _made(self, ref: TableRef, change: Change, schema: TableSchema) -> Snapshot:
        """Make a table together with its first snapshot."""
        _check_names(ref)
        if there := self._tables.load(ref):
            self._same(ref, there, schema)
            raise CommitConflictError(table=str(ref), reason="another process has just made it")
        draft = self._draft(ref, Loaded(str(ref), self._tables.draft(ref, schema), ""), change)
        self._tables.enter(ref, draft)
        return _snapshot(draft.metadata.current_snapshot())

    def _draft(self, ref: TableRef, loaded: Loaded, change: Change) -> Draft:
        metadata = loaded.metadata
        added = [
            describe(self._files, path, str(ref), metadata.schema(), metadata.spec())
            for path in dict.fromkeys(change.add)
        ]
        with translated(self._store.name):
            return self._publisher.draft(loaded, added, change.remove, change.properties)

    # inside ---------------------------------------------------------------------------------------------------------
    def _find(self, ref: TableRef) -> Loaded | None:
        loaded = self._tables.load(ref)
        if loaded and loaded.metadata.properties.get(LAYER, ref.layer) != ref.layer:
            return None
        return loaded

    def _load(self, ref: TableRef) -> Loaded:
        loaded = self._find(ref)
        if loaded is None:
            raise TableNotFoundError(table=str(ref), place=f"layer {ref.layer!r}", suggestion=self._suggestion(ref))
        return loaded

    def _suggestion(self, ref: TableRef) -> str:
        elsewhere = self.find(ref.database, ref.table)
        if elsewhere:
            return f"It is in layer {elsewhere.layer!r}."
        names = [str(found) for found in self.tables()]
        near = difflib.get_close_matches(str(ref), names, n=1)
        return f"Did you mean {near[0]!r}?" if near else "See `data-framework tables list` for those that exist."

    def _same(self, ref: TableRef, there: Loaded, schema: TableSchema) -> TableSchema:
        """The schema of a table that exists, if it is the one asked for."""
        found = Tables.schema(there)
        if self._find(ref) is None:
            raise SchemaChangeError(
                table=str(ref), reason=f"{self._suggestion(ref)} A name is a table of one layer only"
            )
        wanted = [(column.name, str(stored_type(column.type))) for column in schema.columns]
        if [(column.name, column.type) for column in found.columns] != wanted:
            raise SchemaChangeError(table=str(ref), reason="it exists with other columns")
        if found.partition != schema.partition:
            raise SchemaChangeError(table=str(ref), reason=f"it exists, partitioned by {found.partition}")
        return found


def _snapshot(found: IcebergSnapshot | None) -> Snapshot:
    assert found is not None
    summary = found.summary
    return Snapshot(
        found.snapshot_id,
        datetime.fromtimestamp(found.timestamp_ms / 1000, UTC),
        summary.operation.value if summary else "",
        dict(summary.additional_properties) if summary else {},
    )


def _key(ref: TableRef) -> tuple[str, str, str]:
    return ref.layer, ref.database, ref.table


def _check_names(ref: TableRef) -> None:
    for kind, name in (("layer", ref.layer), ("database", ref.database), ("table", ref.table)):
        if not _NAME.fullmatch(name):
            raise InvalidTableNameError(kind=kind, name=name, reason="it would not be a safe folder name")
