"""What the end of a Parquet file says about it: columns, row counts, statistics.

Reads the footer's Thrift (compact protocol) itself: a commit needs nothing else of a file, and loading PyArrow for it
would cost a fifth of a second in every run.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

_MAGIC = b"PAR1"
_PHYSICAL = ("BOOLEAN", "INT32", "INT64", "INT96", "FLOAT", "DOUBLE", "BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY")
_DECIMAL, _TIMESTAMP_MICROS = 5, 10
_STRUCT = 12
# what reading bytes that mean something else than they should runs into
_DAMAGED = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RuntimeError, struct.error)


class NotParquetError(ValueError):
    """The bytes are no Parquet file."""


@dataclass(frozen=True)
class Chunk:
    """One column of one row group: values, compressed bytes, nulls and raw bounds where the writer gave them."""

    values: int
    size: int
    offset: int
    nulls: int | None
    lower: bytes | None
    upper: bytes | None


@dataclass(frozen=True)
class Leaf:
    """One leaf column of a file.

    Attributes:
        physical: The Parquet type, e.g. INT64.
        unit: micros, other (of a timestamp) or "".
        nested: Whether it lies inside another column.
    """

    path: tuple[str, ...]
    field_id: int | None
    physical: str
    precision: int
    scale: int
    unit: str
    nested: bool
    chunks: tuple[Chunk, ...]


@dataclass(frozen=True)
class Footer:
    """A file's leaf columns, rows and the offsets of its row groups."""

    rows: int
    size: int
    leaves: tuple[Leaf, ...]
    offsets: tuple[int, ...]


class SeekableFile(Protocol):
    """What is needed of an opened file."""

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a position."""

    def read(self, size: int = 0) -> bytes:
        """Read bytes."""


def read_footer(file: SeekableFile) -> Footer:
    """Read the footer of an opened Parquet file.

    Raises:
        NotParquetError: It is no Parquet file, or is cut short.
        OSError: It cannot be read.
    """
    size = file.seek(0, 2)
    if size < 12:
        raise NotParquetError("it is too short for a Parquet file")
    file.seek(size - 8)
    tail = file.read(8)
    length = struct.unpack("<I", tail[:4])[0]
    if tail[4:] != _MAGIC or length > size - 12:
        raise NotParquetError("it does not end like a Parquet file")
    file.seek(size - 8 - length)
    content = file.read(length)
    try:
        return _footer(_Thrift(content).structure(), size)
    except _DAMAGED as error:
        raise NotParquetError("its footer is damaged") from error


def _footer(metadata: Mapping[int, Any], size: int) -> Footer:
    groups: Sequence[Mapping[int, Any]] = metadata.get(4, ())
    columns = [[_chunk(column[3]) for column in group[1]] for group in groups]
    leaves = tuple(
        _leaf(path, element, tuple(group[position] for group in columns))
        for position, (path, element) in enumerate(_leaves(metadata[2]))
    )
    return Footer(int(metadata[3]), size, leaves, tuple(sorted(group[0].offset for group in columns if group)))


def _leaves(elements: Sequence[Mapping[int, Any]]) -> Iterator[tuple[tuple[str, ...], Mapping[int, Any]]]:
    """The leaf elements of a schema, which Parquet writes depth first."""
    queue = iter(elements[1:])

    def below(count: int, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Mapping[int, Any]]]:
        for _ in range(count):
            element = next(queue)
            here = (*path, element[4].decode())
            if element.get(5):
                yield from below(element[5], here)
            else:
                yield here, element

    return below(elements[0].get(5, 0), ())


def _leaf(path: tuple[str, ...], element: Mapping[int, Any], chunks: tuple[Chunk, ...]) -> Leaf:
    physical = _PHYSICAL[element[1]]
    precision, scale = (element.get(8, 0), element.get(7, 0)) if element.get(6) == _DECIMAL else (0, 0)
    logical = element.get(10, {})
    if 5 in logical:
        precision, scale = logical[5][2], logical[5][1]
    unit = "micros" if element.get(6) == _TIMESTAMP_MICROS else ""
    if 8 in logical:
        unit = "micros" if 2 in logical[8][2] else "other"
    return Leaf(path, element.get(9), physical, precision, scale, unit, len(path) > 1, chunks)


def _chunk(column: Mapping[int, Any]) -> Chunk:
    statistics: Mapping[int, Any] = column.get(12, {})
    start = min(column[9], column.get(11) or column[9])
    return Chunk(column[5], column[7], start, statistics.get(3), statistics.get(6), statistics.get(5))


class _Thrift:
    """A reader of Thrift's compact protocol: structures become dicts by field id."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0
        self._readers: dict[int, Callable[[], Any]] = {
            3: self._byte, 4: self._signed, 5: self._signed, 6: self._signed, 7: self._double, 8: self._binary,
            9: self._list, 10: self._list, 11: self._map, _STRUCT: self.structure,
        }  # fmt: skip

    def structure(self) -> dict[int, Any]:
        """Read one structure."""
        found: dict[int, Any] = {}
        field = 0
        while True:
            header = self._byte()
            if header == 0:
                return found
            kind = header & 15
            field = field + (header >> 4) if header >> 4 else self._signed()
            found[field] = kind == 1 if kind <= 2 else self._readers[kind]()

    def _byte(self) -> int:
        self._at += 1
        return self._content[self._at - 1]

    def _unsigned(self) -> int:
        number, shift = 0, 0
        while True:
            byte = self._byte()
            number |= (byte & 127) << shift
            if byte < 128:
                return number
            shift += 7

    def _signed(self) -> int:
        number = self._unsigned()
        return (number >> 1) ^ -(number & 1)

    def _double(self) -> float:
        self._at += 8
        return float(struct.unpack_from("<d", self._content, self._at - 8)[0])

    def _binary(self) -> bytes:
        length = self._unsigned()
        self._at += length
        if self._at > len(self._content):
            raise IndexError(self._at)
        return self._content[self._at - length : self._at]

    def _list(self) -> list[Any]:
        header = self._byte()
        count = header >> 4 if header >> 4 < 15 else self._unsigned()
        kind = header & 15
        if kind <= 2:
            return [self._byte() == 1 for _ in range(count)]
        reader = self._readers[kind]
        return [reader() for _ in range(count)]

    def _map(self) -> dict[Any, Any]:
        count = self._unsigned()
        if not count:
            return {}
        kinds = self._byte()
        key, value = self._readers[kinds >> 4], self._readers[kinds & 15]
        return {key(): value() for _ in range(count)}
