"""Rules that ask a question of all values of a column: how often each occurs."""

# ruff: noqa: A002  (arguments are named as users write them)
from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from sqlglot import exp

from data_framework.modules.validation.rules.aggregate_rules import LIMITS, observing
from data_framework.modules.validation.rules.literals import constant
from data_framework.modules.validation.rules.model import (
    SCALARS,
    Answers,
    Argument,
    Field,
    Finding,
    Query,
    rule,
)
from data_framework.modules.validation.rules.said import asked

_VALUES = Argument("values", "values", "the values", required=True)
_of_values = partial(rule, "query", dimension="validity", types=SCALARS, fields=(1, 1), arguments=[_VALUES])
_TIES = Argument("ties", "choice", "none: several most common values fail; any: one of them in the list is enough",
                 default="none", choices=("none", "any"))  # fmt: skip
_COUNTED = "(select x as v, count(*) as n from data where x is not null group by x) as counted"
_DISTINCT = "(select distinct x as v from data where x is not null) as found"


@rule(
    "query",
    dimension="uniqueness",
    types=SCALARS,
    fields=(1, 1),
    arguments=LIMITS,
    examples=observing("int", [1, 2, 3, 3], [1, 1, 2, 2], min=0.5),
)
def uniqueness(fields: Sequence[Field], min: Any = None, max: Any = None) -> Query:
    """The number of values that occur once by the number of values, null not counted; null when there are none."""
    select = asked(
        f"select null as identifier, try_divide(count_if(n = 1), sum(n)) as result from {_COUNTED}", x=fields[0].column
    )
    return Query(select, _single, lowest=min, highest=max)


@rule(
    "query",
    dimension="accuracy",
    types=SCALARS,
    fields=(1, 1),
    arguments=LIMITS,
    examples=observing("string", ["a", "b", "a", "b"], ["a", "a", None], min=1),
)
def entropy(fields: Sequence[Field], min: Any = None, max: Any = None) -> Query:
    """Shannon's entropy of the values in bits: 0 of one value, log2(n) of n that are equally common."""
    bits = "log2(cast(sum(n) as double)) - sum(n * log2(cast(n as double))) / sum(n)"
    select = asked(
        f"select null as identifier, case when count(*) > 0 then {bits} end as result from {_COUNTED}",
        x=fields[0].column,
    )
    return Query(select, _single, lowest=min, highest=max)


@rule(
    "query",
    dimension="validity",
    types=SCALARS,
    fields=(1, 1),
    arguments=[_VALUES, _TIES],
    examples=observing("string", ["a", "a", "b"], ["b", "b", "a"], values=["a", "c"]),
)
def most_common_value_in(fields: Sequence[Field], values: Sequence[Any], ties: str = "none") -> Query:
    """The most common value is one of a list. Of several `ties` says; observed are all of them."""
    ranked = f"select v, n, max(n) over () as most from {_COUNTED}"
    modes = f"select place as identifier, v as result from ({ranked}) as ranked where n = most order by v limit 1000"
    select = asked(modes, x=fields[0].column, place=_place(fields[0], values, "v"))

    def read(rows: Answers) -> Finding:
        inside = [place for place, _ in rows if place]
        valid = bool(inside) if ties == "any" else len(rows) == 1 and bool(inside)
        return Finding(
            _listed(rows), valid, "" if valid else f"{len(rows)} most common, {len(inside)} of them expected"
        )

    return Query(select, read)


@_of_values(examples=observing("string", ["a", "a", None], ["a", "c"], values=["a", "b"]))
def distinct_values_in(fields: Sequence[Field], values: Sequence[Any]) -> Query:
    """Every distinct value is one of a list; observed are the distinct values (a thousand at most)."""
    return _distinct(fields[0], values, inside=True, all_there=False)


@_of_values(examples=observing("int", [1, 2, 3], [1, 3, None], values=[1, 2]))
def distinct_values_contain(fields: Sequence[Field], values: Sequence[Any]) -> Query:
    """Every value of a list is there; others may be; observed are the distinct values (a thousand at most)."""
    return _distinct(fields[0], values, inside=False, all_there=True)


@_of_values(examples=observing("string", ["a", "b", "a"], ["a", "c", "b"], values=["b", "a"]))
def distinct_values_equal(fields: Sequence[Field], values: Sequence[Any]) -> Query:
    """The distinct values are exactly those of a list; observed are the distinct values (a thousand at most)."""
    return _distinct(fields[0], values, inside=True, all_there=True)


def _distinct(field: Field, values: Sequence[Any], *, inside: bool, all_there: bool) -> Query:
    places = f"select place as p, v from {_DISTINCT}"
    select = asked(f"select p as identifier, v as result from ({places}) as placed order by p desc, v limit 1000",
                   x=field.column, place=_place(field, values, "v"))  # fmt: skip
    wanted = len(dict.fromkeys(values))

    def read(rows: Answers) -> Finding:
        found = {place for place, _ in rows if place}
        others = sum(not place for place, _ in rows)
        problems = [f"{others} other value{'s' * (others > 1)}"] if inside and others else []
        problems += [f"{wanted - len(found)} missing"] if all_there and len(found) < wanted else []
        return Finding(_listed(rows), not problems, ", ".join(problems))

    return Query(select, read)


def _place(field: Field, values: Sequence[Any], name: str) -> exp.Expression:
    """Which of the values a column holds, counted from 1; 0: none of them."""
    case = exp.case()
    for place, value in enumerate(dict.fromkeys(values), 1):
        found = constant(value, field.type, "a value of the list")
        if found is not None:
            case = case.when(exp.EQ(this=exp.column(name), expression=found), exp.Literal.number(place))
    return case.else_(exp.Literal.number(0)) if case.args.get("ifs") else exp.Literal.number(0)


def _listed(rows: Answers) -> list[Any]:
    values = [value for _, value in rows]
    try:
        return sorted(values)
    except TypeError:
        return values


def _single(rows: Answers) -> Finding:
    return Finding(rows[0][1] if rows else None)
