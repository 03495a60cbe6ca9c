"""Records of XML that a pattern proves to be plain: cut out of the document before it is parsed, many at a time.

A plain record has no attributes, and its children have neither attributes nor children of their own nor entities in
their text. Its shape, the names of its children in their order, is learned from a record that was parsed. Where one
record ends the next may begin, so what fits a shape there is a record too, and a document is as well formed without it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from data_framework.modules.data_process.files.plain_texts import FEW, Fitting, PlainTexts, Rest

_SHAPES = 16
_RECORD = 1024 * 1024
_RUN = 8  # records in a run, on the average, from which on it pays
_PATTERN = 200_000  # characters: some thousand children
_BLANK = "[ \t\n]*"
_TEXT = "[^<>&\\x00-\\x08\\x0b-\\x1f\\x{fffe}\\x{ffff}]*"
_EMPTY = ("<([^<>/ \t\n]+)[ \t\n]*/>", r"<\1></\1>")
Run = tuple[bytes, Any | None]


class PlainRecords:
    """Knows the shapes of a document's records.

    Attributes:
        end: The end tag of a record, b"" until a shape is known.
        spaces: The namespaces the names of its shapes are to be read with.
    """

    def __init__(self) -> None:
        self.end = b""
        self.spaces: Mapping[str | None, str] = {}
        self._tag = ""
        self._shapes: list[dict[str, str]] = []
        self._patterns: list[str] = []
        self._rest = Rest()

    @property
    def full(self) -> bool:
        """Whether no more shapes are taken."""
        return len(self._shapes) >= _SHAPES

    def learn(self, element: Any, cells: Mapping[str, str | None]) -> None:
        """Take over the shape of a parsed record with these cells, if it is plain."""
        children, spaces = element[:], surroundings(element)
        if len(cells) != len(children) or not children or element.keys() or any(map(_holds, children)):
            return
        if (
            spaces is None
            or any(one.nsmap != spaces for one in (element, *children))
            or (self._shapes and spaces != self.spaces)
        ):
            return
        tag, shape = _written(element), dict(zip(map(_written, children), cells, strict=True))
        inside = "".join(f"<{re.escape(name)}>{_TEXT}</{re.escape(name)}>{_BLANK}" for name in shape)
        if shape in self._shapes or self._tag not in {"", tag} or len(inside) > _PATTERN:
            return
        self._tag, self.end, self.spaces = tag, f"</{tag}>".encode(), spaces
        self._shapes.append(shape)
        self._patterns.append(rf"\A{_BLANK}<{re.escape(tag)}>{_BLANK}{inside}\z")

    def runs(self, block: bytes) -> Iterator[Run]:
        """Runs of records, if a record may begin where the block does, which ends with an end tag.

        Each is its bytes, and its columns or None where it must be parsed.
        """
        import pyarrow
        from pyarrow import compute

        if self._rest.resting():
            yield block, None
            return
        try:
            text = pyarrow.array([block[: -len(self.end)]], pyarrow.binary()).cast(pyarrow.string())
        except pyarrow.ArrowInvalid:  # no UTF-8: parsing says so
            yield block, None
            return
        pieces = compute.split_pattern(text, self.end.decode()).flatten()
        plain = PlainTexts(pieces, _RECORD, _EMPTY)
        plain.fit(dict(enumerate(self._patterns)))
        columns = self._columns(plain.fitting)
        if columns is not None and not len(plain.left):
            yield block, columns
            return
        left = compute.is_in(pyarrow.array(range(len(pieces)), pyarrow.int32()), plain.left_places)
        lengths = [(fits, len(list(group))) for fits, group in groupby(compute.invert(left).to_pylist())]
        short = len(lengths) * _RUN > len(pieces) > FEW
        if self._rest.needed(plain, short) or columns is None:
            yield block, None
            return
        start = done = 0
        for fits, count in lengths:
            some = self.end.join(pieces.slice(start, count).cast(pyarrow.binary()).to_pylist()) + self.end
            yield some, columns.slice(done, count) if fits else None
            start, done = start + count, done + count * fits

    def _columns(self, fitting: list[Fitting]) -> Any | None:
        """The columns of what fits, in the order of the records; None of nothing."""
        import pyarrow
        from pyarrow import compute

        if len(fitting) <= 1:
            return self._batch(fitting[0]) if fitting else None
        parts = [self._batch(one) for one in fitting]
        order = compute.sort_indices(pyarrow.concat_arrays([one.places for one in fitting]))
        columns = {}
        for name in dict.fromkeys(name for part in parts for name in part.schema.names):
            cells = [part.column(name) if name in part.schema.names else pyarrow.nulls(len(part), pyarrow.string())
                     for part in parts]  # fmt: skip
            columns[name] = pyarrow.concat_arrays(cells).take(order)
        return pyarrow.RecordBatch.from_pydict(columns)

    def _batch(self, fitting: Fitting) -> Any:
        """The columns of records of one shape: between `<`s each has as many pieces, every other one with a value."""
        import pyarrow
        from pyarrow import compute

        shape = self._shapes[fitting.pattern[0].as_py()]
        pieces = compute.split_pattern(fitting.texts, "<")
        columns = []
        for number, name in enumerate(shape):
            cells = compute.utf8_slice_codeunits(compute.list_element(pieces, 2 + 2 * number), len(name) + 1)
            columns.append(compute.if_else(compute.equal(cells, ""), None, cells))
        return pyarrow.RecordBatch.from_arrays(columns, names=list(shape.values()))


def surroundings(record: Any) -> Mapping[str | None, str] | None:
    """The namespaces where a record stands, None of one that is the root."""
    parent = record.getparent()
    return None if parent is None else parent.nsmap


def _holds(element: Any) -> bool:
    return bool(len(element) or element.keys())


def _written(element: Any) -> str:
    """The name of an element as it is written."""
    local = str(element.tag).rpartition("}")[2]
    return f"{element.prefix}:{local}" if element.prefix else local
