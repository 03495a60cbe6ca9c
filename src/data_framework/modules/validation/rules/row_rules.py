"""Rules that give each row a verdict from its own cells."""

# ruff: noqa: A002  (arguments are named as users write them)
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlglot import exp

from data_framework.modules.data_process.plan.vocabulary import as_text, code_points, matches
from data_framework.modules.validation.rules.literals import all_of, at_least, at_most, call, constant
from data_framework.modules.validation.rules.model import (
    ORDERED,
    SCALARS,
    TEXT,
    Argument,
    Examples,
    Field,
    RuleError,
    rule,
)  # fmt: skip


@rule(
    "field", dimension="completeness", about_nulls=True,
    examples=Examples(
        {"name": "string"}, passes=[{"name": "Ada"}, {"name": ""}], fails=[{"name": None}], fields=("name",)
    ),
)  # fmt: skip
def is_not_null(field: Field) -> exp.Expression:
    """The field has a value. Empty text and NaN are values; use `has_length_between` against empty text."""
    return exp.Not(this=field.is_null)


@rule(
    "field", dimension="validity", types=SCALARS,
    arguments=[Argument("values", "values", "the values that are allowed", required=True)],
    examples=Examples(
        {"status": "string"}, passes=[{"status": "open"}, {"status": "closed"}, {"status": None}],
        fails=[{"status": "Open"}, {"status": ""}, {"status": "open "}], fields=("status",),
        arguments={"values": ["open", "closed"]},
    ),
)  # fmt: skip
def is_in(field: Field, values: Sequence[Any]) -> exp.Expression:
    """The value is one of a list. Text compares by code point (case and blanks count), numbers by value (1 is 1.0)."""
    found = [constant(value, field.type, "a value of the list") for value in values]
    possible = [value for value in found if value is not None]
    return exp.In(this=field.column, expressions=possible) if possible else exp.false()


@rule(
    "field", dimension="validity", types=ORDERED,
    arguments=[
        Argument("min", "value", "the lowest value allowed"), Argument("max", "value", "the highest value allowed"),
        Argument("strict_min", "flag", "whether the lowest value itself is refused", default=False),
        Argument("strict_max", "flag", "whether the highest value itself is refused", default=False),
    ],
    examples=Examples(
        {"price": "decimal(10,2)"}, passes=[{"price": "0.00"}, {"price": "99.99"}, {"price": None}],
        fails=[{"price": "-0.01"}, {"price": "100.00"}], fields=("price",),
        arguments={"min": 0, "max": 100, "strict_max": True},
    ),
)  # fmt: skip
def is_between(
    field: Field, min: Any = None, max: Any = None, strict_min: bool = False, strict_max: bool = False,
) -> exp.Expression:  # fmt: skip
    """The value lies between two bounds, both inclusive unless strict; one bound may be left out.

    Decimals compare exactly, text by code point, `-0` is `0`; NaN is never between.
    """
    if min is None and max is None:
        raise RuleError("is_between needs min, max or both")
    parts = [at_least(field, min, strict_min, "min")] if min is not None else []
    parts += [at_most(field, max, strict_max, "max")] if max is not None else []
    if field.type is not None and field.type.kind in {"float", "double"}:
        parts.append(exp.Not(this=call("isnan", field.column)))
    return all_of(parts)


@rule(
    "field", dimension="validity", types=SCALARS,
    arguments=[
        Argument("pattern", "pattern", "a regular expression of the common subset of RE2 and Java", required=True),
        Argument("mode", "choice", "whether part of the text may match or all of it must", default="search",
                 choices=("search", "full")),
    ],
    examples=Examples(
        {"code": "string"}, passes=[{"code": "AB-12"}, {"code": None}],
        fails=[{"code": "ab-12"}, {"code": "AB-123"}, {"code": ""}], fields=("code",),
        arguments={"pattern": "[A-Z]{2}-[0-9]{2}", "mode": "full"},
    ),
)  # fmt: skip
def matches_regex(field: Field, pattern: str, mode: str = "search") -> exp.Expression:
    r"""The text matches a regular expression, in part (`search`) or as a whole (`full`).

    Lookaround and backreferences are refused; `\d` and `\w` are ASCII; `.` is not a line end. Values that are not text
    are matched as reports write them.
    """
    return matches(text_of(field), pattern, mode == "full")


@rule(
    "field", dimension="validity", types=TEXT,
    arguments=[
        Argument("min", "count", "the least number of code points"),
        Argument("max", "count", "the largest number of code points"),
    ],
    examples=Examples(
        {"iso": "string"}, passes=[{"iso": "ES"}, {"iso": "ñé"}, {"iso": None}],
        fails=[{"iso": ""}, {"iso": "ESP"}], fields=("iso",), arguments={"min": 2, "max": 2},
    ),
)  # fmt: skip
def has_length_between(field: Field, min: int | None = None, max: int | None = None) -> exp.Expression:
    """The text has between `min` and `max` code points, both inclusive; one of them may be left out."""
    if min is None and max is None:
        raise RuleError("has_length_between needs min, max or both")
    length = code_points(field.column)
    parts: list[exp.Expression] = []
    if min is not None:
        parts.append(exp.GTE(this=length.copy(), expression=exp.Literal.number(min)))
    if max is not None:
        parts.append(exp.LTE(this=length.copy(), expression=exp.Literal.number(max)))
    return all_of(parts)


@rule(
    "row", dimension="consistency", fields=(0, None),
    arguments=[Argument("expression", "condition", "a condition of the SQL dialect over the columns", required=True)],
    examples=Examples(
        {"net": "decimal(10,2)", "gross": "decimal(10,2)"},
        passes=[{"net": "1.00", "gross": "1.21"}, {"net": None, "gross": "1.00"}],
        fails=[{"net": "2.00", "gross": "1.99"}], arguments={"expression": "gross >= net"},
    ),
)  # fmt: skip
def satisfies(fields: Sequence[Field], expression: exp.Expression) -> exp.Expression:
    """The condition is true for the row. Where it is null (a cell it needs is null) `nulls` decides."""
    return expression


def text_of(field: Field) -> exp.Expression:
    """The text a pattern is matched against: the cell itself, or its value as reports write it."""
    return field.column if field.type is None or field.type.kind == "string" else as_text(field.column)
