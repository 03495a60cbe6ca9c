"""Rules about the text of a cell."""

# ruff: noqa: A002  (arguments are named as users write them)
from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from data_framework.modules.data_process.plan.vocabulary import byte_count, code_points, matches, trimmed
from data_framework.modules.validation.rules.literals import all_of, text_of
from data_framework.modules.validation.rules.model import SCALARS, TEXT, Argument, Field, RuleError, rule, shown
from data_framework.modules.validation.rules.said import either, said

_MODE = Argument("mode", "choice", "whether part of the text may match or all of it must", default="search",
                 choices=("search", "full"))  # fmt: skip
_PATTERN = Argument("pattern", "pattern", "a regular expression of the common subset of RE2 and Java", required=True)
_PATTERNS = Argument("patterns", "patterns", "regular expressions of that subset", required=True)
_LIKE = Argument("pattern", "like", "`%` is any text, `_` one character, `\\` takes the next one as it is",
                 required=True)  # fmt: skip
_LIKES = Argument("patterns", "likes", "patterns with `%` and `_`", required=True)


@rule("field", dimension="completeness", types=TEXT, examples=shown("name", ["Ada", " ", None], [""]))
def is_not_empty(field: Field) -> exp.Expression:
    """The text has at least one character. A blank is one; null is judged by `nulls`, as everywhere."""
    return exp.NEQ(this=field.column, expression=exp.Literal.string(""))


@rule(
    "field", dimension="validity", types=TEXT,
    arguments=[Argument("length", "count", "the number of code points", required=True)],
    examples=shown("iso", ["ES", "ñé", None], ["", "ESP"], length=2),
)  # fmt: skip
def has_length(field: Field, length: int) -> exp.Expression:
    """The text has exactly `length` code points."""
    return exp.EQ(this=code_points(field.column), expression=exp.Literal.number(length))


@rule(
    "field", dimension="validity", types=TEXT,
    arguments=[
        Argument("min", "count", "the least number of code points"),
        Argument("max", "count", "the largest number of code points"),
    ],
    examples=shown("iso", ["ES", "ñé", None], ["", "ESP"], min=2, max=2),
)  # fmt: skip
def has_length_between(field: Field, min: int | None = None, max: int | None = None) -> exp.Expression:
    """The text has between `min` and `max` code points, both inclusive; one of them may be left out."""
    if min is None and max is None:
        raise RuleError("has_length_between needs min, max or both")
    # A code point has one to four bytes: for most texts the bytes say enough, and they need not be counted.
    certain = _between(byte_count(field.column), min and 4 * min - 3, max)
    return either([certain, _between(code_points(field.column), min, max)])


def _between(length: exp.Expression, min: int | None, max: int | None) -> exp.Expression:
    parts: list[exp.Expression] = []
    if min is not None:
        parts.append(exp.GTE(this=length.copy(), expression=exp.Literal.number(min)))
    if max is not None:
        parts.append(exp.LTE(this=length.copy(), expression=exp.Literal.number(max)))
    return all_of(parts)


@rule(
    "field", dimension="validity", types=SCALARS, arguments=[_PATTERN, _MODE],
    examples=shown("code", ["AB-12", None], ["ab-12", "AB-123", ""], pattern="[A-Z]{2}-[0-9]{2}", mode="full"),
)  # fmt: skip
def matches_regex(field: Field, pattern: str, mode: str = "search") -> exp.Expression:
    r"""The text matches a regular expression, in part (`search`) or as a whole (`full`).

    Lookaround and backreferences are refused; `\d` and `\w` are ASCII; `.` is not a line end. Values that are not text
    are matched as reports write them.
    """
    return matches(text_of(field), pattern, mode == "full")


@rule(
    "field", dimension="validity", types=SCALARS, arguments=[_PATTERN, _MODE],
    examples=shown("note", ["fine", "", None], ["LATER: ask"], pattern="^LATER"),
)  # fmt: skip
def does_not_match_regex(field: Field, pattern: str, mode: str = "search") -> exp.Expression:
    """The text does not match a regular expression (of the subset of `matches_regex`)."""
    return exp.Not(this=matches(text_of(field), pattern, mode == "full"))


@rule(
    "field", dimension="validity", types=SCALARS, arguments=[_PATTERNS, _MODE],
    examples=shown("code", ["A1", "9", None], ["a1", ""], patterns=["^[A-Z]", "^[0-9]+$"]),
)  # fmt: skip
def matches_any_regex(field: Field, patterns: Sequence[str], mode: str = "search") -> exp.Expression:
    """The text matches at least one of several regular expressions."""
    return either(matches(text_of(field), pattern, mode == "full") for pattern in patterns)


@rule(
    "field", dimension="validity", types=SCALARS, arguments=[_PATTERNS, _MODE],
    examples=shown("code", ["A1", "Z0", None], ["A", "1"], patterns=["[A-Z]", "[0-9]"]),
)  # fmt: skip
def matches_all_regex(field: Field, patterns: Sequence[str], mode: str = "search") -> exp.Expression:
    """The text matches every one of several regular expressions."""
    return all_of([matches(text_of(field), pattern, mode == "full") for pattern in patterns])


@rule(
    "field", dimension="validity", types=SCALARS, arguments=[_PATTERNS, _MODE],
    examples=shown("note", ["fine", None], ["LATER", "a?"], patterns=["LATER", "[?]$"]),
)  # fmt: skip
def matches_no_regex(field: Field, patterns: Sequence[str], mode: str = "search") -> exp.Expression:
    """The text matches none of several regular expressions."""
    return exp.Not(this=either(matches(text_of(field), pattern, mode == "full") for pattern in patterns))


@rule(
    "field", dimension="validity", types=SCALARS, arguments=[_LIKE],
    examples=shown("code", ["AB_1", "AB_", None], ["ABx1", "xAB_1"], pattern="AB\\_%"),
)  # fmt: skip
def matches_like(field: Field, pattern: str) -> exp.Expression:
    r"""The whole text matches a LIKE pattern: `%` any text, `_` one character, `\%` and `\_` themselves."""
    return _like(field, pattern)


@rule(
    "field", dimension="validity", types=SCALARS, arguments=[_LIKE],
    examples=shown("name", ["Ada", "test ", None], ["test 1", "test  "], pattern="test _%"),
)  # fmt: skip
def does_not_match_like(field: Field, pattern: str) -> exp.Expression:
    """The text does not match a LIKE pattern."""
    return exp.Not(this=_like(field, pattern))


@rule(
    "field", dimension="validity", types=SCALARS, arguments=[_LIKES],
    examples=shown("file", ["a.csv", "b.json", None], ["a.xml", "csv"], patterns=["%.csv", "%.json"]),
)  # fmt: skip
def matches_any_like(field: Field, patterns: Sequence[str]) -> exp.Expression:
    """The text matches at least one of several LIKE patterns."""
    return either(_like(field, pattern) for pattern in patterns)


@rule(
    "field", dimension="validity", types=SCALARS, arguments=[_LIKES],
    examples=shown("file", ["a.csv", None], ["a.tmp", "~a.csv"], patterns=["%.tmp", "~%"]),
)  # fmt: skip
def matches_no_like(field: Field, patterns: Sequence[str]) -> exp.Expression:
    """The text matches none of several LIKE patterns."""
    return exp.Not(this=either(_like(field, pattern) for pattern in patterns))


@rule("field", dimension="validity", types=TEXT, examples=shown("name", ["Ada L", "", None], [" Ada", "Ada\t"]))
def is_trimmed(field: Field) -> exp.Expression:
    """The text neither starts nor ends with blanks, tabs or line ends."""
    return exp.EQ(this=trimmed(field.column), expression=field.column)


@rule("field", dimension="validity", types=TEXT, examples=shown("code", ["ABÉ-1", "", None], ["aB", "é"]))
def is_upper_case(field: Field) -> exp.Expression:
    """The text is as it would be in upper case: no small letter is in it."""
    return said("x = upper(x)", x=field.column)


@rule("field", dimension="validity", types=TEXT, examples=shown("code", ["abé-1", "", None], ["aB", "É"]))
def is_lower_case(field: Field) -> exp.Expression:
    """The text is as it would be in lower case: no capital is in it."""
    return said("x = lower(x)", x=field.column)


@rule("field", dimension="validity", types=TEXT, examples=shown("name", ["Ada ~", "", None], ["Adé", "😀"]))
def is_ascii(field: Field) -> exp.Expression:
    """Every character of the text is one of ASCII's 128."""
    return matches(field.column, r"\A[\x00-\x7F]*\z")


def _like(field: Field, pattern: str) -> exp.Expression:
    return said("x like p", x=text_of(field), p=pattern)
