"""Compaction with DuckDB: small files are packed into few by partition, written beside them, and exchanged."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Self

import duckdb
from typing_extensions import override

from data_framework.modules.catalogue import (
    CatalogueInterface,
    Change,
    DataFile,
    Snapshot,
    TableSchema,
    committed,
)
from data_framework.modules.config import Config, TableRef
from data_framework.modules.data_process.integrations.pandas.connection import open_connection
from data_framework.modules.data_process.integrations.pandas.field_ids import table_field_ids
from data_framework.modules.data_process.integrations.pandas.files import write_files
from data_framework.modules.data_process.integrations.pandas.one_pass.relation import relation
from data_framework.modules.data_process.integrations.pandas.sql.casts import stored_type
from data_framework.modules.data_process.interface_compaction import Compaction, CompactorInterface, SortOrder
from data_framework.modules.exception import CommitConflictError, CountMismatchError, PublishFailedError
from data_framework.modules.storage import StorageInterface
from data_framework.modules.utils.data_types import parse_type
from data_framework.modules.utils.names import quote_identifier as quoted

_FULL = 128 * 1024 * 1024
_ATTEMPTS = 3
_REMEMBERED = ("sequence-high",)


@dataclass(frozen=True)
class _Packing:
    """The table as it was found, and its small files in rounds: each round writes at most one file a partition."""

    schema: TableSchema
    rounds: list[list[DataFile]]
    outlook: Compaction

    @property
    def files(self) -> list[DataFile]:
        return [file for one in self.rounds for file in one]


class Compactor(CompactorInterface):
    """Compacts tables of one catalogue.

    Args:
        storage: Where scratch folders come from.
        catalogue: The tables.
        memory: The bytes this process may use, None for the default.
    """

    def __init__(self, storage: StorageInterface, catalogue: CatalogueInterface, memory: int | None = None) -> None:
        self._storage, self._catalogue, self._memory = storage, catalogue, memory

    @classmethod
    @override
    def of(cls, config: Config, storage: StorageInterface, catalogue: CatalogueInterface) -> Self:
        return cls(storage, catalogue, config.platform.limits.memory_bytes)

    @override
    def plan(self, ref: TableRef) -> Compaction:
        return self._packed(ref).outlook

    @override
    def compact(self, ref: TableRef, order_by: SortOrder = ()) -> Compaction:
        for _ in range(_ATTEMPTS):
            packing = self._packed(ref)
            if not packing.rounds:
                return packing.outlook
            try:
                return self._exchanged(ref, packing, order_by)
            except CommitConflictError:
                continue
            except (duckdb.Error, OSError) as error:
                raise PublishFailedError(table=str(ref), reason=str(error).split("\n\n")[0]) from error
        raise PublishFailedError(table=str(ref), reason=f"its files were replaced by others {_ATTEMPTS} times")

    @override
    def retype(self, ref: TableRef, schema: TableSchema) -> None:
        try:
            committed(self._catalogue, ref, lambda: self._retyped(ref, schema))
        except (duckdb.Error, OSError) as error:
            raise PublishFailedError(table=str(ref), reason=str(error).split("\n\n")[0]) from error
        except CommitConflictError as error:
            raise PublishFailedError(table=str(ref), reason="other writers were faster every time") from error

    def _retyped(self, ref: TableRef, schema: TableSchema) -> None:
        catalogue, snapshot = self._catalogue, self._catalogue.snapshot(ref)
        now, then, files = catalogue.schema(ref), catalogue.reserve(ref, schema), catalogue.files(ref)
        kinds = {column.name: stored_type(parse_type(column.type)) for column in then.columns}
        cells = ", ".join(f"CAST({quoted(name)} AS {kind}) AS {quoted(name)}" for name, kind in kinds.items())
        made: list[str] = []
        with self._database() as (cursor, scratch):
            rows = relation(catalogue, ref, now, files, scratch, technical=True)
            if files:
                made = write_files(catalogue, cursor, f"SELECT {cells} FROM ({rows})", ref, f"df-{uuid.uuid4().hex}",
                                   table_field_ids(then), then.partition)  # fmt: skip
        properties = {**self._remembered(ref), "maintenance": "types"}
        base = snapshot.snapshot_id if snapshot else None
        try:
            catalogue.commit(ref, Change(made, [file.path for file in files], base, properties, then))
        except CommitConflictError:
            catalogue.discard_files(made)
            raise

    def _packed(self, ref: TableRef) -> _Packing:
        schema, files = self._catalogue.schema(ref), self._catalogue.files(ref)
        if any(file.has_deletes for file in files):
            why = "another writer keeps row-level deletes beside its files: let that engine rewrite them"
            return _Packing(schema, [], Compaction(left_alone=why))
        changed = any(not (file.plain or file.missing) for file in files)
        rounds = [files] if changed else _rounds(files)  # then only the whole table can be read
        return _Packing(schema, rounds, _outlook(rounds))

    def _exchanged(self, ref: TableRef, packing: _Packing, order_by: SortOrder) -> Compaction:
        with self._written(ref, packing, order_by) as (made, size):
            old = [file.path for file in packing.files]
            if committed(self._catalogue, ref, lambda: self._commit(ref, old, made)) is None:
                raise CommitConflictError(table=str(ref), reason="a file that was read has been replaced")
            return replace(packing.outlook, files_after=len(made), bytes_after=size)

    @contextmanager
    def _written(self, ref: TableRef, packing: _Packing, order_by: SortOrder) -> Iterator[tuple[list[str], int]]:
        """The new files and their size; they are removed again when the block that commits them fails."""
        prefix, made = f"df-{uuid.uuid4().hex}", list[str]()
        try:
            with self._database() as (cursor, scratch):
                for number, files in enumerate(packing.rounds):
                    select = relation(self._catalogue, ref, packing.schema, files, scratch, technical=True)
                    made += write_files(
                        self._catalogue, cursor, select, ref, f"{prefix}-{number}",
                        table_field_ids(packing.schema), packing.schema.partition, order_by,
                    )  # fmt: skip
                size = _checked(cursor, ref, packing.outlook.rows, made)
            yield made, size
        except BaseException:
            self._catalogue.discard_files(self._catalogue.staged_files(ref, prefix))
            raise

    @contextmanager
    def _database(self) -> Iterator[tuple[duckdb.DuckDBPyConnection, str]]:
        filesystem = self._catalogue.filesystem()
        with self._storage.work_folder() as scratch, open_connection(scratch, self._memory, filesystem) as connection:
            yield connection, scratch

    def _commit(self, ref: TableRef, old: Sequence[str], made: Sequence[str]) -> Snapshot | None:
        """Exchange the files on the table as it is now: what others added meanwhile is not touched.

        None when one of the old files is no longer the table's.
        """
        current = self._catalogue.snapshot(ref)
        if not {file.path for file in self._catalogue.files(ref)}.issuperset(old):
            return None
        properties = {**self._remembered(ref), "maintenance": "compaction"}
        base = current.snapshot_id if current else None
        return self._catalogue.commit(ref, Change(made, old, base, properties))

    def _remembered(self, ref: TableRef) -> dict[str, str]:
        """What later publishes look for in the latest commits, so that one more does not push it out."""
        history = self._catalogue.history(ref, limit=100)
        dates = [found.properties.get("data-date", "") for found in history]
        known = {"data-date": max(dates, default="")}
        for name in _REMEMBERED:
            known[name] = next((found.properties[name] for found in history if name in found.properties), "")
        return {name: value for name, value in known.items() if value}


def _rounds(files: Sequence[DataFile]) -> list[list[DataFile]]:
    """Pack the small files of each partition; round n has the n-th pack of every partition that has so many."""
    partitions: dict[str | None, list[DataFile]] = defaultdict(list)
    for file in files:
        if file.size < _FULL:
            partitions[file.partition].append(file)
    rounds: dict[int, list[DataFile]] = defaultdict(list)
    for small in partitions.values():
        for number, pack in enumerate(_packs(small)):
            rounds[number] += pack
    return [rounds[number] for number in sorted(rounds)]


def _packs(files: Sequence[DataFile]) -> list[list[DataFile]]:
    """Groups of files that are about one full file together; a group of one is left as it is."""
    packs: list[list[DataFile]] = [[]]
    size = 0
    for file in files:
        if packs[-1] and size + file.size > _FULL:
            packs.append([])
            size = 0
        packs[-1].append(file)
        size += file.size
    return [pack for pack in packs if len(pack) > 1]


def _outlook(rounds: Sequence[Sequence[DataFile]]) -> Compaction:
    files = [file for one in rounds for file in one]
    after = sum(len({file.partition for file in one}) for one in rounds)
    size = sum(file.size for file in files)
    return Compaction(len(files), after, size, size, sum(file.rows for file in files))


def _checked(cursor: duckdb.DuckDBPyConnection, ref: TableRef, rows: int, made: Sequence[str]) -> int:
    """The bytes of the new files, after a look that they hold as many rows as those they replace."""
    query = "SELECT coalesce(sum(num_rows), 0), coalesce(sum(file_size_bytes), 0) FROM parquet_file_metadata(?)"
    found, size = cursor.execute(query, [list(made)]).fetchall()[0] if made else (0, 0)
    if int(found) != rows:
        detail = f"{found} rows in {len(made)} new files"
        raise CountMismatchError(table=str(ref), rows_read=rows, accounted=int(found), detail=detail)
    return int(size)
