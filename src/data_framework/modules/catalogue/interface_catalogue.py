"""The contract of a catalogue: Iceberg tables, their files and commits, and the partitions of raw tables.

Data flows through files: an engine writes Parquet files below a table's location and the catalogue publishes them in
one commit. Nothing is visible to a reader before its commit.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from data_framework.modules.catalogue.raw_shape import RawShape
from data_framework.modules.config.model.tables import Partition, PartitionTransform, TableRef, partition_of


@dataclass(frozen=True)
class Column:
    """A column as the catalogue knows it. `type`: text of a `DataType`; `field_id`: Iceberg's, 0 before creation."""

    name: str
    type: str
    nullable: bool = True
    description: str = ""
    field_id: int = 0


@dataclass(frozen=True)
class TableSchema:
    """The shape of a table. `field_ids` maps dotted paths (`a`, `a.element`, `m.key`) to Iceberg's ids, for writers."""

    columns: tuple[Column, ...]
    partition_field: str | None = None
    primary_keys: tuple[str, ...] = ()
    field_ids: Mapping[str, int] = field(default_factory=dict)
    properties: Mapping[str, str] = field(default_factory=dict)
    partition_transform: PartitionTransform = ""

    @property
    def partition(self) -> Partition | None:
        """What it is partitioned by."""
        return partition_of(self.partition_field, self.partition_transform)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names, in order."""
        return tuple(column.name for column in self.columns)


@dataclass(frozen=True)
class SchemaChange:
    """One difference between a table and the schema it is to have.

    Attributes:
        kind: add (a column or nested field), widen (a type), keep (what is no longer asked for), lose (a type or
            partition that cannot become what is asked for without losing rows or values).
        column: Its dotted name, "" for the table's partition.
        found, wanted: The types, "" where there is none.
    """

    kind: str
    column: str
    found: str
    wanted: str


@dataclass(frozen=True)
class DataFile:
    """One data file of a table's current snapshot.

    Attributes:
        path: What DuckDB and the catalogue open; a plain path locally.
        partition: The partition's value as text (a month: 2026-01), None for null or an unpartitioned table.
        lower, upper: Bounds by column name, as Python values, where the file's statistics have them.
        has_deletes: Whether row-level deletes apply; then it must not be read directly.
        plain: Whether its columns are the table's current ones, with the same names and types.
        missing: Of a file that is not plain only because it is older than some columns: those columns, all null in it
            (`a.b`: a field that column `a` has got since).
            A file that is neither plain nor has `missing` must be read through `scan`.
    """

    path: str
    rows: int
    size: int
    partition: str | None = None
    lower: Mapping[str, Any] = field(default_factory=dict)
    upper: Mapping[str, Any] = field(default_factory=dict)
    has_deletes: bool = False
    plain: bool = True
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Snapshot:
    """One commit of a table. `properties` is what the committer said in its summary (run id, content hash, counts)."""

    snapshot_id: int
    committed_at: datetime
    operation: str
    properties: Mapping[str, str]


@dataclass(frozen=True)
class Change:
    """One commit to make: these files enter, those leave, together or not at all.

    Attributes:
        base: The snapshot id the change was computed from (None: the table was empty). If the table has moved on,
            the commit is refused with `CommitConflictError` and the change must be computed again.
        schema: Columns get these types with the commit, as `reserve` said; every file of the table must leave.
        create: The table is made with the commit, as `reserve` said: nobody sees it before, or without its files. If it
            is there by now, the commit is refused with `CommitConflictError`.
    """

    add: Sequence[str]
    remove: Sequence[str]
    base: int | None
    properties: Mapping[str, str]
    schema: TableSchema | None = None
    create: TableSchema | None = None


class CatalogueInterface(ABC):
    """Tables by full name. Public verbs log and translate errors once for every backend."""

    @abstractmethod
    def tables(self, layer: str | None = None) -> list[TableRef]:
        """List the Iceberg tables, quarantine tables included."""

    @abstractmethod
    def exists(self, ref: TableRef) -> bool:
        """Whether the Iceberg table exists."""

    @abstractmethod
    def find(self, database: str, table: str) -> TableRef | None:
        """Find a table by database and name alone, whatever its layer."""

    @abstractmethod
    def schema(self, ref: TableRef) -> TableSchema:
        """Return a table's schema, read afresh.

        Raises:
            TableNotFoundError: There is no such table; the hint names the nearest.
        """

    @abstractmethod
    def reserve(self, ref: TableRef, schema: TableSchema) -> TableSchema:
        """Return the schema `create` would give, field ids included, and make nothing.

        Of a table that exists: its schema with these types, where a type that the old files cannot be read as is that
        of a new field.

        Data files can be staged for a table that nobody sees before its first commit is judged.
        """

    @abstractmethod
    def create(self, ref: TableRef, schema: TableSchema) -> TableSchema:
        """Create an empty table (idempotent when it exists with the same columns); its schema with field ids."""

    @abstractmethod
    def evolve(self, ref: TableRef, schema: TableSchema) -> TableSchema:
        """Add the columns and nested fields that are missing, and widen the types that may be; never drop or narrow.

        Raises:
            SchemaChangeError: The change would lose data or change the partition.
        """

    @abstractmethod
    def changes(self, ref: TableRef, schema: TableSchema) -> list[SchemaChange]:
        """What `evolve` would change, and what it would refuse; nothing is changed."""

    @abstractmethod
    def drop(self, ref: TableRef) -> None:
        """Drop a table and its files."""

    @abstractmethod
    def data_location(self, ref: TableRef) -> str:
        """Where an engine writes data files of this table (a folder, created), also before the table is made."""

    @abstractmethod
    def staged_files(self, ref: TableRef, prefix: str) -> list[str]:
        """The files below a table's data location whose name begins with a prefix, in a snapshot or not."""

    @abstractmethod
    def discard_files(self, paths: Iterable[str]) -> None:
        """Delete data files that no snapshot names; no error where there is none."""

    @abstractmethod
    def orphans(self, ref: TableRef, before: float) -> list[str]:
        """The files of a table nothing refers to, last written before a moment (seconds since 1970).

        What is younger may belong to a commit that is under way.
        """

    @abstractmethod
    def expire_snapshots(self, ref: TableRef, keep: int) -> int:
        """Forget all but the latest snapshots and return how many; files only they name are deleted after a while."""

    @abstractmethod
    def filesystem(self) -> Any | None:
        """The fsspec file system an engine reads and writes tables through; None where their paths are plain."""

    @abstractmethod
    def snapshot(self, ref: TableRef) -> Snapshot | None:
        """The current snapshot, or None of an empty table."""

    @abstractmethod
    def history(self, ref: TableRef, limit: int = 50) -> list[Snapshot]:
        """The latest snapshots, newest first: recovery looks here for a run id."""

    @abstractmethod
    def files(self, ref: TableRef, partitions: Sequence[str | None] | None = None) -> list[DataFile]:
        """The data files of the current snapshot, of some partitions only if asked (None among them: the null one)."""

    @abstractmethod
    def scan(self, ref: TableRef) -> Iterator[Any]:
        """Read a table whose files may not be read directly (foreign deletes or renames), as Arrow record batches.

        The first batch is there even without rows, so that the schema is known.
        """

    @abstractmethod
    def commit(self, ref: TableRef, change: Change) -> Snapshot:
        """Publish files in one snapshot and expire old snapshots as configured.

        Raises:
            CommitConflictError: The table is no longer at `change.base`: compute again and retry.
        """

    @abstractmethod
    def lock(self, ref: TableRef) -> Any:
        """A context manager: one writer of this table at a time on this machine (or nothing, where commits suffice)."""

    @abstractmethod
    def raw_partitions(self, ref: TableRef) -> dict[str, str]:
        """The registered partitions of a raw table: value → location."""

    @abstractmethod
    def add_raw_partition(
        self, ref: TableRef, field_name: str, value: str, location: str, shape: RawShape | None = None
    ) -> None:
        """Register a partition of a raw table, creating the table's entry on first use (idempotent).

        Args:
            ref: The table.
            field_name: What it is partitioned by.
            value: The partition.
            location: Its folder.
            shape: How its files are written, where others read them by the catalogue.
        """

    @abstractmethod
    def drop_raw_partition(self, ref: TableRef, value: str) -> None:
        """Forget a partition of a raw table (idempotent)."""

    @abstractmethod
    def raw_tables(self) -> list[TableRef]:
        """The raw tables that have partitions."""
