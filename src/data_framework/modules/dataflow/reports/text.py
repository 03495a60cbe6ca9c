"""Values as the text of a report: ISO dates, decimals at their scale, shortest floats, true and false."""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")

Cells = list[str]


def as_text(value: Any) -> str:
    """A value as a cell of a CSV, "" for null.

    Example:
        >>> as_text(Decimal("1.50")), as_text(True), as_text(None), as_text(date(2026, 3, 5))
        ('1.50', 'true', '', '2026-03-05')
    """
    if value is None:
        return ""
    return _TEXTS.get(type(value), _other)(value)


def as_json(value: Any) -> str:
    """A value as JSON: numbers as numbers at their scale, dates as ISO text, NaN and infinities as null."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return "null"
    if isinstance(value, dict):
        inside = (f"{json.dumps(str(name), ensure_ascii=False)}: {as_json(one)}" for name, one in value.items())
        return "{" + ", ".join(inside) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(as_json(one) for one in value) + "]"
    if isinstance(value, bool | int | float | Decimal):
        return as_text(value)
    return json.dumps(as_text(value), ensure_ascii=False)


def _moment(value: datetime) -> str:
    text = value.replace(tzinfo=None).isoformat()
    if value.microsecond:
        text = text.rstrip("0")
    return text if value.tzinfo is None else f"{text}Z"


def _other(value: Any) -> str:
    return as_json(value) if isinstance(value, list | tuple | dict) else str(value)


_TEXTS: dict[type, Callable[[Any], str]] = {
    str: str, bool: lambda value: "true" if value else "false", int: str, float: repr,
    Decimal: lambda value: f"{value:f}", datetime: _moment, date: date.isoformat, time: time.isoformat,
    timedelta: str, bytes: lambda value: base64.b64encode(value).decode("ascii"),
}  # fmt: skip


@dataclass
class CsvText:
    """Rows as the lines of a CSV.

    Attributes:
        delimiter: Between cells.
        index: Whether the first cell numbers the rows from 0.
        escape: Whether text that a spreadsheet would run gets a leading apostrophe.
        escaped: How many cells got one.
    """

    delimiter: str
    index: bool
    escape: bool
    escaped: int = 0
    rows: int = 0
    _special: re.Pattern[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._special = re.compile(f'[{re.escape(self.delimiter)}"\r\n]')

    def header(self, names: Iterable[str]) -> str:
        """The first line."""
        return self._line([*([""] if self.index else []), *(self._quoted(name) for name in names)])

    def lines(self, columns: list[list[Any]]) -> Iterator[str]:
        """The lines of a batch, given by columns."""
        cells = [self._cells(column) for column in columns]
        for row in zip(*cells, strict=True):
            numbered = [str(self.rows), *row] if self.index else list(row)
            self.rows += 1
            yield self._line(numbered)

    def _cells(self, values: list[Any]) -> Cells:
        return [self._text(value) if type(value) is str else self._quoted(as_text(value)) if value is not None else ""
                for value in values]  # fmt: skip

    def _text(self, value: str) -> str:
        if self.escape and value.startswith(_FORMULA) and not _NUMBER.fullmatch(value):
            self.escaped += 1
            value = f"'{value}"
        return self._quoted(value) if value else '""'

    def _quoted(self, text: str) -> str:
        return '"' + text.replace('"', '""') + '"' if self._special.search(text) else text

    def _line(self, cells: list[str]) -> str:
        # a lone empty cell would be a blank line, which readers skip
        return (self.delimiter.join(cells) if len(cells) > 1 or cells[0] else '""') + "\n"


def replaced(chunks: Iterable[str], old: str, new: str) -> Iterator[str]:
    """Replace every occurrence in a stream of text, also where it spans two chunks.

    Example:
        >>> "".join(replaced(["a|", "|b"], "||", ";"))
        'a;b'
    """
    kept = ""
    for chunk in chunks:
        kept += chunk
        parts, position = [], 0
        while (found := kept.find(old, position)) >= 0:
            parts += [kept[position:found], new]
            position = found + len(old)
        end = max(position, len(kept) - len(old) + 1)
        yield "".join([*parts, kept[position:end]])
        kept = kept[end:]
    yield kept
