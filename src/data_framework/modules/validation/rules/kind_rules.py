"""Rules about what a number is, and what type a text would fit."""

from __future__ import annotations

from decimal import Decimal

from sqlglot import exp

from data_framework.modules.data_process.helpers.cast import FALSE_WORDS, TRUE_WORDS
from data_framework.modules.data_process.plan.vocabulary import exact_cast
from data_framework.modules.data_process.plan.vocabulary import is_finite as finite
from data_framework.modules.utils.data_types import DataType, parse_type
from data_framework.modules.validation.rules.literals import text_of
from data_framework.modules.validation.rules.model import (
    NUMBERS,
    SCALARS,
    TEXT,
    Argument,
    Field,
    RuleError,
    rule,
    shown,
)
from data_framework.modules.validation.rules.said import said

_FLOATS = frozenset({"float", "double"})
_WIDE = DataType("decimal", 38, 18)


@rule(
    "field", dimension="validity", types=NUMBERS,
    arguments=[Argument("divisor", "number", "what the number is divided by", required=True)],
    examples=shown("lot", ["0", "50", "-100", None], ["51", "1"], "int", divisor=50),
)  # fmt: skip
def is_multiple_of(field: Field, divisor: Decimal) -> exp.Expression:
    """The number is a whole multiple of the divisor, exactly: 0.3 is one of 0.1.

    Floats count as the decimals they are written as, to 18 places; NaN and infinities are no multiples.
    """
    if not divisor:
        raise RuleError("divisor must not be 0")
    value = exact_cast(text_of(field), _WIDE)
    if divisor == divisor.to_integral_value() and field.type is not None and field.type.is_integer:
        return said("x % d = 0", x=field.column, d=exp.Literal.number(format(abs(divisor), "f")))
    return said("x % d = 0", x=value, d=exp.cast(exp.Literal.string(format(divisor, "f")), "DECIMAL(38, 18)"))


@rule(
    "field", dimension="validity", types=NUMBERS, examples=shown("x", ["1.5", "-0.0", None], ["NaN", "inf"], "double")
)
def is_finite(field: Field) -> exp.Expression:
    """The number is neither NaN nor infinite."""
    exact = field.type is not None and field.type.kind not in _FLOATS
    return exp.Not(this=field.is_null) if exact else finite(field.column)


@rule(
    "field",
    dimension="validity",
    types=NUMBERS | TEXT,
    examples=shown("n", ["12", "-3", "12.0", None], ["12.5", "x", ""]),
)
def is_integer(field: Field) -> exp.Expression:
    """The value is a whole number (12.0 is one), of text: of at most 38 digits."""
    return _fits(field, DataType("decimal", 38, 0))


@rule(
    "field", dimension="validity", types=NUMBERS | TEXT,
    arguments=[
        Argument("precision", "count", "how many digits at most", required=True),
        Argument("scale", "count", "how many of them after the point", default=0),
    ],
    examples=shown("amount", ["12.34", "-1.5", "99.990", None], ["123.45", "1.234", "x"], precision=4, scale=2),
)  # fmt: skip
def is_decimal(field: Field, precision: int, scale: int = 0) -> exp.Expression:
    """The value fits a decimal of this precision and scale exactly; zeros at the end do not count."""
    return _fits(field, _parsed(f"decimal({precision},{scale})"))


@rule(
    "field", dimension="validity", types=SCALARS,
    arguments=[Argument("type", "type", "a type as contracts write it, `decimal(10,2)`", required=True)],
    examples=shown("n", ["127", "-128", None], ["128", "1.5", ""], type="tinyint"),
)  # fmt: skip
def is_castable(field: Field, type: DataType) -> exp.Expression:  # noqa: A002 - as users write it
    """The value would fit a type exactly, as a column of that type in a contract takes it."""
    return _fits(field, type)


@rule(
    "field",
    dimension="validity",
    types=TEXT | {"boolean"},
    examples=shown("b", ["true", "N", "1", None], ["2", "maybe", ""]),
)
def is_boolean(field: Field) -> exp.Expression:
    """The text is a boolean as contracts read one: true, t, yes, y, si, s, 1 or false, f, no, n, 0, in any case."""
    if field.type is not None and field.type.kind == "boolean":
        return exp.Not(this=field.is_null)
    return said(f"lower(trim(x)) in ({', '.join(repr(word) for word in (*TRUE_WORDS, *FALSE_WORDS))})", x=field.column)


def _fits(field: Field, kind: DataType) -> exp.Expression:
    return exp.Not(this=exp.Is(this=exact_cast(text_of(field), kind), expression=exp.Null()))


def _parsed(text: str) -> DataType:
    try:
        return parse_type(text)
    except ValueError as error:
        raise RuleError(str(error)) from error
