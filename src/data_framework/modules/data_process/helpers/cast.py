"""What text fits which type: the patterns and date formats both engines guard their casts with.

Everything here is a value (a regex of the common subset of RE2 and Java, a token of a format), so that each engine
writes the same guard in its own SQL.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from data_framework.modules.utils.data_types import DataType

BLANKS = " \t\n\r"
TRUE_WORDS = ("true", "t", "yes", "y", "si", "s", "1")
FALSE_WORDS = ("false", "f", "no", "n", "0")

INTEGER = r"\A[+-]?[0-9]+(\.0+)?\z"
NUMBER = r"\A[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?\z"
NOT_A_NUMBER = r"\A([nN][aA][nN]|[+-]?([iI]nf|INF)([iI]nity|INITY)?)\z"
DATE = r"\A[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}\z"
TIMESTAMP = (
    r"\A[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([ T]([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6}0{0,3})?)?"
    r"(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])?)?\z"
)
OFFSET = r"(Z|[+-][0-9]{2}:[0-9]{2})\z"

_MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
_DAYS = "monday|tuesday|wednesday|thursday|friday|saturday|sunday"


def decimal_pattern(kind: DataType) -> str:
    """The texts without exponent that a decimal holds exactly: no more digits than its scale, but for zeros."""
    if kind.scale == 0:
        return r"\A[+-]?([0-9]+(\.0*)?|\.0+)\z"
    return rf"\A[+-]?([0-9]+(\.[0-9]{{0,{kind.scale}}}0*)?|\.[0-9]{{1,{kind.scale}}}0*)\z"


@dataclass(frozen=True)
class DateFormat:
    """A date or timestamp format, understood.

    Attributes:
        text: As the user wrote it.
        strptime: In strptime's words, for engines that parse by them.
        pattern: The texts it accepts, as a regex (case-insensitive names in either spelling).
        has_offset: Whether its texts carry an offset from UTC.
        has_time: Whether its texts carry a time of day.
        tokens: Its parts, each as a regex and in strptime's words.
    """

    text: str
    strptime: str
    pattern: str
    has_offset: bool = False
    has_time: bool = False
    tokens: tuple[tuple[str, str], ...] = ()

    @property
    def directives(self) -> tuple[str, ...]:
        """Its directives in strptime's words, in order."""
        return tuple(word for _, word in self.tokens if _is_directive(word))

    @property
    def grouped(self) -> str:
        """Its pattern with one group for each directive, and no other."""
        return (
            r"\A"
            + "".join(
                f"({_CAPTURING.sub('(?:', pattern)})" if _is_directive(word) else pattern
                for pattern, word in self.tokens
            )
            + r"\z"
        )


_CAPTURING = re.compile(r"(?<!\\)\((?!\?)")
_YEAR = "([1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])"  # there is no year 0


def _is_directive(word: str) -> bool:
    return word[:1] == "%" and word != "%%"


# directive → (regex, strptime); widths are what each dialect of formats accepts
_PERCENT = {
    "Y": (_YEAR, "%Y"), "m": (r"(0?[1-9]|1[0-2])", "%m"), "d": (r"(0?[1-9]|[12][0-9]|3[01])", "%d"),
    "y": (r"[0-9]{2}", "%y"), "H": (r"([01]?[0-9]|2[0-3])", "%H"), "I": (r"(0?[1-9]|1[0-2])", "%I"),
    "M": (r"[0-5]?[0-9]", "%M"), "S": (r"[0-5]?[0-9]", "%S"), "f": (r"[0-9]{1,6}", "%f"), "p": (r"(?i:am|pm)", "%p"),
    "b": ("(?i:" + "|".join(name[:3] for name in _MONTHS.split("|")) + ")", "%b"), "B": (f"(?i:{_MONTHS})", "%B"),
    "a": ("(?i:" + "|".join(name[:3] for name in _DAYS.split("|")) + ")", "%a"), "A": (f"(?i:{_DAYS})", "%A"),
    "j": (r"[0-9]{1,3}", "%j"), "z": (r"(Z|[+-][0-9]{2}:?[0-9]{2})", "%z"), "%": ("%", "%%"),
}  # fmt: skip
_NUMBERS = frozenset("YmdyHIMSfj")
_MONTH_TITLES = "|".join(name.title() for name in _MONTHS.split("|"))
_DAY_TITLES = "|".join(name.title() for name in _DAYS.split("|"))
_JAVA = {
    "yyyy": (_YEAR, "%Y"), "uuuu": (_YEAR, "%Y"), "yy": (r"[0-9]{2}", "%y"), "y": (_YEAR, "%Y"),
    "MM": (r"(0[1-9]|1[0-2])", "%m"), "M": (r"(0?[1-9]|1[0-2])", "%m"),
    "MMM": ("(" + "|".join(name[:3] for name in _MONTH_TITLES.split("|")) + ")", "%b"),
    "MMMM": (f"({_MONTH_TITLES})", "%B"),
    "dd": (r"(0[1-9]|[12][0-9]|3[01])", "%d"), "d": (r"(0?[1-9]|[12][0-9]|3[01])", "%d"), "DDD": (r"[0-9]{3}", "%j"),
    "EEE": ("(" + "|".join(name[:3] for name in _DAY_TITLES.split("|")) + ")", "%a"),
    "EEEE": (f"({_DAY_TITLES})", "%A"),
    "HH": (r"([01][0-9]|2[0-3])", "%H"), "H": (r"([01]?[0-9]|2[0-3])", "%H"),
    "hh": (r"(0[1-9]|1[0-2])", "%I"), "h": (r"(0?[1-9]|1[0-2])", "%I"), "mm": (r"[0-5][0-9]", "%M"),
    "m": (r"[0-5]?[0-9]", "%M"), "ss": (r"[0-5][0-9]", "%S"), "s": (r"[0-5]?[0-9]", "%S"), "a": (r"(AM|PM)", "%p"),
    "XXX": (r"(Z|[+-][0-9]{2}:[0-9]{2})", "%z"), "XX": (r"(Z|[+-][0-9]{4})", "%z"), "X": (r"(Z|[+-][0-9]{2})", "%z"),
    "Z": (r"[+-][0-9]{4}", "%z"), **{"S" * n: (rf"[0-9]{{{n}}}", "%f") for n in range(1, 7)},
}  # fmt: skip
_JAVA_TOKEN = re.compile(r"'([^']*)'|([A-Za-z])\2*|(.)", re.DOTALL)


def date_format(text: str) -> DateFormat:
    """Read a format: with % it is strptime's, else Java's; month and day names are English.

    Raises:
        ValueError: A letter of it means nothing, or it names no date.

    Example:
        >>> date_format("dd/MM/yyyy").strptime
        '%d/%m/%Y'
    """
    tokens = _of_fixed_width(_of_half_days(_percent_tokens(text) if "%" in text else _java_tokens(text)))
    written = "".join(word for _, word in tokens)
    if "%Y" not in written and "%y" not in written:
        raise ValueError(f"the format {text!r} names no year")
    return DateFormat(
        text,
        written,
        r"\A" + "".join(pattern for pattern, _ in tokens) + r"\z",
        has_offset="%z" in written,
        has_time="%H" in written or "%I" in written,
        tokens=tuple(tokens),
    )


def _of_half_days(tokens: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Beside AM and PM an hour is one of twelve."""
    if all(word != "%p" for _, word in tokens):
        return tokens
    hours = {_PERCENT["H"][0]: _PERCENT["I"][0], _JAVA["HH"][0]: _JAVA["hh"][0]}
    return [(hours.get(pattern, pattern) if word == "%H" else pattern, word) for pattern, word in tokens]


def _of_fixed_width(tokens: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Numbers that touch each other have all their digits: `%d%m%Y` cannot tell 1 from 11."""
    numbers = [word[:1] == "%" and word[1:] in _NUMBERS for _, word in tokens]
    touching = [
        found and (any(numbers[place - 1 : place]) or any(numbers[place + 1 : place + 2]))
        for place, found in enumerate(numbers)
    ]
    return [(_fixed(pattern) if touches else pattern, word)
            for (pattern, word), touches in zip(tokens, touching, strict=True)]  # fmt: skip


def _fixed(pattern: str) -> str:
    for loose, fixed in (("0?[", "0["), ("[01]?[", "[01]["), ("[0-5]?[", "[0-5]["), ("{1,3}", "{3}"), ("{1,6}", "{6}")):
        pattern = pattern.replace(loose, fixed)
    return pattern


def _percent_tokens(text: str) -> list[tuple[str, str]]:
    expanded = text.replace("%F", "%Y-%m-%d").replace("%T", "%H:%M:%S").replace("%D", "%m/%d/%y").replace("%R", "%H:%M")
    tokens, position = [], 0
    while position < len(expanded):
        letter = expanded[position]
        if letter != "%":
            tokens.append((re.escape(letter), letter))
            position += 1
            continue
        word = expanded[position + 1 : position + 2]
        if word == "-":
            position, word = position + 1, expanded[position + 2 : position + 3]
        if word not in _PERCENT:
            raise ValueError(f"the format {text!r} has an unknown directive %{word}")
        tokens.append(_PERCENT[word])
        position += 2
    return tokens


def _java_tokens(text: str) -> list[tuple[str, str]]:
    tokens = []
    for match in _JAVA_TOKEN.finditer(text):
        word = match[0]
        if match[1] is not None:
            literal = match[1] or "'"
            tokens.append((re.escape(literal), literal))
        elif match[2]:
            if word not in _JAVA:
                raise ValueError(f"the format {text!r} has an unknown part {word!r}")
            tokens.append(_JAVA[word])
        else:
            tokens.append((re.escape(word), word))
    return tokens
