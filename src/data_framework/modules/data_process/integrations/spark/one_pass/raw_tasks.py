"""Raw files read inside tasks by the exact readers, a file a task, as Arrow batches: every option, fault and line.

Nothing of Spark is imported here: this is what its Python workers run.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from data_framework.modules.aws import AwsClients, AwsSettings
from data_framework.modules.data_process.files.csv_blocks import batches
from data_framework.modules.data_process.files.csv_dialect import CsvDialect
from data_framework.modules.data_process.files.csv_reader import sound_batch
from data_framework.modules.data_process.files.limits import FileLimits
from data_framework.modules.data_process.plan.model import RawFile

_JSON_ROWS = 5_000
_PARQUET_ROWS = 16_384
_FIXED = ("number", "record", "line", "fault", "text")


@dataclass(frozen=True)
class RawTask:
    """What a worker needs to read files by number.

    Attributes:
        files: The files.
        columns: The normalised names of all their columns.
        limits: What a file may be at most.
        aws: How buckets are reached.
    """

    files: Sequence[RawFile]
    columns: Sequence[str]
    limits: FileLimits
    aws: AwsSettings | None = None

    def __call__(self, numbers: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Read the files whose numbers come in: number, record, line, fault, text, then a column of text each."""
        for batch in numbers:
            for number in batch.column(0).to_pylist():
                yield from self._read(number)

    def _read(self, number: int) -> Iterator[pa.RecordBatch]:
        file = self.files[number]
        with opened(file.uri, self.aws) as stream:
            if file.format == "csv":
                names, dialect = list(file.columns.values()), CsvDialect.from_dict(file.dialect)
                found = batches(stream, dialect, names, self.limits)
            elif file.format == "parquet":
                found = _parquet_batches(stream)
            else:
                found = _json_batches(stream, list(file.columns))
            for batch in found:
                yield self._shaped(number, batch, file)

    def _shaped(self, number: int, batch: pa.RecordBatch, file: RawFile) -> pa.RecordBatch:
        size, own = batch.num_rows, list(file.columns.values())
        cells = [batch.column(own.index(name)) if name in own else pa.nulls(size, pa.string()) for name in self.columns]
        numbers = pa.repeat(pa.scalar(number, pa.int32()), size)
        rest = [batch.column(name) for name in ("_record", "_line", "_fault", "_text")]
        names = [*_FIXED, *(f"c{position}" for position in range(len(cells)))]
        return pa.RecordBatch.from_arrays([numbers, *rest, *cells], names=names)


def task_schema(width: int) -> str:
    """The schema of what a task answers, as Spark writes it."""
    kinds = dict(zip(_FIXED, ("int", "bigint", "bigint", "string", "string"), strict=True))
    parts = [f"{name} {kind}" for name, kind in kinds.items()] + [f"c{position} string" for position in range(width)]
    return ", ".join(parts)


def opened(uri: str, aws: AwsSettings | None = None) -> AbstractContextManager[BinaryIO]:
    """Open a file where it lies, on a disk or in a bucket."""
    if not uri.startswith("s3://"):
        return Path(uri.removeprefix("file://")).open("rb")
    from data_framework.modules.aws.s3_filesystem import S3FileSystem

    client = AwsClients(aws or AwsSettings()).client("s3")
    stream: AbstractContextManager[BinaryIO] = S3FileSystem(client, {}).open(uri, "rb")
    return stream


def _parquet_batches(stream: BinaryIO) -> Iterator[pa.RecordBatch]:
    """Text in every column, by position: a record is its place in the file."""
    start = 1
    for batch in pq.ParquetFile(stream).iter_batches(_PARQUET_ROWS):
        cells = [column.cast(pa.string()) for column in batch.columns]
        yield sound_batch(cells, batch.schema.names, batch.num_rows, start, start)
        start += batch.num_rows


def _json_batches(stream: BinaryIO, keys: list[str]) -> Iterator[pa.RecordBatch]:
    rows: list[dict[str, Any]] = []
    start = 1
    for line in stream:
        rows.append(json.loads(line, parse_float=_Number, parse_int=_Number))
        if len(rows) >= _JSON_ROWS:
            yield _json_batch(rows, keys, start)
            start, rows = start + len(rows), []
    yield _json_batch(rows, keys, start)


def _json_batch(rows: list[dict[str, Any]], keys: list[str], start: int) -> pa.RecordBatch:
    cells = [pa.array([_text(row.get(key)) for row in rows], pa.string()) for key in keys]
    return sound_batch(cells, [str(place) for place in range(len(cells))], len(rows), start, start)


class _Number(str):
    """A number of JSON text, digit by digit as it was written."""

    __slots__ = ()


def _text(value: Any) -> str | None:
    """A cell as text: what is nested is JSON text."""
    return None if value is None else str(value) if isinstance(value, str) else _written(value)


def _written(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ",".join(f"{_written(name)}:{_written(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_written, value)) + "]"
    return str(value) if isinstance(value, _Number) else json.dumps(value, ensure_ascii=False)
