"""Row-level deletes of another writer: what it deleted stays deleted, whatever is merged into the table."""

from __future__ import annotations

import uuid

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyiceberg.manifest import (
    DataFile,
    DataFileContent,
    FileFormat,
    ManifestContent,
    ManifestEntry,
    ManifestEntryStatus,
    ManifestWriterV2,
    write_manifest_list,
)
from pyiceberg.table.snapshots import Operation, Snapshot, Summary
from pyiceberg.table.update import AddSnapshotUpdate, SetSnapshotRefUpdate
from pyiceberg.typedef import Record

KV = {"id": "int", "v": "string"}
MERGE = {"write_mode": "merge", "primary_keys": ("id",)}


class _DeletesWriter(ManifestWriterV2):
    """PyIceberg writes manifests of data files only."""

    def content(self) -> ManifestContent:
        return ManifestContent.DELETES

    @property
    def _meta(self) -> dict[str, str]:
        return {**super()._meta, "content": "deletes"}


def delete_positions(bench, path: str, positions: list[int]) -> None:
    """Commit a positional delete file, as Spark does in merge-on-read tables."""
    catalogue, ref = bench.catalogue, bench.target
    loaded = catalogue._load(ref)
    metadata, io, unique = loaded.metadata, catalogue._tables.files, uuid.uuid4().hex
    fields = [pa.field("file_path", pa.string(), False, {"PARQUET:field_id": "2147483546"}),
              pa.field("pos", pa.int64(), False, {"PARQUET:field_id": "2147483545"})]  # fmt: skip
    file = f"{catalogue.data_location(ref)}/{unique}-deletes.parquet"
    pq.write_table(pa.table({"file_path": [path] * len(positions), "pos": positions}, schema=pa.schema(fields)), file)
    snapshot_id, sequence = int(unique[:15], 16), metadata.next_sequence_number()
    entry = DataFile.from_args(
        content=DataFileContent.POSITION_DELETES, file_path=file, file_format=FileFormat.PARQUET, partition=Record(),
        record_count=len(positions), file_size_in_bytes=pq.read_metadata(file).serialized_size,
    )  # fmt: skip
    entry.spec_id = metadata.default_spec_id
    output = io.new_output(f"{metadata.location}/metadata/{unique}-m0.avro")
    with _DeletesWriter(metadata.spec(), metadata.schema(), output, snapshot_id, "null") as writer:
        writer.add_entry(
            ManifestEntry.from_args(status=ManifestEntryStatus.ADDED, snapshot_id=snapshot_id, data_file=entry)
        )
    parent = metadata.current_snapshot()
    location = f"{metadata.location}/metadata/snap-{unique}.avro"
    with write_manifest_list(2, io.new_output(location), snapshot_id, parent.snapshot_id, sequence, "null") as listed:
        listed.add_manifests([*parent.manifests(io), writer.to_manifest_file()])
    snapshot = Snapshot(
        snapshot_id=snapshot_id, parent_snapshot_id=parent.snapshot_id, sequence_number=sequence,
        manifest_list=location, summary=Summary(Operation.DELETE), schema_id=metadata.current_schema_id,
    )  # fmt: skip
    updates = (
        AddSnapshotUpdate(snapshot=snapshot),
        SetSnapshotRefUpdate(ref_name="main", type="branch", snapshot_id=snapshot_id),
    )
    catalogue._tables.swap(ref, loaded, catalogue._publisher.metadata_draft(loaded, updates))


@pytest.fixture
def deleted(bench):
    """A table of three files of which another writer deleted rows 2 and 5."""
    for text in ("id,v\n1,a\n2,b\n3,c\n", "id,v\n4,d\n5,e\n", "id,v\n6,f\n"):
        bench.run(bench.plan([bench.csv(text)], KV, **MERGE))
    for file in bench.catalogue.files(bench.target):
        rows = pq.read_table(file.path, partitioning=None).column("id").to_pylist()
        gone = [position for position, number in enumerate(rows) if number in {2, 5}]
        if gone:
            delete_positions(bench, file.path, gone)
    assert all(file.has_deletes for file in bench.catalogue.files(bench.target))
    return bench


def test_deleted_rows_are_not_read(deleted):
    assert deleted.rows() == [(1, "a"), (3, "c"), (4, "d"), (6, "f")]


def test_a_merge_of_new_and_changed_rows_keeps_the_deletes(deleted):
    plan = deleted.plan([deleted.csv("id,v\n2,B\n3,C\n4,d\n7,g\n", "2026-01-02")], KV, **MERGE)
    written = deleted.run(plan)
    assert (written.rows_written, written.rows_unchanged) == (3, 1)
    assert deleted.rows() == [(1, "a"), (2, "B"), (3, "C"), (4, "d"), (6, "f"), (7, "g")]


def test_a_merge_of_new_rows_only_keeps_the_deletes(deleted):
    written = deleted.run(deleted.plan([deleted.csv("id,v\n8,h\n", "2026-01-02")], KV, **MERGE))
    assert (written.rows_written, written.rows_unchanged) == (1, 0)
    assert deleted.rows() == [(1, "a"), (3, "c"), (4, "d"), (6, "f"), (8, "h")]
