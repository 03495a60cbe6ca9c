"""Rules that observe one value of the rows that would be published."""

# ruff: noqa: A002  (arguments are named as users write them)
from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from sqlglot import exp

from data_framework.modules.data_process.plan.vocabulary import code_points
from data_framework.modules.data_process.plan.vocabulary import distinct_count as distinct
from data_framework.modules.data_process.plan.vocabulary import quantile as at
from data_framework.modules.data_process.plan.vocabulary import skewness as skew
from data_framework.modules.validation.rules.literals import call
from data_framework.modules.validation.rules.model import (
    NUMBERS,
    ORDERED,
    SCALARS,
    TEXT,
    Aggregate,
    Argument,
    Examples,
    Field,
    Place,
    Row,
    RuleError,
    rule,
)
from data_framework.modules.validation.rules.said import said

LIMITS = (Argument("min", "number", "the lowest value allowed; default: the threshold's"),
          Argument("max", "number", "the highest value allowed; default: the threshold's"))  # fmt: skip
_BOUNDS = (Argument("min", "value", "the lowest value allowed; default: the threshold's"),
           Argument("max", "value", "the highest value allowed; default: the threshold's"))  # fmt: skip
_statistic = partial(rule, "aggregate", dimension="accuracy", types=NUMBERS, fields=(1, 1), arguments=LIMITS)


def observing(kind: str, passes: Sequence[Any], fails: Sequence[Any], **arguments: Any) -> Examples:
    """Examples of one column, all its values together."""

    def rows(values: Sequence[Any]) -> list[Row]:
        return [{"x": value} for value in values]

    return Examples({"x": kind}, rows(passes), rows(fails), ("x",), arguments)


@rule(
    "aggregate", dimension="completeness", fields=(0, 0), arguments=LIMITS,
    examples=Examples({"x": "int"}, [{"x": 1}, {"x": None}], [{"x": 1}], arguments={"min": 2, "max": 3}),
)  # fmt: skip
def row_count(fields: Sequence[Field], min: Any = None, max: Any = None) -> Aggregate:
    """The number of rows lies between `min` and `max`; an empty table has 0."""
    return Aggregate(call("count", exp.Star()), min, max)


@rule(
    "aggregate", dimension="consistency", fields=(0, 0), arguments=LIMITS, needs=("place",),
    examples=Examples({"x": "int", "y": "int"}, [{"x": 1}], [{"x": 1}], arguments={"min": 2, "max": 2},
                      fail_types={"x": "int"}),
)  # fmt: skip
def column_count(fields: Sequence[Field], place: Place, min: Any = None, max: Any = None) -> Aggregate:
    """The number of the table's columns lies between `min` and `max`; technical ones do not count."""
    return Aggregate(said("count(*) * 0 + n", n=len(place.columns)), min, max)


@rule(
    "aggregate", dimension="completeness", fields=(1, 1), arguments=LIMITS,
    examples=observing("string", ["1", None], ["1", None, None], min=0.5),
)  # fmt: skip
def completeness(fields: Sequence[Field], min: Any = None, max: Any = None) -> Aggregate:
    """The share of rows in which the field has a value, 0 to 1; null when there are no rows."""
    filled = exp.case().when(fields[0].is_null, exp.Literal.number(0)).else_(exp.Literal.number(1))
    return Aggregate(call("avg", filled), min, max)


@rule(
    "aggregate",
    dimension="completeness",
    fields=(1, 1),
    arguments=LIMITS,
    examples=observing("int", [1, None], [None, None], max=1),
)
def null_count(fields: Sequence[Field], min: Any = None, max: Any = None) -> Aggregate:
    """The number of rows in which the field has no value."""
    return Aggregate(said("count_if(missing)", missing=fields[0].is_null), min, max)


@rule(
    "aggregate",
    dimension="uniqueness",
    types=SCALARS,
    fields=(1, 1),
    arguments=LIMITS,
    examples=observing("string", ["a", "b", "b"], ["a", "a", None], min=2),
)
def distinct_count(fields: Sequence[Field], min: Any = None, max: Any = None) -> Aggregate:
    """The number of distinct values, null not counted."""
    return Aggregate(distinct(fields[0].column), min, max)


@rule(
    "aggregate",
    dimension="uniqueness",
    types=SCALARS,
    fields=(1, 1),
    arguments=LIMITS,
    examples=observing("int", [1, 2, None], [1, 1, 1], min=0.5),
)
def distinct_ratio(fields: Sequence[Field], min: Any = None, max: Any = None) -> Aggregate:
    """The number of distinct values by the number of values, null not counted; null when there are none."""
    return Aggregate(said("try_divide(d, count(x))", d=distinct(fields[0].column), x=fields[0].column), min, max)


@rule(
    "aggregate",
    dimension="uniqueness",
    types=SCALARS,
    fields=(1, 1),
    arguments=LIMITS,
    examples=observing("int", [1, 1, 2, None], [1, 1, 1], max=1),
)
def duplicate_count(fields: Sequence[Field], min: Any = None, max: Any = None) -> Aggregate:
    """How many values repeat another: the number of values less that of distinct ones, null not counted."""
    return Aggregate(said("count(x) - d", d=distinct(fields[0].column), x=fields[0].column), min, max)


@rule(
    "aggregate",
    name="min",
    dimension="validity",
    types=ORDERED,
    fields=(1, 1),
    arguments=_BOUNDS,
    examples=observing("date", ["2026-01-02", "2026-01-01"], ["2025-12-31", "2026-01-02"], min="2026-01-01"),
)
def least(fields: Sequence[Field], min: Any = None, max: Any = None) -> Aggregate:
    """The least value lies between `min` and `max`; null when there is none."""
    return Aggregate(call("min", fields[0].column), min, max)


@rule(
    "aggregate",
    name="max",
    dimension="validity",
    types=ORDERED,
    fields=(1, 1),
    arguments=_BOUNDS,
    examples=observing("int", [1, 9], [10], max=9),
)
def greatest(fields: Sequence[Field], min: Any = None, max: Any = None) -> Aggregate:
    """The greatest value lies between `min` and `max`; NaN is greater than every number; null when there is none."""
    return Aggregate(call("max", fields[0].column), min, max)


@rule(
    "aggregate",
    dimension="accuracy",
    types=NUMBERS | {"boolean"},
    fields=(1, 1),
    arguments=LIMITS,
    examples=observing("decimal(5,2)", ["1", "2", None], ["3", "4"], max=1.5),
)
def mean(fields: Sequence[Field], min: Any = None, max: Any = None) -> Aggregate:
    """The mean lies between `min` and `max`, nulls left out; of decimals with four more places; true is 1."""
    kind = fields[0].type
    text = "avg(cast(x as int))" if kind is not None and kind.kind == "boolean" else "avg(x)"
    return Aggregate(said(text, x=fields[0].column), min, max)


@_statistic(examples=observing("int", [1, 2, 3, 100], [1, 4, 100], max=2.5))
def median(fields: Sequence[Field], min: Any = None, max: Any = None) -> Aggregate:
    """The middle value, interpolated linearly, nulls left out."""
    return Aggregate(at(exp.cast(fields[0].column, "DOUBLE"), 0.5), min, max)


@rule(
    "aggregate", dimension="accuracy", types=NUMBERS, fields=(1, 1),
    arguments=[Argument("q", "number", "the share of values below, 0 to 1", required=True), *LIMITS],
    examples=observing("int", [0, 10, 20], [0, 100], q=0.9, max=18),
)  # fmt: skip
def quantile(fields: Sequence[Field], q: Decimal, min: Any = None, max: Any = None) -> Aggregate:
    """The value below which a share `q` of the values lies, interpolated linearly, nulls left out."""
    if not 0 <= q <= 1:
        raise RuleError(f"q must be between 0 and 1, not {q}")
    return Aggregate(at(exp.cast(fields[0].column, "DOUBLE"), float(q)), min, max)


@_statistic(examples=observing("int", [1, 2, 3], [1, 9], max=1))
def stdev(fields: Sequence[Field], min: Any = None, max: Any = None) -> Aggregate:
    """The standard deviation of the sample; null of fewer than two values."""
    return Aggregate(said("stddev(x)", x=fields[0].column), min, max)


@_statistic(examples=observing("int", [1, 2, 3], [1, 9], max=1))
def variance(fields: Sequence[Field], min: Any = None, max: Any = None) -> Aggregate:
    """The variance of the sample; null of fewer than two values."""
    return Aggregate(said("variance(x)", x=fields[0].column), min, max)


@_statistic(name="sum", examples=observing("decimal(5,2)", ["0.10", "0.20"], ["0.31", None], min=0.3, max=0.3))
def total(fields: Sequence[Field], min: Any = None, max: Any = None) -> Aggregate:
    """The sum lies between `min` and `max`, exact for whole numbers and decimals; null when there are no values."""
    return Aggregate(said("sum(x)", x=fields[0].column), min, max)


@_statistic(examples=observing("int", [1, 2, 3], [1, 2, 3, 90], min=-1, max=1))
def skewness(fields: Sequence[Field], min: Any = None, max: Any = None) -> Aggregate:
    """The skewness of the sample (adjusted, as pandas' `skew`); null of fewer than three values or equal ones."""
    return Aggregate(skew(fields[0].column), min, max)


@rule(
    "aggregate", dimension="consistency", types=NUMBERS, fields=(1, 1),
    arguments=[Argument("other", "column", "the other column", required=True), *LIMITS],
    examples=Examples(
        {"x": "int", "y": "int"}, [{"x": 1, "y": 2}, {"x": 2, "y": 4}, {"x": 3, "y": 7}],
        [{"x": 1, "y": 3}, {"x": 2, "y": 2}, {"x": 3, "y": 1}], ("x",), {"other": "y", "min": 0.9},
    ),
)  # fmt: skip
def correlation(fields: Sequence[Field], other: Field, min: Any = None, max: Any = None) -> Aggregate:
    """Pearson's correlation with another column; null where one of them does not vary."""
    return Aggregate(said("corr(x, y)", x=fields[0].column, y=other.column), min, max)


@rule(
    "aggregate",
    dimension="validity",
    types=TEXT,
    fields=(1, 1),
    arguments=LIMITS,
    examples=observing("string", ["ab", "abc"], ["a", None], min=2),
)
def min_length(fields: Sequence[Field], min: Any = None, max: Any = None) -> Aggregate:
    """The length of the shortest text in code points lies between `min` and `max`."""
    return Aggregate(call("min", code_points(fields[0].column)), min, max)


@rule(
    "aggregate",
    dimension="validity",
    types=TEXT,
    fields=(1, 1),
    arguments=LIMITS,
    examples=observing("string", ["ab", None], ["abc"], max=2),
)
def max_length(fields: Sequence[Field], min: Any = None, max: Any = None) -> Aggregate:
    """The length of the longest text in code points lies between `min` and `max`."""
    return Aggregate(call("max", code_points(fields[0].column)), min, max)


@_statistic(examples=observing("double", ["1", "-0.0", None], ["0", "0.0"], max=1))
def zeros_count(fields: Sequence[Field], min: Any = None, max: Any = None) -> Aggregate:
    """The number of values that are zero (`-0` is)."""
    return Aggregate(said("count_if(x = 0)", x=fields[0].column), min, max)
