"""The rows of a raw table's files in force, as text, each file read with its own dialect and united by name."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from data_framework.modules.data_process.files.csv_blocks import batches as csv_batches
from data_framework.modules.data_process.files.csv_dialect import CsvDialect
from data_framework.modules.data_process.files.limits import FileLimits

if TYPE_CHECKING:
    from data_framework.modules.state import Delivery
    from data_framework.modules.storage import StorageInterface

_JSON_ROWS = 5_000


@dataclass(frozen=True)
class _Member:
    """One file: its key in raw, format, dialect, and its columns by normalised name."""

    key: str
    format: str
    dialect: Mapping[str, Any]
    columns: Mapping[str, str]


class RawRows:
    """Reads deliveries in force, in the order they are given.

    Attributes:
        columns: The normalised names of all their columns, in order of appearance.
        delivered: The same as they were delivered first.
        members: How many files are read.
        left_out: Rows that are broken or that the policy for ragged rows sets aside, counted while `batches` reads.
    """

    def __init__(self, storage: StorageInterface, deliveries: Iterable[Delivery], limits: FileLimits) -> None:
        self._storage, self._limits = storage, limits
        self._members = [member for delivery in deliveries for member in _members(delivery)]
        names: dict[str, str] = {}
        for member in self._members:
            names |= {plain: shown for plain, shown in member.columns.items() if plain not in names}
        self.columns, self.delivered = tuple(names), tuple(names.values())
        self.members = len(self._members)
        self.left_out = 0

    @property
    def schema(self) -> Any:
        """The Arrow schema: text in every column."""
        import pyarrow

        return pyarrow.schema([(name, pyarrow.string()) for name in self.columns])

    def batches(self) -> Iterator[Any]:
        """Read every row as Arrow record batches."""
        import pyarrow
        import pyarrow.compute

        schema = self.schema
        self.left_out = 0
        for member in self._members:
            with self._storage.open_read("raw", member.key) as stream:
                for batch in self._read(member, stream):
                    whole = batch
                    if "_fault" in batch.schema.names:
                        whole = batch.filter(pyarrow.compute.is_null(batch.column("_fault")))
                        self.left_out += batch.num_rows - whole.num_rows
                    empty = pyarrow.nulls(whole.num_rows, pyarrow.string())
                    cells = [whole.column(name) if name in member.columns else empty for name in self.columns]
                    yield pyarrow.RecordBatch.from_arrays(cells, schema=schema)

    def _read(self, member: _Member, stream: Any) -> Iterator[Any]:
        if member.format == "csv":
            yield from csv_batches(stream, CsvDialect.from_dict(member.dialect), list(member.columns), self._limits)
        elif member.format == "parquet":
            yield from _parquet_batches(stream, list(member.columns))
        else:
            yield from _json_batches(stream, member)


def _members(delivery: Delivery) -> Iterator[_Member]:
    reader = delivery.reader
    for key, member in zip(delivery.raw_keys, reader["members"], strict=True):
        plain = list(member["columns"].values())
        shown = member.get("names") or list(member["columns"])
        yield _Member(key, reader["format"], member["dialect"], dict(zip(plain, shown, strict=True)))


def _parquet_batches(stream: Any, names: list[str]) -> Iterator[Any]:
    """Raw Parquet holds text only, under the delivered names and in the order of the columns."""
    import pyarrow
    from pyarrow import parquet

    with parquet.ParquetFile(stream) as held:
        for batch in held.iter_batches(use_threads=False):
            yield pyarrow.RecordBatch.from_arrays(batch.columns, names=names)


def _json_batches(stream: Any, member: _Member) -> Iterator[Any]:
    """Raw JSON Lines hold text only: what was nested is JSON text already."""
    import pyarrow

    rows: list[dict[str, Any]] = []
    for line in stream:
        rows.append(json.loads(line))
        if len(rows) >= _JSON_ROWS:
            yield _batch(pyarrow, rows, member)
            rows = []
    yield _batch(pyarrow, rows, member)


def _batch(pyarrow: Any, rows: list[dict[str, Any]], member: _Member) -> Any:
    text = pyarrow.string()
    cells = [pyarrow.array([row.get(shown) for row in rows], text) for shown in member.columns.values()]
    return pyarrow.RecordBatch.from_arrays(cells, names=list(member.columns))
