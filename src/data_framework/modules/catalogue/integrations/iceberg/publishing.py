"""One commit of one table: new manifests, new metadata, old snapshots expired in the same step."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from pyiceberg.manifest import DataFile as Entry
from pyiceberg.manifest import ManifestEntry, ManifestFile
from pyiceberg.serializers import ToOutputFile
from pyiceberg.table.metadata import TableMetadata
from pyiceberg.table.snapshots import Operation, Snapshot, SnapshotSummaryCollector, Summary, update_snapshot_summaries
from pyiceberg.table.update import (
    AddSnapshotUpdate,
    RemoveSnapshotsUpdate,
    SetSnapshotRefUpdate,
    TableUpdate,
    update_table_metadata,
)

from data_framework.modules.catalogue.integrations.iceberg.data_files import NULL_FOLDER, partition_text
from data_framework.modules.catalogue.integrations.iceberg.manifests import ManifestReader, ManifestWriter, unreachable
from data_framework.modules.catalogue.integrations.iceberg.places import Files, plain_path
from data_framework.modules.catalogue.integrations.iceberg.pruning import may_hold
from data_framework.modules.catalogue.integrations.iceberg.types import partition_of
from data_framework.modules.exception import MissingDataFileError


@dataclass(frozen=True)
class Loaded:
    """A table as its current metadata says."""

    name: str
    metadata: TableMetadata
    location: str


@dataclass(frozen=True)
class Draft:
    """Metadata written but not yet current: what it replaces, and the files nothing refers to once it is."""

    metadata: TableMetadata
    location: str
    written: tuple[str, ...]
    expired: tuple[str, ...]


class Publisher:
    """Drafts commits of tables."""

    def __init__(self, io: Files, reader: ManifestReader, keep: int) -> None:
        self._io, self._reader, self._keep = io, reader, keep

    def draft(
        self, table: Loaded, added: Sequence[Entry], removed: Sequence[str], properties: Mapping[str, str]
    ) -> Draft:
        """Write everything a new snapshot needs, visible to nobody yet.

        Raises:
            MissingDataFileError: A file to remove is not in the table.
        """
        metadata = table.metadata
        parent = metadata.current_snapshot()
        writer = ManifestWriter(self._io, metadata, metadata.new_snapshot_id())
        try:
            kept, leaving = self._without(table, self._reader.manifests(parent), removed, writer)
            manifests = writer.added(added) + writer.removed(leaving) + writer.merged(kept, self._reader)
            snapshot = self._snapshot(writer, metadata, manifests, _summary(metadata, added, leaving, properties))
            head = {"snapshot-id": snapshot.snapshot_id, "ref-name": "main", "type": "branch"}
            updates = (AddSnapshotUpdate(snapshot=snapshot), SetSnapshotRefUpdate.model_validate(head))
            return self.metadata_draft(table, updates, writer)
        except BaseException:
            writer.take_back()
            raise

    def metadata_draft(
        self, table: Loaded, updates: tuple[TableUpdate, ...], writer: ManifestWriter | None = None
    ) -> Draft:
        """Write the metadata that follows from updates, with old snapshots left out."""
        added = [update.snapshot for update in updates if isinstance(update, AddSnapshotUpdate)]
        old = self._old_snapshots(table.metadata, added, self._keep) if added else []
        return self._drafted(table, updates, old, writer)

    def expiry(self, table: Loaded, keep: int) -> Draft | None:
        """Write metadata without all but the latest snapshots; None when there are no others."""
        old = self._old_snapshots(table.metadata, [], keep)
        return self._drafted(table, (), old, None) if old else None

    def _drafted(
        self, table: Loaded, updates: tuple[TableUpdate, ...], old: list[Snapshot], writer: ManifestWriter | None
    ) -> Draft:
        if old:
            updates = (
                *updates,
                RemoveSnapshotsUpdate.model_validate({"snapshot-ids": [s.snapshot_id for s in old[:-1]]}),
            )
        metadata = update_table_metadata(table.metadata, updates, metadata_location=table.location)
        location = next_location(metadata, table.location)
        ToOutputFile.table_metadata(metadata, self._io.new_output(location))
        expired = [path for older, newer in pairwise(old) for path in self._unreachable(older, newer)]
        logged = {entry.metadata_file for entry in metadata.metadata_log}
        expired += [plain_path(e.metadata_file) for e in table.metadata.metadata_log if e.metadata_file not in logged]
        return Draft(metadata, location, (*(writer.written if writer else ()), location), tuple(expired))

    def _without(
        self, table: Loaded, manifests: list[ManifestFile], removed: Sequence[str], writer: ManifestWriter
    ) -> tuple[list[ManifestFile], list[ManifestEntry]]:
        """Split what is live into manifests that stay (rewritten where a file leaves) and entries that leave."""
        wanted = {plain_path(path) for path in removed}
        partitions = _partitions(table.metadata, wanted)
        kept: list[ManifestFile] = []
        leaving: list[ManifestEntry] = []
        for manifest in manifests:
            if not wanted or not may_hold(table.metadata, manifest, partitions):
                kept.append(manifest)
                continue
            entries = self._reader.entries(manifest)
            going = [entry for entry in entries if plain_path(entry.data_file.file_path) in wanted]
            leaving += going
            if not going:
                kept.append(manifest)
            elif len(going) < len(entries):
                left = set(map(id, going))
                kept += writer.kept(manifest.partition_spec_id, (e for e in entries if id(e) not in left))
        if missing := wanted - {plain_path(entry.data_file.file_path) for entry in leaving}:
            raise MissingDataFileError(table=table.name, path=min(missing))
        return kept, leaving

    def _snapshot(
        self, writer: ManifestWriter, metadata: TableMetadata, manifests: list[ManifestFile], summary: Summary
    ) -> Snapshot:
        sequence = metadata.next_sequence_number()
        parent = metadata.current_snapshot_id
        return Snapshot.model_validate(
            {
                "snapshot-id": writer.snapshot_id,
                "parent-snapshot-id": parent,
                "manifest-list": writer.listed(manifests, parent, sequence),
                "sequence-number": sequence,
                "summary": summary,
                "schema-id": metadata.current_schema_id,
            }
        )

    @staticmethod
    def _old_snapshots(metadata: TableMetadata, added: list[Snapshot], keep: int) -> list[Snapshot]:
        """The snapshots to expire, oldest first, and after them the first that stays; [] when none expires.

        Tables with branches or tags (other engines make them) are left alone.
        """
        every = sorted([*metadata.snapshots, *added], key=lambda snapshot: snapshot.sequence_number or 0)
        if len(every) <= keep or set(metadata.refs) - {"main"}:
            return []
        return every[: len(every) - keep + 1]

    def _unreachable(self, older: Snapshot, newer: Snapshot) -> Iterable[str]:
        try:
            return unreachable(older, newer, self._reader)
        except FileNotFoundError:
            return ()


def referenced(table: Loaded, reader: ManifestReader) -> set[str]:
    """Every file a table's current metadata refers to, whichever snapshot does."""
    metadata = table.metadata
    named = {table.location, *(entry.metadata_file for entry in metadata.metadata_log)}
    named |= {found.statistics_path for found in (*metadata.statistics, *metadata.partition_statistics)}
    manifests: dict[str, ManifestFile] = {}
    for snapshot in metadata.snapshots:
        named.add(snapshot.manifest_list)
        manifests |= {manifest.manifest_path: manifest for manifest in reader.listed(snapshot)}
    for path, manifest in manifests.items():
        named |= {path, *(entry.data_file.file_path for entry in reader.entries(manifest))}
    return {plain_path(path) for path in named}


def next_location(metadata: TableMetadata, location: str | None) -> str:
    """Where the next version of a table's metadata goes."""
    number = re.match(r"\d+", Path(location).name) if location else None
    version = int(number[0]) + 1 if number else 0
    return f"{metadata.location}/metadata/{version:05d}-{uuid.uuid4()}.metadata.json"


def _partitions(metadata: TableMetadata, paths: Iterable[str]) -> list[str | None] | None:
    """The partitions some files are in, as their folders say (None: the null one); None where one says nothing."""
    partition = partition_of(metadata.schema(), metadata.spec())
    found = {partition_text(path, partition.name) if partition else None for path in paths}
    return None if None in found else [None if text == NULL_FOLDER else text for text in found]


def _summary(
    metadata: TableMetadata, added: Sequence[Entry], leaving: Sequence[ManifestEntry], properties: Mapping[str, str]
) -> Summary:
    collector = SnapshotSummaryCollector()
    schema, specs = metadata.schema(), metadata.specs()
    for file in added:
        collector.add_file(file, schema, metadata.spec())
    for entry in leaving:
        collector.remove_file(entry.data_file, schema, specs[entry.data_file.spec_id])
    operation = Operation.APPEND if not leaving else Operation.OVERWRITE if added else Operation.DELETE
    parent = metadata.current_snapshot()
    return update_snapshot_summaries(
        Summary(operation, **collector.build(), **properties), parent.summary if parent else None
    )
