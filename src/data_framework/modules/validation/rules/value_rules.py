"""Rules about the value of a cell: whether it is there, what it equals, what it lies between."""

# ruff: noqa: A002  (arguments are named as users write them)
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlglot import exp

from data_framework.modules.validation.rules.literals import all_of, at_least, at_most, call, constant
from data_framework.modules.validation.rules.model import (
    NUMBERS,
    ORDERED,
    SCALARS,
    Argument,
    Field,
    RuleError,
    rule,
    shown,
)

_VALUE = Argument("value", "value", "the value to compare with", required=True)
_BOUNDS = (
    Argument("min", "value", "the lowest value allowed"), Argument("max", "value", "the highest value allowed"),
    Argument("strict_min", "flag", "whether the lowest value itself is refused", default=False),
    Argument("strict_max", "flag", "whether the highest value itself is refused", default=False),
)  # fmt: skip


@rule("field", dimension="completeness", about_nulls=True, examples=shown("name", ["Ada", ""], [None]))
def is_not_null(field: Field) -> exp.Expression:
    """The field has a value. Empty text and NaN are values; `is_not_empty` is against empty text."""
    return exp.Not(this=field.is_null)


@rule("field", dimension="completeness", about_nulls=True, examples=shown("closed", [None], ["2026-01-01", ""]))
def is_null(field: Field) -> exp.Expression:
    """The field has no value. Empty text is a value."""
    return field.is_null


@rule(
    "field", dimension="validity", types=SCALARS,
    arguments=[Argument("values", "values", "the values that are allowed", required=True)],
    examples=shown("status", ["open", "closed", None], ["Open", "", "open "], values=["open", "closed"]),
)  # fmt: skip
def is_in(field: Field, values: Sequence[Any]) -> exp.Expression:
    """The value is one of a list. Text compares by code point (case and blanks count), numbers by value (1 is 1.0)."""
    found = [constant(value, field.type, "a value of the list") for value in values]
    possible = [value for value in found if value is not None]
    return exp.In(this=field.column, expressions=possible) if possible else exp.false()


@rule(
    "field", dimension="validity", types=SCALARS,
    arguments=[Argument("values", "values", "the values that are refused", required=True)],
    examples=shown("country", ["ES", "xx", None], ["XX", "ZZ"], values=["XX", "ZZ"]),
)  # fmt: skip
def is_not_in(field: Field, values: Sequence[Any]) -> exp.Expression:
    """The value is none of a list, compared as `is_in` does."""
    found = [constant(value, field.type, "a value of the list") for value in values]
    possible = [value for value in found if value is not None]
    return exp.Not(this=exp.In(this=field.column, expressions=possible)) if possible else _there(field)


@rule(
    "field", dimension="validity", types=SCALARS, arguments=[_VALUE],
    examples=shown("currency", ["EUR", None], ["eur", "EUR ", "USD"], value="EUR"),
)  # fmt: skip
def is_equal(field: Field, value: Any) -> exp.Expression:
    """The value equals one value: text by code point, numbers by value, `-0` is `0`."""
    found = constant(value, field.type)
    return exp.EQ(this=field.column, expression=found) if found is not None else exp.false()


@rule(
    "field", dimension="validity", types=SCALARS, arguments=[_VALUE],
    examples=shown("rate", ["0.5", "-1", None], ["0", "0.00"], "decimal(5,2)", value=0),
)  # fmt: skip
def is_not_equal(field: Field, value: Any) -> exp.Expression:
    """The value differs from one value."""
    found = constant(value, field.type)
    return exp.NEQ(this=field.column, expression=found) if found is not None else _there(field)


@rule(
    "field", dimension="validity", types=ORDERED, arguments=_BOUNDS,
    examples=shown("price", ["0.00", "99.99", None], ["-0.01", "100.00"], "decimal(10,2)", min=0, max=100,
                   strict_max=True),
)  # fmt: skip
def is_between(
    field: Field, min: Any = None, max: Any = None, strict_min: bool = False, strict_max: bool = False,
) -> exp.Expression:  # fmt: skip
    """The value lies between two bounds, both inclusive unless strict; one bound may be left out.

    Decimals compare exactly, text by code point, `-0` is `0`; NaN is never between.
    """
    parts = _between(field, min, max, strict_min, strict_max)
    if field.type is not None and field.type.kind in {"float", "double"}:
        parts.append(exp.Not(this=call("isnan", field.column)))
    return all_of(parts)


@rule(
    "field", dimension="validity", types=ORDERED, arguments=_BOUNDS,
    examples=shown("hour", ["7", "23", None], ["0", "5", "6"], "int", min=0, max=6),
)  # fmt: skip
def is_not_between(
    field: Field, min: Any = None, max: Any = None, strict_min: bool = False, strict_max: bool = False,
) -> exp.Expression:  # fmt: skip
    """The value lies outside two bounds: what `is_between` refuses is valid here, NaN included."""
    return exp.Not(this=exp.Paren(this=is_between.function(field, min, max, strict_min, strict_max)))


@rule(
    "field", dimension="validity", types=ORDERED, arguments=[_VALUE],
    examples=shown("rate", ["0.01", "7", None], ["0", "-1"], "decimal(5,2)", value=0),
)  # fmt: skip
def is_greater_than(field: Field, value: Any) -> exp.Expression:
    """The value is above a bound. NaN is above every number."""
    return at_least(field, value, True, "value")


@rule(
    "field", dimension="validity", types=ORDERED, arguments=[_VALUE],
    examples=shown("opened", ["2026-01-01", None], ["2025-12-31"], "date", value="2026-01-01"),
)  # fmt: skip
def is_greater_or_equal(field: Field, value: Any) -> exp.Expression:
    """The value is at or above a bound. NaN is above every number."""
    return at_least(field, value, False, "value")


@rule(
    "field", dimension="validity", types=ORDERED, arguments=[_VALUE],
    examples=shown("share", ["0.99", "-1", None], ["1", "1.01"], "decimal(5,2)", value=1),
)  # fmt: skip
def is_less_than(field: Field, value: Any) -> exp.Expression:
    """The value is below a bound. NaN is below none."""
    return at_most(field, value, True, "value")


@rule(
    "field", dimension="validity", types=ORDERED, arguments=[_VALUE],
    examples=shown("share", ["1", "0.5", None], ["1.01"], "decimal(5,2)", value=1),
)  # fmt: skip
def is_less_or_equal(field: Field, value: Any) -> exp.Expression:
    """The value is at or below a bound. NaN is below none."""
    return at_most(field, value, False, "value")


@rule("field", dimension="validity", types=NUMBERS, examples=shown("n", ["1", "0.01", None], ["0", "-2"], "double"))
def is_positive(field: Field) -> exp.Expression:
    """The number is above zero."""
    return at_least(field, 0, True, "value")


@rule("field", dimension="validity", types=NUMBERS, examples=shown("n", ["0", "2", None], ["-1"], "int"))
def is_non_negative(field: Field) -> exp.Expression:
    """The number is zero or above (`-0` is `0`)."""
    return at_least(field, 0, False, "value")


def _between(field: Field, low: Any, high: Any, strict_low: bool, strict_high: bool) -> list[exp.Expression]:
    if low is None and high is None:
        raise RuleError("is_between needs min, max or both")
    parts = [at_least(field, low, strict_low, "min")] if low is not None else []
    return parts + ([at_most(field, high, strict_high, "max")] if high is not None else [])


def _there(field: Field) -> exp.Expression:
    return exp.Not(this=field.is_null)
