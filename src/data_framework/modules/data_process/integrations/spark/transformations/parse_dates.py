"""Dates and timestamps in formats of the user's, as Spark SQL: a text's parts are put in ISO order and cast.

Spark's own formats differ from strptime's in widths, names and what they guess; the shared pattern decides what a text
may be, so that putting its parts in order is all that is left.
"""

from __future__ import annotations

from itertools import groupby

from data_framework.modules.data_process.helpers.cast import DateFormat
from data_framework.modules.data_process.integrations.spark.utils import literal
from data_framework.modules.utils.data_types import DataType

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_PLAIN = frozenset("YmdHMSf")
#: strptime's directives as `date_format` writes them.
_WRITTEN = {
    "%Y": "yyyy", "%m": "MM", "%d": "dd", "%y": "yy", "%H": "HH", "%I": "hh", "%M": "mm", "%S": "ss", "%f": "SSSSSS",
    "%p": "a", "%b": "MMM", "%B": "MMMM", "%a": "E", "%A": "EEEE", "%j": "DDD",
}  # fmt: skip


def formatted(text: str, kind: DataType, found: DateFormat, zone: str) -> str:
    """The SQL of text in one format as a date or timestamp, null where it has another form or names no day.

    Args:
        text: SQL of the text without blanks around it.
        kind: date or timestamp.
        found: The format.
        zone: The time zone of a format without offset.
    """
    if kind.kind == "date" and not found.has_offset:
        value = f"try_cast({_day(text, found)} AS DATE)"
    else:
        value = f"try_cast({_moment(text, found, zone)} AS TIMESTAMP)"
        value = f"CAST({value} AS DATE)" if kind.kind == "date" else value
    return f"CASE WHEN {text} RLIKE {literal(found.pattern)} THEN {value} END"


def reformatted(text: str, found: DateFormat, target: DateFormat) -> str:
    """The SQL of text of one format written in another, null where it is not of that format."""
    value = formatted(text, DataType("timestamp"), found, "UTC")
    return f"date_format({value}, {literal(_java_pattern(target))})"


def _java_pattern(target: DateFormat) -> str:
    pattern = ""
    for written, words in groupby((word for _, word in target.tokens), key=lambda word: word in _WRITTEN):
        if written:
            pattern += "".join(_WRITTEN[word] for word in words)
        else:
            plain = "".join({"%%": "%", "%z": "+00"}.get(word, word) for word in words)
            pattern += "'" + plain.replace("'", "''") + "'"
    return pattern


def _day(text: str, found: DateFormat) -> str:
    letters = {word[1] for word in found.directives}
    if letters <= _PLAIN:
        places = _places(found)
        order = "-".join(f"${places[letter]}" if letter in places else "01" for letter in "Ymd")
        return f"regexp_replace({text}, {literal(found.grouped)}, {literal(order)})"
    year = _year(text, found)
    if "j" in letters and not letters & {"m", "b", "B", "d"}:
        return _day_of_year(year, _part(text, found, "j"))
    month = _part(text, found, "m") if "m" in letters else _named_month(text, found, letters)
    day = _part(text, found, "d") if "d" in letters else "'01'"
    return f"concat({year}, '-', {month}, '-', {day})"


def _day_of_year(year: str, day: str) -> str:
    value = f"date_add(try_cast(concat({year}, '-01-01') AS DATE), CAST({day} AS INT) - 1)"
    return f"CASE WHEN dayofyear({value}) = CAST({day} AS INT) THEN CAST({value} AS STRING) END"


def _year(text: str, found: DateFormat) -> str:
    if "%Y" in found.directives:
        return _part(text, found, "Y")
    short = _part(text, found, "y")
    return f"concat(CASE WHEN {short} < '69' THEN '20' ELSE '19' END, {short})"


def _named_month(text: str, found: DateFormat, letters: set[str]) -> str:
    name = next((letter for letter in "bB" if letter in letters), "")
    if not name:
        return "'01'"
    listed = ", ".join(literal(month) for month in _MONTHS)
    return f"CAST(array_position(array({listed}), lower(left({_part(text, found, name)}, 3))) AS STRING)"


def _moment(text: str, found: DateFormat, zone: str) -> str:
    """A text as `yyyy-M-d H:m:s.f` with its zone."""
    letters = {word[1] for word in found.directives}
    if letters <= _PLAIN:
        places = _places(found)
        order = "-".join(f"${places[letter]}" if letter in places else "01" for letter in "Ymd")
        time = ":".join(f"${places[letter]}" if letter in places else "00" for letter in "HMS")
        order += f" {time}" + (f".${places['f']}" if "f" in places else "")
        return f"concat(regexp_replace({text}, {literal(found.grouped)}, {literal(order)}), {_zone(zone)})"
    minutes, seconds = (_part(text, found, letter) if letter in letters else "'00'" for letter in "MS")
    parts = [_day(text, found), "' '", _hour(text, found, letters), "':'", minutes, "':'", seconds]
    if "f" in letters:
        parts += ["'.'", _part(text, found, "f")]
    return f"concat({', '.join(parts)}, {_offset(_part(text, found, 'z')) if found.has_offset else _zone(zone)})"


def _hour(text: str, found: DateFormat, letters: set[str]) -> str:
    name = next((letter for letter in "HI" if letter in letters), "")
    if not name:
        return "'00'"
    hour = _part(text, found, name)
    if "p" not in letters:
        return hour
    late = f"upper({_part(text, found, 'p')}) = 'PM'"
    return f"CAST(CAST({hour} AS INT) % 12 + CASE WHEN {late} THEN 12 ELSE 0 END AS STRING)"


def _zone(zone: str) -> str:
    return literal("Z" if zone == "UTC" else f" {zone}")


def _offset(text: str) -> str:
    minutes = f"CASE WHEN length({text}) = 3 THEN '00' ELSE right({text}, 2) END"
    return f"CASE WHEN {text} = 'Z' THEN 'Z' ELSE concat(left({text}, 3), ':', {minutes}) END"


def _part(text: str, found: DateFormat, letter: str) -> str:
    return f"regexp_extract({text}, {literal(found.grouped)}, {_places(found)[letter]})"


def _places(found: DateFormat) -> dict[str, int]:
    places: dict[str, int] = {}
    for place, word in enumerate(found.directives, 1):
        places.setdefault(word[1], place)
    return places
