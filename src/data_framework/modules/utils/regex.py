"""Regular expressions: names of files (Python's), and the portable subset of RE2 and Java that rules may use."""

from __future__ import annotations

import re
import warnings
from functools import lru_cache

_NOT_PORTABLE = (
    (re.compile(r"\(\?(?:=|!)"), "look-ahead"),
    (re.compile(r"\(\?<(?:=|!)"), "look-behind"),
    (re.compile(r"\(\?>"), "an atomic group"),
    (re.compile(r"\(\?\("), "a conditional group"),
    (re.compile(r"\(\?P=|\\k<|\\[1-9]"), "a back-reference"),
    (re.compile(r"(?:[*+?]|\{\d+(?:,\d*)?\})\+"), "a possessive quantifier"),
    (re.compile(r"\\[GRXKZ]"), "an escape that RE2 or Java lacks"),
    (re.compile(r"\\B"), r"\B, which RE2 finds inside letters beyond ASCII"),
)
_POSIX_CLASS = re.compile(r"\[:\^?\w+:\]")
_REPEAT = re.compile(r"\{(\d+)(?:,(\d*))?\}")
_SET = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
_JAVA_GROUP = re.compile(r"\(\?<(?=[A-Za-z])")


def portability_problem(pattern: str) -> str | None:
    """Say why a pattern is outside the subset that RE2 and Java share, or None when it is inside.

    Example:
        >>> portability_problem(r"^[A-Z]{2}[0-9]+$") is None, portability_problem(r"a(?=b)")
        (True, 'it uses look-ahead, which the engines do not share')
    """
    try:
        compile_pattern(pattern)
    except ValueError as error:
        return str(error)
    if _POSIX_CLASS.search(pattern):
        return "it uses a POSIX class such as [:alpha:], which the engines do not share"
    outside = _SET.sub("[]", re.sub(r"\\\\", "", pattern))
    for form, name in _NOT_PORTABLE:
        if form.search(outside):
            return f"it uses {name}, which the engines do not share"
    if any(int(bound) > 1000 for low, high in _REPEAT.findall(outside) for bound in (low, high) if bound):
        return "it repeats something more than 1000 times, which RE2 refuses"
    return None


@lru_cache(maxsize=1024)
def compile_pattern(pattern: str) -> re.Pattern[str]:
    r"""Compile a pattern for names of files; Java's named groups `(?<year>…)` are understood as well as Python's.

    Example:
        >>> compile_pattern(r"sales_(?<year>[0-9]{4})\.csv").fullmatch("sales_2026.csv")["year"]
        '2026'

    Raises:
        ValueError: It is no regular expression.
    """
    try:
        return _compile(_JAVA_GROUP.sub("(?P<", pattern))
    except re.error as error:
        raise ValueError(f"{pattern!r} is no regular expression: {error}") from error


def _compile(pattern: str) -> re.Pattern[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        return re.compile(pattern)
