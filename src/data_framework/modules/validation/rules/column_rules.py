"""Rules about several columns of a row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import combinations
from typing import Any

from sqlglot import exp

from data_framework.modules.validation.rules.literals import all_of, call, constant
from data_framework.modules.validation.rules.model import (
    NUMBERS,
    ORDERED,
    SCALARS,
    Argument,
    Examples,
    Field,
    Judged,
    RuleError,
    rule,
)
from data_framework.modules.validation.rules.said import either, said

_OTHER = Argument("other", "column", "the other column", required=True)
_OR_EQUAL = Argument("or_equal", "flag", "whether equal values are valid too", default=False)
_CONDITION = Argument("condition", "condition", "a condition of the SQL dialect over the columns", required=True)
_RULES = Argument("rules", "rules", 'rules of a cell, `[{"algorithm": …, "arguments": {…}}]`', required=True)
_AMOUNTS = {"net": "decimal(10,2)", "gross": "decimal(10,2)"}


@rule(
    "row", dimension="consistency", types=SCALARS, fields=(1, 1), arguments=[_OTHER],
    examples=Examples(
        {"a": "string", "b": "string"}, passes=[{"a": "x", "b": "x"}, {"a": "x", "b": None}, {"a": None, "b": None}],
        fails=[{"a": "x", "b": "X"}, {"a": "x", "b": ""}], fields=("a",), arguments={"other": "b"},
    ),
)  # fmt: skip
def is_equal_to_column(fields: Sequence[Field], other: Field) -> exp.Expression:
    """The value equals that of another column. A row with a null in one of them is judged by `nulls`."""
    return _compared(exp.EQ, fields[0], other)


@rule(
    "row", dimension="consistency", types=ORDERED, fields=(1, 1), arguments=[_OTHER, _OR_EQUAL],
    examples=Examples(
        _AMOUNTS, passes=[{"net": "1.00", "gross": "1.21"}, {"net": "1.00", "gross": None}],
        fails=[{"net": "1.00", "gross": "1.00"}, {"net": "2.00", "gross": "1.99"}], fields=("gross",),
        arguments={"other": "net"},
    ),
)  # fmt: skip
def is_greater_than_column(fields: Sequence[Field], other: Field, or_equal: bool = False) -> exp.Expression:
    """The value is above that of another column (`or_equal`: or the same). NaN is above every number."""
    return _compared(exp.GTE if or_equal else exp.GT, fields[0], other)


@rule(
    "row", dimension="consistency", types=ORDERED, fields=(1, 1), arguments=[_OTHER, _OR_EQUAL],
    examples=Examples(
        {"opened": "date", "closed": "date"},
        passes=[{"opened": "2026-01-01", "closed": "2026-01-01"}, {"opened": "2026-01-01", "closed": None}],
        fails=[{"opened": "2026-01-02", "closed": "2026-01-01"}], fields=("opened",),
        arguments={"other": "closed", "or_equal": True},
    ),
)  # fmt: skip
def is_less_than_column(fields: Sequence[Field], other: Field, or_equal: bool = False) -> exp.Expression:
    """The value is below that of another column (`or_equal`: or the same)."""
    return _compared(exp.LTE if or_equal else exp.LT, fields[0], other)


@rule(
    "row", dimension="consistency", types=SCALARS, fields=(2, None),
    arguments=[Argument("values", "pairs", "the combinations allowed, in the order of the fields", required=True)],
    examples=Examples(
        {"country": "string", "currency": "string"},
        passes=[{"country": "ES", "currency": "EUR"}, {"country": "ES", "currency": None}],
        fails=[{"country": "ES", "currency": "USD"}, {"country": "US", "currency": "EUR"}],
        fields=("country", "currency"), arguments={"values": [["ES", "EUR"], ["US", "USD"]]},
    ),
)  # fmt: skip
def pair_is_in(fields: Sequence[Field], values: Sequence[Sequence[Any]]) -> exp.Expression:
    """The values of the fields together are one of the combinations. A row with a null is judged by `nulls`."""
    found = [_combination(fields, combination) for combination in values]
    possible = [combination for combination in found if combination is not None]
    return either(possible) if possible else exp.false()


@rule(
    "row", dimension="consistency", types=SCALARS, fields=(2, None),
    examples=Examples(
        {"a": "string", "b": "string", "c": "string"},
        passes=[{"a": "1", "b": "2", "c": "3"}, {"a": "1", "b": "1", "c": None}],
        fails=[{"a": "1", "b": "2", "c": "1"}], fields=("a", "b", "c"),
    ),
)  # fmt: skip
def is_unique_within_row(fields: Sequence[Field]) -> exp.Expression:
    """No two of the fields have the same value in the row. A row with a null is judged by `nulls`."""
    return all_of([exp.NEQ(this=one.column, expression=other.column) for one, other in combinations(fields, 2)])


@rule(
    "row", dimension="consistency", types=NUMBERS, fields=(2, None),
    arguments=[
        Argument("value", "number", "what they sum up to", required=True),
        Argument("tolerance", "number", "how far the sum may lie from it", default=0),
    ],
    examples=Examples(
        {"a": "decimal(5,2)", "b": "decimal(5,2)"},
        passes=[{"a": "60.10", "b": "39.90"}, {"a": "60", "b": "39.99"}, {"a": None, "b": "1"}],
        fails=[{"a": "60.10", "b": "39.88"}, {"a": "100", "b": "100"}], fields=("a", "b"),
        arguments={"value": 100, "tolerance": 0.01},
    ),
)  # fmt: skip
def sum_of_columns_equals(fields: Sequence[Field], value: Decimal, tolerance: Decimal = Decimal(0)) -> exp.Expression:
    """The fields sum up to a value: exactly if they are whole numbers or decimals; floats want a tolerance."""
    names = [f"c{place}" for place in range(len(fields))]
    terms = [_wide(name, field) for name, field in zip(names, fields, strict=True)]
    total = said(" + ".join(terms), **{name: field.column for name, field in zip(names, fields, strict=True)})
    return said(f"abs(total - ({value:f})) <= {abs(tolerance):f}", total=total)


@rule(
    "field", dimension="consistency", about_nulls=True, arguments=[_CONDITION],
    examples=Examples(
        {"state": "string", "closed": "string"},
        passes=[{"state": "open", "closed": None}, {"state": "done", "closed": "x"}],
        fails=[{"state": "open", "closed": "x"}], fields=("closed",), arguments={"condition": "state = 'open'"},
    ),
)  # fmt: skip
def is_null_when(field: Field, condition: exp.Expression) -> Judged:
    """The field has no value in the rows for which a condition is true; other rows are not judged."""
    return Judged(field.is_null, condition)


@rule(
    "field", dimension="completeness", about_nulls=True, arguments=[_CONDITION],
    examples=Examples(
        {"state": "string", "closed": "string"},
        passes=[{"state": "done", "closed": "x"}, {"state": "open", "closed": None}],
        fails=[{"state": "done", "closed": None}], fields=("closed",), arguments={"condition": "state = 'done'"},
    ),
)  # fmt: skip
def is_not_null_when(field: Field, condition: exp.Expression) -> Judged:
    """The field has a value in the rows for which a condition is true; other rows are not judged."""
    return Judged(exp.Not(this=field.is_null), condition)


@rule(
    "row", dimension="completeness", fields=(1, None), about_nulls=True,
    examples=Examples(
        {"mail": "string", "phone": "string"}, passes=[{"mail": "a", "phone": None}, {"mail": None, "phone": ""}],
        fails=[{"mail": None, "phone": None}], fields=("mail", "phone"),
    ),
)  # fmt: skip
def at_least_one_not_null(fields: Sequence[Field]) -> exp.Expression:
    """At least one of the fields has a value."""
    return either(exp.Not(this=field.is_null) for field in fields)


@rule(
    "row", dimension="consistency", fields=(0, None),
    arguments=[Argument("expression", "condition", "a condition of the SQL dialect over the columns", required=True)],
    examples=Examples(
        _AMOUNTS, passes=[{"net": "1.00", "gross": "1.21"}, {"net": None, "gross": "1.00"}],
        fails=[{"net": "2.00", "gross": "1.99"}], arguments={"expression": "gross >= net"},
    ),
)  # fmt: skip
def satisfies(fields: Sequence[Field], expression: exp.Expression) -> exp.Expression:
    """The condition is true for the row. Where it is null (a cell it needs is null) `nulls` decides."""
    return expression


@rule(
    "field", dimension="validity", arguments=[_RULES],
    examples=Examples(
        {"price": "decimal(5,2)"}, passes=[{"price": "0"}, {"price": "5"}, {"price": None}],
        fails=[{"price": "0.5"}, {"price": "-1"}], fields=("price",),
        arguments={"rules": [{"algorithm": "is_equal", "arguments": {"value": 0}},
                             {"algorithm": "is_between", "arguments": {"min": 1}}]},
    ),
)  # fmt: skip
def any_of(field: Field, rules: Sequence[Callable[[Field], exp.Expression]]) -> exp.Expression:
    """At least one of several rules finds the cell valid."""
    return either(call("coalesce", made(field), exp.false()) for made in rules)


@rule(
    "field", name="all_of", dimension="validity", arguments=[_RULES],
    examples=Examples(
        {"code": "string"}, passes=[{"code": "AB"}, {"code": None}], fails=[{"code": "ab"}, {"code": "ABC"}],
        fields=("code",),
        arguments={"rules": [{"algorithm": "is_upper_case"}, {"algorithm": "has_length", "arguments": {"length": 2}}]},
    ),
)  # fmt: skip
def all_of_rules(field: Field, rules: Sequence[Callable[[Field], exp.Expression]]) -> exp.Expression:
    """Every one of several rules finds the cell valid."""
    return all_of([made(field) for made in rules])


def _wide(name: str, field: Field) -> str:
    """Whole numbers are added in the widest type."""
    return f"cast({name} as bigint)" if field.type is not None and field.type.is_integer else name


def _compared(comparison: Callable[..., exp.Expression], one: Field, other: Field) -> exp.Expression:
    if one.type is not None and other.type is not None and _family(one) != _family(other):
        raise RuleError(f"{one.name} is {one.type} and {other.name} is {other.type}: they cannot be compared", "field")
    return comparison(this=one.column, expression=other.column)


def _family(field: Field) -> str:
    assert field.type is not None
    kind = field.type.kind
    return "number" if field.type.is_number else "time" if kind in {"date", "timestamp"} else kind


def _combination(fields: Sequence[Field], values: Sequence[Any]) -> exp.Expression | None:
    if len(values) != len(fields):
        raise RuleError(f"{list(values)!r} has {len(values)} values, and the control has {len(fields)} fields")
    found = [constant(value, field.type) for value, field in zip(values, fields, strict=True)]
    pairs = [
        exp.EQ(this=field.column, expression=value)
        for value, field in zip(found, fields, strict=True)
        if value is not None
    ]
    return all_of(pairs) if len(pairs) == len(fields) else None
