"""Java's patterns of dates (`dd/MM/yyyy HH:mm`), as strftime codes and as the regex of the texts they accept."""

from __future__ import annotations

import re

_TOKEN = re.compile(r"'(?P<quoted>(?:[^']|'')*)'|(?P<letters>(?P<letter>[A-Za-z])(?P=letter)*)|(?P<other>.)", re.DOTALL)
_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_WEEKDAYS = "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday"
_TWO, _ONE = "[0-9]{2}", "[0-9]{1,2}"

#: Letters → strftime code, regex of the texts they accept.
LETTERS = {
    "yyyy": ("%Y", "[0-9]{4}"), "y": ("%Y", "[0-9]{4}"), "yy": ("%y", _TWO),
    "MM": ("%m", _TWO), "M": ("%-m", _ONE),
    "MMM": ("%b", "|".join(name[:3] for name in _MONTHS.split("|"))), "MMMM": ("%B", _MONTHS),
    "dd": ("%d", _TWO), "d": ("%-d", _ONE),
    "HH": ("%H", _TWO), "H": ("%-H", _ONE), "hh": ("%I", _TWO), "h": ("%-I", _ONE),
    "mm": ("%M", _TWO), "m": ("%-M", _ONE), "ss": ("%S", _TWO), "s": ("%-S", _ONE),
    "SSS": ("%g", "[0-9]{3}"), "SSSSSS": ("%f", "[0-9]{6}"), "a": ("%p", "AM|PM"),
    "E": ("%a", ""), "EE": ("%a", ""), "EEE": ("%a", ""), "EEEE": ("%A", ""), "D": ("%-j", ""), "DDD": ("%j", ""),
}  # fmt: skip


def codes(pattern: str) -> str:
    """The strftime format of a Java pattern.

    Raises:
        ValueError: A letter of it is not known.

    Example:
        >>> codes("dd/MM/yyyy'T'HH:mm")
        '%d/%m/%YT%H:%M'
    """
    return "".join(_code(match) for match in _TOKEN.finditer(pattern))


def parsing_codes(pattern: str) -> str:
    """The strptime format of a Java pattern (numbers without the mark of no padding)."""
    return codes(pattern).replace("%-", "%")


def accepted(pattern: str) -> str:
    """The regex of the texts a Java pattern accepts when it is read.

    Raises:
        ValueError: A letter of it is not known, or cannot be read (names of weekdays).
    """
    return rf"\A{''.join(_regex(match) for match in _TOKEN.finditer(pattern))}\z"


def _code(match: re.Match[str]) -> str:
    if match["letters"]:
        return _letters(match["letters"])[0]
    return _plain(match).replace("%", "%%")


def _regex(match: re.Match[str]) -> str:
    if not match["letters"]:
        return re.escape(_plain(match))
    regex = _letters(match["letters"])[1]
    if not regex:
        raise ValueError(f"the letters {match['letters']!r} cannot be read from text")
    return f"({regex})"


def _plain(match: re.Match[str]) -> str:
    if match["other"] is not None:
        return match["other"]
    return match["quoted"].replace("''", "'") or "'"


def _letters(letters: str) -> tuple[str, str]:
    if letters not in LETTERS:
        raise ValueError(f"the letters {letters!r} are not known; those of the dialect are {' '.join(sorted(LETTERS))}")
    return LETTERS[letters]
