"""What the cells of one column have in common, cell by cell."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

_NUMBER = re.compile(r"[+-]?(\d+)(?:\.(\d+))?")
_FLOAT = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_DATES = ("%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%d-%m-%Y", "%m-%d-%Y", "%d.%m.%Y", "%Y%m%d")
_TIMES = ("%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S", "%d.%m.%Y %H:%M:%S",
          "%Y/%m/%d %H:%M:%S", "%d-%m-%Y %H:%M:%S")  # fmt: skip
_NULL_WORDS = frozenset({"NA", "N/A", "#N/A", "NULL", "null", "None", "nan", "NaN", "-", "?"})
ENOUGH = 20  # fewer rows say nothing about keys and nulls
_KINDS = ("boolean", "integer", "decimal", "double", "date", "timestamp")


@dataclass
class InferredColumn:
    """The types and formats that are still possible.

    Attributes:
        filled, nulls: Cells with and without a value.
        words: Texts among them that may mean null.
    """

    filled: int = 0
    nulls: int = 0
    words: set[str] = field(default_factory=set)
    _whole: int = 1
    _scale: int = 0
    _open: set[str] = field(default_factory=lambda: set(_KINDS))
    _formats: set[str] = field(default_factory=lambda: {*_DATES, *_TIMES})

    @property
    def may_be_key(self) -> bool:
        """Whether its type is one that keys have."""
        kind = self.proposal()["type"]
        return kind in {"string", "int", "bigint", "date"} or kind.endswith(",0)")

    def see(self, cell: str | None, count: int = 1) -> None:
        """Take a cell that occurs so often."""
        text = (cell or "").strip()
        if not text:
            self.nulls += count
            return
        if text in _NULL_WORDS:
            self.words.add(text)
            return
        self.filled += count
        for kind in tuple(self._open):
            if not _FITS[kind](text):
                self._open.discard(kind)
        if "decimal" in self._open and (number := _NUMBER.fullmatch(text)):
            self._whole = max(self._whole, len(number[1]))
            self._scale = max(self._scale, len(number[2] or ""))
        if self._formats:
            self._formats = {form for form in self._formats if _reads(text, form)}

    def proposal(self) -> dict[str, Any]:
        """Type, format (only when no other fits as well), texts that mean null, and whether it is ever null."""
        found = self._typed()
        if self.words and found["type"] != "string":
            return {**found, "null_values": sorted(self.words)}
        never_null = self.filled >= ENOUGH and not self.nulls
        return {**found, "nullable": False} if never_null else found

    def _typed(self) -> dict[str, Any]:
        if not self.filled:
            return {"type": "string"}
        for kind in _KINDS:
            if kind in self._open and (kind != "decimal" or self._whole + self._scale <= 38):
                return {"type": self._named(kind)}
        if len(self._formats) == 1:
            form = next(iter(self._formats))
            return {"type": "timestamp" if "%H" in form else "date", "formats": [form]}
        return {"type": "string"}

    def _named(self, kind: str) -> str:
        if kind == "integer":
            return "int" if self._whole < 10 else "bigint" if self._whole < 19 else f"decimal({min(self._whole, 38)},0)"
        if kind == "decimal":
            return f"decimal({min(38, max(self._whole + self._scale + 2, 10))},{self._scale})"
        return kind


def _integer(text: str) -> bool:
    number = _NUMBER.fullmatch(text)
    return number is not None and not number[2] and not _padded(number[1])


def _decimal(text: str) -> bool:
    number = _NUMBER.fullmatch(text)
    return number is not None and not _padded(number[1])


def _double(text: str) -> bool:
    number = _FLOAT.fullmatch(text)
    return number is not None and not _padded(number[1].partition(".")[0])


def _padded(digits: str) -> bool:
    return len(digits) > 1 and digits.startswith("0")


def _parsed(read: Callable[[str], Any], text: str) -> bool:
    try:
        read(text)
    except ValueError:
        return False
    return True


def _reads(text: str, form: str) -> bool:
    return _parsed(lambda cell: datetime.strptime(cell, form), text)


_FITS: Mapping[str, Callable[[str], bool]] = MappingProxyType({
    "boolean": lambda text: text.lower() in {"true", "false"},
    "integer": _integer,
    "decimal": _decimal,
    "double": _double,
    "date": lambda text: len(text) == 10 and _parsed(date.fromisoformat, text),
    "timestamp": lambda text: len(text) >= 16 and _parsed(datetime.fromisoformat, text),
})  # fmt: skip
