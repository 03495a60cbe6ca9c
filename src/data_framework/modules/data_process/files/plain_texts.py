"""Texts sorted by the pattern they fit, many at a time: how lines of JSON and records of XML are taken unparsed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

FEW = 100  # texts that prove nothing about the file
_REST = 16


class Fitting(NamedTuple):
    """Texts that fit one pattern: their places among all, themselves, and the number of the pattern."""

    places: Any
    texts: Any
    pattern: Any


class PlainTexts:
    """Some texts: those that fit a pattern, as they are or mended, and those that are left.

    Args:
        texts: An Arrow array of text.
        most: The most bytes of a text that may fit.
        mend: A pattern and what is put in its place in texts that do not fit as they are.

    Attributes:
        fitting: What fits, by pattern.
    """

    def __init__(self, texts: Any, most: int, mend: tuple[str, str]) -> None:
        import pyarrow

        self._most, self._mend = most, mend
        places = pyarrow.array(range(len(texts)), pyarrow.int32())
        self._left = pyarrow.RecordBatch.from_arrays([places, texts], names=["place", "text"])
        self.fitting: list[Fitting] = []

    @property
    def left(self) -> Any:
        """The texts that fit no pattern so far, an Arrow array."""
        return self._left.column("text")

    @property
    def left_places(self) -> Any:
        """Their places."""
        return self._left.column("place")

    def fit(self, patterns: Mapping[int, str]) -> None:
        """Take the texts that fit one of some patterns, by number."""
        from pyarrow import compute

        for number, pattern in patterns.items():
            self._fit(number, pattern, "text")
        if patterns and self._left.num_rows and "mended" not in self._left.schema.names:
            wrong, right = self._mend
            self._left = self._left.append_column("mended", compute.replace_substring_regex(self.left, wrong, right))
        for number, pattern in patterns.items():
            self._fit(number, pattern, "mended")

    def _fit(self, number: int, pattern: str, name: str) -> None:
        import pyarrow
        from pyarrow import compute

        left = self._left
        if not left.num_rows:
            return
        texts, places = left.column(name), left.column("place")
        short = compute.less_equal(compute.binary_length(texts), self._most)
        fits = compute.and_(compute.match_substring_regex(texts, pattern), short)
        count = fits.true_count
        if count < left.num_rows:
            texts, places = texts.filter(fits), places.filter(fits)
        if count:
            self.fitting.append(Fitting(places, texts, pyarrow.repeat(pyarrow.scalar(number, pyarrow.int32()), count)))
            self._left = left.filter(compute.invert(fits))


class Rest:
    """Lets a file alone for a while where looking for plain texts does not pay: most must be parsed anyway."""

    def __init__(self) -> None:
        self._left = 0

    def resting(self) -> bool:
        """Whether the next texts are not to be looked at."""
        self._left -= 1
        return self._left >= 0

    def needed(self, plain: PlainTexts, wanted: bool = False) -> bool:
        """Whether it rests from now on: most of many texts fit nothing, or it is wanted."""
        fitting = sum(len(one.places) for one in plain.fitting)
        if wanted or (len(plain.left) > fitting and len(plain.left) + fitting > FEW):
            self._left = _REST
            return True
        return False
