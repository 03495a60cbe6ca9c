"""The CSV Athena answers in: every value quoted, null nothing at all, which other readers cannot tell apart."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_CELL = re.compile(r'(?:"((?:[^"]|"")*)")?(?:,|$)')


def records(lines: Iterable[str]) -> Iterator[dict[str, str | None]]:
    r"""Rows by the names in the first one; null is None, empty text empty text.

    Example:
        >>> list(records(['"a","b"\n', '"1 ""x"" 2",\n', '"",","\n']))
        [{'a': '1 "x" 2', 'b': None}, {'a': '', 'b': ','}]
    """
    rows = _rows(lines)
    names = [str(cell) for cell in next(rows, [])]
    for cells in rows:
        yield dict(zip(names, cells, strict=True))


def _rows(lines: Iterable[str]) -> Iterator[list[str | None]]:
    parts: list[str] = []
    quotes = 0
    for line in lines:
        parts.append(line)
        quotes += line.count('"')
        if quotes % 2 == 0:
            yield _cells("".join(parts).rstrip("\r\n"))
            parts, quotes = [], 0


def _cells(record: str) -> list[str | None]:
    cells: list[str | None] = []
    for found in _CELL.finditer(record):
        cells.append(None if found[1] is None else found[1].replace('""', '"'))
        if not found[0].endswith(","):
            break
    return cells
