"""Dates in text: formats of strptime and of Java, translated, matched strictly and parsed without a locale.

A format with % is strptime's, any other is Java's (`java.time.format.DateTimeFormatter`). Month and day names are
English. Two-digit years follow POSIX in both: 69 to 99 are the 1900s, 00 to 68 the 2000s.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
           "november", "december")  # fmt: skip
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTH_NAMES = "|".join(_MONTHS)
_DAY_NAMES = "|".join(_DAYS)
_SHORT_MONTHS = "|".join(name[:3] for name in _MONTHS)
_SHORT_DAYS = "|".join(name[:3] for name in _DAYS)
_ZONE = r"Z|[+-](?:0\d|1[0-4]):?[0-5]\d"

# strptime directive → what it matches, as a group named after what it means
_DIRECTIVES = {
    "%Y": r"(?P<Y>\d{4})", "%y": r"(?P<y>\d{2})", "%m": r"(?P<m>1[0-2]|0?[1-9])",
    "%d": r"(?P<d>3[01]|[12]\d|0?[1-9])", "%j": r"(?P<j>\d{1,3})", "%B": f"(?P<B>{_MONTH_NAMES})",
    "%b": f"(?P<b>{_SHORT_MONTHS})",
    "%A": f"(?:{_DAY_NAMES})", "%a": f"(?:{_SHORT_DAYS})",
    "%H": r"(?P<H>2[0-3]|[01]?\d)", "%I": r"(?P<I>1[0-2]|0?[1-9])",
    "%M": r"(?P<M>[0-5]?\d)", "%S": r"(?P<S>[0-5]?\d)", "%f": r"(?P<f>\d{1,9})", "%p": r"(?P<p>am|pm)",
    "%z": f"(?P<z>{_ZONE})", "%e": r"(?P<d> ?[1-9]|[12]\d|3[01])", "%-d": r"(?P<d>3[01]|[12]\d|0?[1-9])",
    "%-m": r"(?P<m>1[0-2]|0?[1-9])", "%-H": r"(?P<H>2[0-3]|[01]?\d)", "%%": "%",
}  # fmt: skip
_COMPOUND = {"%F": "%Y-%m-%d", "%T": "%H:%M:%S", "%D": "%m/%d/%y", "%R": "%H:%M", "%h": "%b"}

# letter of Java → (shortest run, longest run, strptime directive); a run of two digits or more is matched strictly
_JAVA = {
    "y": ((1, 1, "%Y"), (2, 2, "%y"), (3, 4, "%Y")), "u": ((1, 1, "%Y"), (2, 2, "%y"), (3, 4, "%Y")),
    "M": ((1, 2, "%m"), (3, 3, "%b"), (4, 4, "%B")), "L": ((1, 2, "%m"), (3, 3, "%b"), (4, 4, "%B")),
    "d": ((1, 2, "%d"),), "D": ((1, 3, "%j"),), "E": ((1, 3, "%a"), (4, 4, "%A")), "H": ((1, 2, "%H"),),
    "h": ((1, 2, "%I"),), "m": ((1, 2, "%M"),), "s": ((1, 2, "%S"),), "S": ((1, 9, "%f"),), "a": ((1, 1, "%p"),),
    "X": ((1, 3, "%z"),), "x": ((1, 3, "%z"),), "Z": ((1, 3, "%z"),),
}  # fmt: skip
_TWO_DIGITS = {
    "%m": r"1[0-2]|0[1-9]", "%d": r"3[01]|[12]\d|0[1-9]", "%H": r"2[0-3]|[01]\d", "%I": r"1[0-2]|0[1-9]",
    "%M": r"[0-5]\d", "%S": r"[0-5]\d",
}  # fmt: skip
_JAVA_TOKEN = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+|'")
_STRPTIME_TOKEN = re.compile(r"%-?[A-Za-z%]|[^%]+|%")


@dataclass(frozen=True)
class DateFormat:
    """A compiled format.

    Attributes:
        strptime: The format as strptime writes it.
        regex: What it matches, anchored, with a named group for each part (RE2 takes it; ignore case).
        has_date: Whether it states year, month and day (or day of the year); `has_time`: hours.
    """

    strptime: str
    regex: str
    has_date: bool
    has_time: bool


def java_to_strptime(text: str) -> str:
    """Translate a Java date format; one that has a % is strptime's already and comes back as it is.

    Example:
        >>> java_to_strptime("dd/MM/yyyy HH:mm:ss"), java_to_strptime("yyyy-MM-dd'T'HH:mm")
        ('%d/%m/%Y %H:%M:%S', '%Y-%m-%dT%H:%M')

    Raises:
        ValueError: It has a letter that names no part of a date.
    """
    return compile_format(text).strptime


@lru_cache(maxsize=1024)
def compile_format(text: str) -> DateFormat:
    """Compile a format (strptime with %, else Java's), so that text is matched to its last character.

    Raises:
        ValueError: The format names something unknown, or the same part twice.
    """
    tokens = _strptime_tokens(text) if "%" in text else _java_tokens(text)
    regex = "".join(piece for _, piece in tokens)
    try:
        parts = set(re.compile(regex).groupindex)
    except re.error as error:
        raise ValueError(f"the date format {text!r} states a part twice") from error
    has_date = bool(parts & {"Y", "y"}) and ("j" in parts or (bool(parts & {"m", "b", "B"}) and "d" in parts))
    strptime = "".join(directive for directive, _ in tokens)
    return DateFormat(strptime, rf"\A(?:{regex})\z", has_date, bool(parts & {"H", "I"}))


def _strptime_tokens(text: str) -> list[tuple[str, str]]:
    for short, long in _COMPOUND.items():
        text = text.replace(short, long)
    tokens = []
    for token in _STRPTIME_TOKEN.findall(text):
        if not token.startswith("%"):
            tokens.append((token, re.escape(token)))
        elif token in _DIRECTIVES:
            tokens.append((token, _DIRECTIVES[token]))
        else:
            raise ValueError(f"the date format {text!r} has the unknown directive {token!r}")
    return tokens


def _java_tokens(text: str) -> list[tuple[str, str]]:
    tokens = []
    for match in _JAVA_TOKEN.finditer(text):
        run = match.group(0)
        if match.group(2):
            tokens.append(_java_part(text, run))
            continue
        if run == "'":
            raise ValueError(f"the date format {text!r} has an open quote")
        plain = (match.group(1).replace("''", "'") or "'") if match.group(1) is not None else run
        tokens.append((plain.replace("%", "%%"), re.escape(plain)))
    return tokens


def _java_part(text: str, run: str) -> tuple[str, str]:
    for shortest, longest, directive in _JAVA.get(run[0], ()):
        if shortest <= len(run) <= longest:
            return directive, _strict_width(directive, len(run))
    raise ValueError(f"the date format {text!r} has the unknown part {run!r}")


def _strict_width(directive: str, width: int) -> str:
    """Java means `dd` as exactly two digits and `d` as one or two."""
    pattern = _DIRECTIVES[directive]
    if directive == "%f":
        return rf"(?P<f>\d{{{width}}})"
    if directive == "%j" and width == 3:
        return r"(?P<j>\d{3})"
    if width == 2 and directive in _TWO_DIGITS:
        return f"(?P<{directive[1]}>{_TWO_DIGITS[directive]})"
    return pattern


def parse_timestamp(text: str, formats: Iterable[str]) -> datetime | None:
    """Parse text by the first format that fits it whole; a zone is turned into UTC; None when none fits.

    Example:
        >>> parse_timestamp("3 Jan 2026 14:05", ["d MMM yyyy HH:mm"])
        datetime.datetime(2026, 1, 3, 14, 5)
    """
    for form in formats:
        match = _compiled(form).match(text)
        if match:
            value = _assemble({key: part for key, part in match.groupdict().items() if part is not None})
            if value is not None:
                return value
    return None


@lru_cache(maxsize=1024)
def _compiled(text: str) -> re.Pattern[str]:
    return re.compile(compile_format(text).regex[:-2] + r"\Z", re.IGNORECASE | re.ASCII)


def parse_date(text: str, formats: Iterable[str] = ()) -> date | None:
    """Parse a date by the first format that fits the whole text; without formats, ISO (with or without a time).

    Example:
        >>> parse_date("31/12/2025", ["yyyy-MM-dd", "dd/MM/yyyy"]), parse_date("2025-02-30")
        (datetime.date(2025, 12, 31), None)
    """
    known = tuple(formats) or ("%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S.%f",
                               "%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M")  # fmt: skip
    found = parse_timestamp(text.strip(), known)
    return found.date() if found else None


def _assemble(parts: dict[str, str]) -> datetime | None:
    try:
        day = _day(parts)
        hour = int(parts.get("H", 0)) if "I" not in parts else _twelve(parts)
        fraction = int(parts.get("f", "0").ljust(9, "0")[:6])
        moment = datetime(day.year, day.month, day.day, hour, int(parts.get("M", 0)), int(parts.get("S", 0)), fraction)
    except ValueError:
        return None
    if "z" not in parts:
        return moment
    return moment - _offset(parts["z"])


def _day(parts: dict[str, str]) -> date:
    if "Y" in parts:
        year = int(parts["Y"])
    elif "y" in parts:
        short = int(parts["y"])
        year = short + (1900 if short >= 69 else 2000)
    else:
        year = 1900
    if "j" in parts:
        day = date(year, 1, 1) + timedelta(days=int(parts["j"]) - 1)
        if day.year != year:
            raise ValueError("no such day of the year")
        return day
    return date(year, _month(parts), int(parts.get("d", 1)))


def _month(parts: dict[str, str]) -> int:
    if "m" in parts:
        return int(parts["m"])
    name = (parts.get("B") or parts.get("b") or "jan").lower()[:3]
    return next(number for number, month in enumerate(_MONTHS, 1) if month.startswith(name))


def _twelve(parts: dict[str, str]) -> int:
    return int(parts["I"]) % 12 + (12 if parts.get("p", "").lower() == "pm" else 0)


def _offset(text: str) -> timedelta:
    if text in "Zz":
        return timedelta(0)
    sign = -1 if text[0] == "-" else 1
    return sign * timedelta(hours=int(text[1:3]), minutes=int(text[-2:]))
