"""The lists of a table's data files: read with a bounded memory of what was read, written, and kept few.

A commit adds one manifest. Ten manifests of about the same size become one, so that a table of n commits has some
10·log(n) of them and each entry is rewritten log(n) times: what a commit costs does not grow with their number.
"""

from __future__ import annotations

import math
import uuid
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import count

from pyiceberg.manifest import DataFile as Entry
from pyiceberg.manifest import (
    ManifestContent,
    ManifestEntry,
    ManifestEntryStatus,
    ManifestFile,
    read_manifest_list,
    write_manifest,
    write_manifest_list,
)
from pyiceberg.table.metadata import TableMetadata
from pyiceberg.table.snapshots import Snapshot

from data_framework.modules.catalogue.integrations.iceberg.places import Files, plain_path

_REMEMBERED_ENTRIES = 50_000
_MERGED_AT_ONCE = 10


class ManifestReader:
    """Reads manifests, remembering the latest: a manifest never changes."""

    def __init__(self, io: Files) -> None:
        self._io = io
        self._entries: OrderedDict[str, list[ManifestEntry]] = OrderedDict()
        self._remembered = 0

    def manifests(self, snapshot: Snapshot | None) -> list[ManifestFile]:
        """The manifests of a snapshot that list at least one live file."""
        found = self.listed(snapshot) if snapshot else []
        return [manifest for manifest in found if manifest.has_added_files() or manifest.has_existing_files()]

    def listed(self, snapshot: Snapshot) -> list[ManifestFile]:
        """Every manifest of a snapshot, those included that only say which files left."""
        return list(read_manifest_list(self._io.new_input(snapshot.manifest_list)))

    def entries(self, manifest: ManifestFile) -> list[ManifestEntry]:
        """The live entries of a manifest."""
        path = manifest.manifest_path
        if path not in self._entries:
            self._entries[path] = manifest.fetch_manifest_entry(self._io, discard_deleted=True)
            self._remembered += len(self._entries[path])
        self._entries.move_to_end(path)
        while self._remembered > _REMEMBERED_ENTRIES and len(self._entries) > 1:
            self._remembered -= len(self._entries.popitem(last=False)[1])
        return self._entries[path]


class ManifestWriter:
    """Writes the manifests and the manifest list of one new snapshot, and can take them back."""

    def __init__(self, io: Files, metadata: TableMetadata, snapshot_id: int) -> None:
        self._io, self._metadata, self.snapshot_id = io, metadata, snapshot_id
        self._folder = f"{metadata.location}/metadata"
        self._name, self._numbers = uuid.uuid4(), count()
        self.written: list[str] = []

    def added(self, files: Sequence[Entry]) -> list[ManifestFile]:
        """A manifest of new files; none for none."""
        if not files:
            return []
        entries = [ManifestEntry.from_args(status=ManifestEntryStatus.ADDED, data_file=file) for file in files]
        return [self._write(self._metadata.default_spec_id, entries)]

    def removed(self, entries: Sequence[ManifestEntry]) -> list[ManifestFile]:
        """Manifests that say which files left, one per partition spec."""
        groups: dict[int, list[ManifestEntry]] = defaultdict(list)
        for entry in entries:
            groups[entry.data_file.spec_id].append(_with(entry, ManifestEntryStatus.DELETED, self.snapshot_id))
        return [self._write(spec_id, group) for spec_id, group in groups.items()]

    def kept(self, spec_id: int, entries: Iterable[ManifestEntry]) -> list[ManifestFile]:
        """A manifest of files that stay; none for none."""
        staying = [_with(entry, ManifestEntryStatus.EXISTING, entry.snapshot_id) for entry in entries]
        return [self._write(spec_id, staying)] if staying else []

    def merged(self, manifests: list[ManifestFile], reader: ManifestReader) -> list[ManifestFile]:
        """Join manifests of about the same size when there are ten of them."""
        tiers: dict[tuple[int, int], list[ManifestFile]] = defaultdict(list)
        others = [manifest for manifest in manifests if manifest.content != ManifestContent.DATA]
        for manifest in manifests:
            if manifest.content == ManifestContent.DATA:
                tiers[manifest.partition_spec_id, _tier(manifest)].append(manifest)
        for (spec_id, _), group in tiers.items():
            if len(group) < _MERGED_AT_ONCE:
                others += group
            else:
                others += self.kept(spec_id, (entry for manifest in group for entry in reader.entries(manifest)))
        return others

    def listed(self, manifests: list[ManifestFile], parent: int | None, sequence: int) -> str:
        """Write the manifest list and return where it is."""
        location = f"{self._folder}/snap-{self.snapshot_id}-0-{self._name}.avro"
        self.written.append(location)
        with write_manifest_list(
            self._metadata.format_version, self._io.new_output(location), self.snapshot_id, parent, sequence, "deflate"
        ) as writer:
            writer.add_manifests(manifests)
        return location

    def take_back(self) -> None:
        """Delete what was written: the commit did not happen."""
        for location in self.written:
            self._io.delete(location)

    def _write(self, spec_id: int, entries: Sequence[ManifestEntry]) -> ManifestFile:
        location = f"{self._folder}/{self._name}-m{next(self._numbers)}.avro"
        self.written.append(location)
        writer = write_manifest(
            self._metadata.format_version, self._metadata.specs()[spec_id], self._metadata.schema(),
            self._io.new_output(location), self.snapshot_id, "deflate",
        )  # fmt: skip
        with writer:
            for entry in entries:
                writer.add_entry(entry)
        return writer.to_manifest_file()


def _tier(manifest: ManifestFile) -> int:
    files = (manifest.added_files_count or 0) + (manifest.existing_files_count or 0)
    return int(math.log10(max(files, 1)))


def _with(entry: ManifestEntry, status: ManifestEntryStatus, snapshot_id: int | None) -> ManifestEntry:
    return ManifestEntry.from_args(
        status=status,
        snapshot_id=snapshot_id,
        sequence_number=entry.sequence_number,
        file_sequence_number=entry.file_sequence_number,
        data_file=entry.data_file,
    )


def unreachable(older: Snapshot, newer: Snapshot, reader: ManifestReader) -> list[str]:
    """Files the older of two neighbouring snapshots refers to and the newer does not: data, manifests, its list.

    Only neighbours on one line of history are judged (the newer is the older's child); of others nothing is said.
    """
    if newer.parent_snapshot_id != older.snapshot_id:
        return []
    before, after = reader.manifests(older), reader.manifests(newer)
    if any(manifest.content != ManifestContent.DATA for manifest in (*before, *after)):
        return []
    gone, new = set(before) - set(after), set(after) - set(before)
    live: Callable[[set[ManifestFile]], set[str]] = lambda group: {  # noqa: E731
        entry.data_file.file_path for manifest in group for entry in reader.entries(manifest)
    }
    paths = {*(live(gone) - live(new)), *(manifest.manifest_path for manifest in gone), older.manifest_list}
    return sorted(plain_path(path) for path in paths)
