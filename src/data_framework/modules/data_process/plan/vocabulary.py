"""The words of our own in a plan's expressions: what engines write differently, named once.

A word is a function `df_…` in a sqlglot tree; each engine's `dialect.py` says how it is written there. Texts that steer
a word (types, formats, patterns) are string literals, so that a plan prints and pickles as it is.

Example:
    >>> print(exact_cast("amount", "decimal(10,2)").sql())
    DF_CAST("amount", 'decimal(10,2)')
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from data_framework.modules.utils.data_types import DataType

CAST = "df_cast"
TRIM = "df_trim"
MATCHES = "df_matches"
CODE_POINTS = "df_code_points"
BYTES = "df_bytes"
IS_JSON = "df_is_json"
JSON_TEXT = "df_json_text"
IS_FINITE = "df_is_finite"
TEXT = "df_text"
QUANTILE = "df_quantile"
FILE_NAME = "df_file_name"
DATA_DATE = "df_data_date"
REFORMAT_DATE = "df_reformat_date"
REPAIR_STRUCT = "df_repair_struct"
DISTINCT_COUNT = "df_distinct_count"
LOSSLESS = "df_lossless_cast"
JSON_HAS_KEY = "df_json_has_key"
SKEWNESS = "df_skewness"
PYTHON = "df_python"
NOW = "df_now"
ONCE = "df_once"

WORDS = frozenset({
    CAST, TRIM, MATCHES, CODE_POINTS, IS_JSON, JSON_TEXT, IS_FINITE, TEXT, QUANTILE, FILE_NAME, DATA_DATE,
    REFORMAT_DATE, REPAIR_STRUCT, DISTINCT_COUNT, LOSSLESS, JSON_HAS_KEY, SKEWNESS, PYTHON, NOW, ONCE, BYTES,
})  # fmt: skip

Operand = exp.Expression | str


def column(name: str) -> exp.Column:
    """A column of the rows in flight, by its plain name."""
    return exp.column(name, quoted=True)


def exact_cast(value: Operand, kind: DataType | str, formats: tuple[str, ...] = ()) -> exp.Expression:
    """Text as a type, exactly: null where it does not fit; nothing is rounded, truncated or guessed."""
    return _word(CAST, value, exp.Literal.string(str(kind)), *(exp.Literal.string(text) for text in formats))


def trimmed(value: Operand) -> exp.Expression:
    """Text without blanks, tabs and line ends at its ends."""
    return _word(TRIM, value)


def matches(value: Operand, pattern: str, full: bool = False) -> exp.Expression:
    """Whether text matches a regex of the common subset of RE2 and Java, by search or as a whole."""
    return _word(MATCHES, value, exp.Literal.string(pattern), exp.Boolean(this=full))


def code_points(value: Operand) -> exp.Expression:
    """The length of text in Unicode code points."""
    return _word(CODE_POINTS, value)


def byte_count(value: Operand) -> exp.Expression:
    """The length of text in bytes (UTF-8), which an engine knows without reading the text."""
    return _word(BYTES, value)


def is_json(value: Operand) -> exp.Expression:
    """Whether text is one JSON value."""
    return _word(IS_JSON, value)


def json_text(value: Operand, key: str) -> exp.Expression:
    """The value under a top-level key of a JSON object, as text (null when absent)."""
    return _word(JSON_TEXT, value, exp.Literal.string(key))


def json_has_key(value: Operand, key: str) -> exp.Expression:
    """Whether text is a JSON object with a top-level key, null values included (false of other text)."""
    return _word(JSON_HAS_KEY, value, exp.Literal.string(key))


def python_judgement(name: str, value: Operand, argument: str) -> exp.Expression:
    """Whether a function of `helpers/python_judgements.py` accepts a text (null of null): slow, for what SQL cannot."""
    return _word(PYTHON, exp.Literal.string(name), value, exp.Literal.string(argument))


def is_finite(value: Operand) -> exp.Expression:
    """Whether a number is neither NaN nor infinite."""
    return _word(IS_FINITE, value)


def as_text(value: Operand) -> exp.Expression:
    """A value as reports write it: ISO dates, decimals at their scale, shortest floats, true/false."""
    return _word(TEXT, value)


def quantile(value: Operand, fraction: float) -> exp.Expression:
    """The quantile of a column, interpolated linearly (an aggregate)."""
    return _word(QUANTILE, value, exp.Literal.number(repr(float(fraction))))


def distinct_count(value: Operand) -> exp.Expression:
    """The number of distinct values that are not null (an aggregate)."""
    return _word(DISTINCT_COUNT, value)


def skewness(value: Operand) -> exp.Expression:
    """The skewness of the sample, adjusted (an aggregate): what pandas' `skew` answers, n·m3 / ((n-1)(n-2)s³).

    Null of fewer than three values, and where all are equal.
    """
    return _word(SKEWNESS, value)


def file_name() -> exp.Expression:
    """The name of the delivery a row came from."""
    return _word(FILE_NAME)


def data_date() -> exp.Expression:
    """The data date of the delivery a row came from, a date (null when unknown)."""
    return _word(DATA_DATE)


def now() -> exp.Expression:
    """The moment the engine judges at, a timestamp."""
    return _word(NOW)


def once(value: Operand) -> exp.Expression:
    """The same value, worth computing only once for a row: rules use it several times. It must not fail for any row.

    An engine that shares equal expressions by itself writes the value.
    """
    return _word(ONCE, value)


def lossless_cast(value: Operand, kind: DataType | str) -> exp.Expression:
    """A typed value as another type of its family; a value that would change (overflow, a fraction) is an error."""
    return _word(LOSSLESS, value, exp.Literal.string(str(kind)))


def reformat_date(value: Operand, sources: tuple[str, ...], target: str) -> exp.Expression:
    """Text in one of the source formats, written in the target format; other text stays as it is."""
    return _word(REFORMAT_DATE, value, exp.Literal.string(target), *(exp.Literal.string(text) for text in sources))


def repair_struct(value: Operand) -> exp.Expression:
    """Python- or Hive-style struct text (`{key=value}`, single quotes) as JSON; other text stays as it is."""
    return _word(REPAIR_STRUCT, value)


def _word(name: str, *operands: Operand) -> exp.Expression:
    arguments = [column(item) if isinstance(item, str) else item.copy() for item in operands]
    return exp.Anonymous(this=name, expressions=arguments)


def held_back(
    expression: exp.Expression, write: Callable[[str, list[exp.Expression]], str]
) -> tuple[exp.Expression, dict[str, str]]:
    """Put a column of a name of its own in the place of every word, for the words to be written by the engine.

    Args:
        expression: Of a plan; it stays as it is.
        write: Writes a word, from its name and its parts.

    Returns:
        The expression without words, and what is to stand for each of the columns.
    """
    held: dict[str, str] = {}

    def hold(node: exp.Expression) -> exp.Expression:
        name = str(node.this).lower() if isinstance(node, exp.Anonymous) else ""
        if name not in WORDS:
            return node
        token = f"df_held_{len(held)}_"
        held[token] = "(" + write(name, node.expressions) + ")"
        return exp.column(token)

    return expression.transform(hold), held
