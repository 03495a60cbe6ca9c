"""Rules that observe one value of the rows that would be published."""

# ruff: noqa: A002  (arguments are named as users write them)
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlglot import exp

from data_framework.modules.validation.rules.literals import call
from data_framework.modules.validation.rules.model import TIMES, Aggregate, Argument, Examples, Field, rule

_LIMITS = (Argument("min", "number", "the lowest value allowed; default: the threshold's"),
           Argument("max", "number", "the highest value allowed; default: the threshold's"))  # fmt: skip


@rule(
    "aggregate", dimension="completeness", fields=(0, 0), arguments=_LIMITS,
    examples=Examples(
        {"id": "int"}, passes=[{"id": 1}, {"id": None}], fails=[{"id": 1}], arguments={"min": 2, "max": 3}
    ),
)  # fmt: skip
def row_count(fields: Sequence[Field], min: Any = None, max: Any = None) -> Aggregate:
    """The number of rows lies between `min` and `max`; an empty table has 0."""
    return Aggregate(call("count", exp.Star()), min, max)


@rule(
    "aggregate", dimension="completeness", fields=(1, 1), arguments=_LIMITS,
    examples=Examples(
        {"phone": "string"}, passes=[{"phone": "1"}, {"phone": None}],
        fails=[{"phone": "1"}, {"phone": None}, {"phone": None}], fields=("phone",), arguments={"min": 0.5},
    ),
)  # fmt: skip
def completeness(fields: Sequence[Field], min: Any = None, max: Any = None) -> Aggregate:
    """The share of rows in which the field has a value, 0 to 1; null when there are no rows."""
    filled = exp.case().when(fields[0].is_null, exp.Literal.number(0)).else_(exp.Literal.number(1))
    return Aggregate(call("avg", filled), min, max)


@rule(
    "aggregate", dimension="timeliness", types=TIMES, fields=(1, 1),
    arguments=[
        Argument("max_age", "duration", "`36 hours`, `2 days`, `90m`, or a number of days; default: the threshold's")
    ],
    examples=Examples(
        {"updated": "date"}, passes=[{"updated": "9999-01-01"}, {"updated": "2020-01-01"}],
        fails=[{"updated": "2020-01-01"}, {"updated": None}], fields=("updated",), arguments={"max_age": "365 days"},
    ),
)  # fmt: skip
def freshness(fields: Sequence[Field], max_age: float | None = None) -> Aggregate:
    """The newest date or time of the field is not older than `max_age` at the time of the run.

    A date counts in whole days up to the run's date. Observed is the newest value; null when there is none.
    """
    return Aggregate(call("max", fields[0].column), max_age=max_age)
