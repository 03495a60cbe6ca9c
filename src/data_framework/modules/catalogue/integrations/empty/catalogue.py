"""A catalogue without tables: rows are staged and judged, nothing is ever published, and no Iceberg is loaded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any, NoReturn

from typing_extensions import override

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
from data_framework.modules.exception import TableNotFoundError
from data_framework.modules.utils.data_types import DataType, parse_type

_STORED: Mapping[str, str] = {"tinyint": "int", "smallint": "int"}


class EmptyCatalogue(CatalogueInterface):
    """What judges a file once needs of a catalogue: a folder to stage files in, and the shape they are staged with.

    Args:
        root: The folder of staged files.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    # tables ---------------------------------------------------------------------------------------------------------
    @override
    def tables(self, layer: str | None = None) -> list[TableRef]:
        return []

    @override
    def exists(self, ref: TableRef) -> bool:
        return False

    @override
    def find(self, database: str, table: str) -> TableRef | None:
        return None

    @override
    def schema(self, ref: TableRef) -> TableSchema:
        _absent(ref)

    @override
    def reserve(self, ref: TableRef, schema: TableSchema) -> TableSchema:
        ids, columns, found = count(1), [], dict[str, int]()
        for column in schema.columns:
            stored = _stored(parse_type(column.type))
            _number(column.name, stored, ids, found)
            columns.append(replace(column, type=str(stored), field_id=found[column.name]))
        return replace(schema, columns=tuple(columns), field_ids=found)

    @override
    def create(self, ref: TableRef, schema: TableSchema) -> TableSchema:
        _absent(ref)

    @override
    def evolve(self, ref: TableRef, schema: TableSchema) -> TableSchema:
        _absent(ref)

    @override
    def changes(self, ref: TableRef, schema: TableSchema) -> list[SchemaChange]:
        _absent(ref)

    @override
    def drop(self, ref: TableRef) -> None:
        return

    # files ----------------------------------------------------------------------------------------------------------
    @override
    def data_location(self, ref: TableRef) -> str:
        folder = self._root / ref.layer / ref.database / ref.table
        folder.mkdir(parents=True, exist_ok=True)
        return str(folder)

    @override
    def staged_files(self, ref: TableRef, prefix: str) -> list[str]:
        return [str(path) for path in Path(self.data_location(ref)).rglob(f"{prefix}*")]

    @override
    def discard_files(self, paths: Iterable[str]) -> None:
        for path in paths:
            Path(path).unlink(missing_ok=True)

    @override
    def orphans(self, ref: TableRef, before: float) -> list[str]:
        _absent(ref)

    @override
    def expire_snapshots(self, ref: TableRef, keep: int) -> int:
        _absent(ref)

    @override
    def filesystem(self) -> Any | None:
        return None

    # snapshots ------------------------------------------------------------------------------------------------------
    @override
    def snapshot(self, ref: TableRef) -> Snapshot | None:
        _absent(ref)

    @override
    def history(self, ref: TableRef, limit: int = 50) -> list[Snapshot]:
        _absent(ref)

    @override
    def files(self, ref: TableRef, partitions: Sequence[str | None] | None = None) -> list[DataFile]:
        _absent(ref)

    @override
    def scan(self, ref: TableRef) -> Iterator[Any]:
        _absent(ref)

    @override
    def commit(self, ref: TableRef, change: Change) -> Snapshot:
        _absent(ref)

    @override
    def lock(self, ref: TableRef) -> Any:
        return nullcontext()

    # raw tables -----------------------------------------------------------------------------------------------------
    @override
    def raw_partitions(self, ref: TableRef) -> dict[str, str]:
        return {}

    @override
    def add_raw_partition(
        self, ref: TableRef, field_name: str, value: str, location: str, shape: RawShape | None = None
    ) -> None:
        _absent(ref)

    @override
    def drop_raw_partition(self, ref: TableRef, value: str) -> None:
        return

    @override
    def raw_tables(self) -> list[TableRef]:
        return []


def _absent(ref: TableRef) -> NoReturn:
    alone = "A file that is checked alone has no tables beside it."
    raise TableNotFoundError(table=str(ref), place=f"layer {ref.layer!r}", suggestion=alone)


def _stored(kind: DataType) -> DataType:
    """The type of a column once it is in a file: as Iceberg has it."""
    fields = tuple((name, _stored(inner)) for name, inner in kind.fields)
    return replace(kind, kind=_STORED.get(kind.kind, kind.kind), fields=fields)


def _number(path: str, kind: DataType, ids: Iterator[int], found: dict[str, int]) -> None:
    found[path] = next(ids)
    for name, inner in kind.fields:
        _number(f"{path}.{name}", inner, ids, found)
