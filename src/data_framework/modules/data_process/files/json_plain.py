"""Lines of JSON that a pattern proves to be plain objects: taken as they are, many at a time, without parsing them.

A shape is the keys of an object in their order, learned from a line that was parsed. A line of a known shape whose
values are texts and nulls is what raw holds already; numbers and words are put in quotes first. What was quoted inside
a text by mistake ends that text before a digit or a letter, and then no pattern fits: the line is left to be parsed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from data_framework.modules.data_process.files.limits import FileLimits
from data_framework.modules.data_process.files.plain_texts import PlainTexts, Rest

_SHAPES = 16
_PATTERN = 200_000  # characters: about a thousand keys
_BLANK = "[ \t]*"
_HEX = "[0-9A-Fa-f]"
_TEXT = (
    r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]'
    rf"|u(?:[0-9A-CE-Fa-ce-f]{_HEX}{{3}}|[Dd][0-7]{_HEX}{{2}}|[Dd][89ABab]{_HEX}{{2}}\\u[Dd][C-Fc-f]{_HEX}{{2}})))*"
    '"'
)
_BARE = (
    rf'("{_BLANK}:{_BLANK})(-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?|true|false)'
    rf"({_BLANK}[,}}])"
)  # fmt: skip
Parse = Callable[[str], Mapping[str, Any] | None]
Taken = tuple[Sequence[str], Sequence[int | None]]


class PlainLines:
    """Knows the shapes of a file's lines.

    Args:
        parse: Parses a line, None where it is no object; asked for a few of those that fit no shape yet.
        limits: Limits of the platform.

    Attributes:
        shapes: The keys of each known shape, in the order they were learned.
    """

    def __init__(self, parse: Parse, limits: FileLimits) -> None:
        self._parse, self._limits = parse, limits
        self.shapes: list[tuple[str, ...]] = []
        self._patterns: list[str] = []
        self._rest = Rest()

    def take(self, lines: Sequence[str]) -> Taken:
        """The text of each line as raw holds it, and the number of its shape; None: it must be parsed.

        The first line of a shape comes before the others of it, so keys appear in the order of the lines.
        """
        import pyarrow

        if self._rest.resting():
            return lines, [None] * len(lines)
        try:
            texts = pyarrow.array(lines, pyarrow.string())
        except UnicodeEncodeError:  # half of a surrogate pair: parsing says so
            return lines, [None] * len(lines)
        plain = PlainTexts(texts, self._limits.cell_bytes, (_BARE, r'\1"\2"\3'))
        plain.fit(dict(enumerate(self._patterns)))
        passed = 0
        while len(self.shapes) < _SHAPES and passed < min(_SHAPES, len(plain.left)):
            place = plain.left_places[passed]
            if self._learn(plain.left[passed].as_py()):
                plain.fit({len(self.shapes) - 1: self._patterns[-1]})
            passed += passed < len(plain.left) and plain.left_places[passed] == place
        self._rest.needed(plain)
        return _in_order(plain)

    def _learn(self, line: str) -> bool:
        """Take over the shape of a line, if it is an object without nested values."""
        record = self._parse(line)
        if not record or len(record) > self._limits.columns or tuple(record) in self.shapes:
            return False
        if any(isinstance(value, dict | list) for value in record.values()):
            return False
        cell = f"{_BLANK}:{_BLANK}(?:{_TEXT}|null){_BLANK}"
        cells = f",{_BLANK}".join(re.escape(json.dumps(key, ensure_ascii=False)) + cell for key in record)
        if len(cells) > _PATTERN:
            return False
        self.shapes.append(tuple(record))
        self._patterns.append(rf"\A{_BLANK}\{{{_BLANK}{cells}\}}{_BLANK}\r?\z")
        return True


def _in_order(plain: PlainTexts) -> Taken:
    """Texts and shapes in the order of the lines."""
    import pyarrow
    from pyarrow import compute

    rest = (plain.left_places, plain.left, pyarrow.nulls(len(plain.left), pyarrow.int32()))
    places, texts, shapes = map(pyarrow.concat_arrays, zip(*plain.fitting, rest, strict=True))
    if len(plain.fitting) > 1 or len(plain.left):
        order = compute.sort_indices(places)
        texts, shapes = texts.take(order), shapes.take(order)
    return compute.utf8_rtrim(texts, "\r").to_pylist(), shapes.to_pylist()
