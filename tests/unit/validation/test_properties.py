"""Verdicts over random rows: counts add up, order and cuts do not matter, and plain Python says the same."""

from __future__ import annotations

import math
import re
import statistics
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_framework.modules.config import Control
from data_framework.modules.validation.bound import limits_of
from data_framework.modules.validation.verdicts import colour, metric

Row = Mapping[str, Any]
few = settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))

TYPES = {"n": "bigint", "t": "string", "d": "double", "m": "decimal(38,4)", "day": "date", "at": "timestamp"}
TEXTS = ["", " ", "a", "A1", "ab", "é", "ß", "日本", "a\nb", "12", "-0", "null", "x%_", "'; drop table data; --", "😀"]
NUMBERS = [0, 1, -1, 2, 3, 9_223_372_036_854_775_807, -9_223_372_036_854_775_808]
DOUBLES = [0.0, -0.0, 1.5, -1.5, 1e300, 5e-324, math.nan, math.inf, -math.inf]
DECIMALS = ["0.0000", "-0.0001", "1.0000", "9999999999999999999999999999999999.9999", "-12.5000"]
DAYS = ["0001-01-01", "1969-12-31", "1970-01-01", "2000-02-29", "2024-12-31", "9999-12-31"]
MOMENTS = ["1970-01-01T00:00:00+00:00", "2024-03-31T01:59:59+01:00", "2024-03-31T03:00:00+02:00",
           "2024-10-27T02:30:00+02:00", "2024-10-27T02:30:00+01:00", "1969-12-31T23:59:59.999999+00:00"]  # fmt: skip


def one_of(values: Sequence[Any]) -> st.SearchStrategy[Any]:
    return st.none() | st.sampled_from(values)


ROWS = st.lists(
    st.fixed_dictionaries({
        "n": one_of(NUMBERS) | st.integers(-5, 5), "t": one_of(TEXTS) | st.text("aA1 é", max_size=4),
        "d": one_of(DOUBLES), "m": one_of(DECIMALS), "day": one_of(DAYS), "at": one_of(MOMENTS),
    }),
    max_size=12,
)  # fmt: skip


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


#: (rule, field, arguments) → what Python says of one value.
CELLS: list[tuple[str, str, dict[str, Any], Callable[[Any], bool]]] = [
    ("is_in", "t", {"values": ["a", "é", "'; drop table data; --"]},
     lambda v: v in {"a", "é", "'; drop table data; --"}),
    ("is_not_in", "t", {"values": ["", "日本"]}, lambda v: v not in {"", "日本"}),
    ("is_equal", "t", {"value": "A1"}, lambda v: v == "A1"),
    ("is_not_empty", "t", {}, lambda v: v != ""),
    ("has_length", "t", {"length": 1}, lambda v: len(v) == 1),
    ("has_length_between", "t", {"min": 1, "max": 2}, lambda v: 1 <= len(v) <= 2),
    ("is_trimmed", "t", {}, lambda v: v == v.strip(" ")),
    ("is_ascii", "t", {}, str.isascii),
    ("matches_regex", "t", {"pattern": "[0-9]"}, lambda v: bool(re.search("[0-9]", v))),
    ("matches_regex", "t", {"pattern": "[a-zA-Z]+", "mode": "full"}, lambda v: bool(re.fullmatch("[a-zA-Z]+", v))),
    ("does_not_match_regex", "t", {"pattern": "^a"}, lambda v: not v.startswith("a")),
    ("matches_like", "t", {"pattern": "%1%"}, lambda v: "1" in v),
    ("does_not_match_like", "t", {"pattern": r"x\%%"}, lambda v: not v.startswith("x%")),
    ("is_between", "n", {"min": -1, "max": 2}, lambda v: -1 <= v <= 2),
    ("is_between", "n", {"min": -1, "max": 2, "strict_min": True, "strict_max": True}, lambda v: -1 < v < 2),
    ("is_not_between", "n", {"min": 0, "max": 1}, lambda v: not 0 <= v <= 1),
    ("is_greater_than", "n", {"value": 0}, lambda v: v > 0),
    ("is_less_or_equal", "n", {"value": 3}, lambda v: v <= 3),
    ("is_positive", "n", {}, lambda v: v > 0),
    ("is_non_negative", "n", {}, lambda v: v >= 0),
    ("is_multiple_of", "n", {"divisor": 2}, lambda v: v % 2 == 0),
    ("is_between", "d", {"min": -2, "max": 2}, lambda v: -2 <= v <= 2),
    ("is_finite", "d", {}, math.isfinite),
    ("is_non_negative", "d", {}, lambda v: v >= 0 or math.isnan(v)),
    ("is_equal", "d", {"value": 0}, lambda v: v == 0),
    ("is_between", "m", {"min": "-0.0001", "max": 1}, lambda v: Decimal("-0.0001") <= Decimal(v) <= 1),
    ("is_in", "m", {"values": [1, "9999999999999999999999999999999999.9999"]},
     lambda v: Decimal(v) in {Decimal(1), Decimal("9999999999999999999999999999999999.9999")}),
    ("is_between", "day", {"min": "1970-01-01", "max": "2024-12-31"}, lambda v: "1970-01-01" <= v <= "2024-12-31"),
    ("is_weekday", "day", {}, lambda v: date.fromisoformat(v).weekday() < 5),
    ("is_in_month_end", "day", {}, lambda v: v[5:] in {"12-31", "02-29"}),
    ("is_greater_or_equal", "at", {"value": "2024-03-31T01:00:00+00:00"},
     lambda v: moment(v) >= moment("2024-03-31T01:00:00+00:00")),
    ("is_equal", "at", {"value": "2024-10-27T00:30:00+00:00"},
     lambda v: moment(v) == moment("2024-10-27T00:30:00+00:00")),
]  # fmt: skip
#: Values of the table: rule → what Python says of the filled values.
VALUES: list[tuple[str, str, Callable[[list[Any]], Any]]] = [
    ("distinct_count", "t", lambda values: len(set(values))),
    ("null_count", "t", lambda values: None),
    ("min_length", "t", lambda values: min(map(len, values), default=None)),
    ("max_length", "t", lambda values: max(map(len, values), default=None)),
    ("min", "day", lambda values: min(values, default=None)),
    ("max", "n", lambda values: max(values, default=None)),
    ("zeros_count", "n", lambda values: sum(value == 0 for value in values)),
]
CONTROLS = [{"algorithm": rule, "field": field, "arguments": arguments} for rule, field, arguments, _ in CELLS]


@few
@given(rows=ROWS)
def test_every_rule_of_a_cell_is_what_python_says(judged: Any, rows: list[Row]) -> None:
    for result, (rule, field, _, holds) in zip(judged(TYPES, rows, *CONTROLS), CELLS, strict=True):
        filled = [row[field] for row in rows if row[field] is not None]
        wrong = [value for value in filled if not holds(value)]
        assert (result.error, result.total, result.invalid) == ("", len(filled), len(wrong)), (rule, field, wrong)


@few
@given(rows=ROWS)
def test_nulls_that_fail_are_counted_as_invalid(judged: Any, rows: list[Row]) -> None:
    ignoring = judged(TYPES, rows, *CONTROLS)
    failing = judged(TYPES, rows, *({**control, "nulls": "fail"} for control in CONTROLS))
    for ignored, failed, (_, field, _, _) in zip(ignoring, failing, CELLS, strict=True):
        nulls = sum(row[field] is None for row in rows)
        assert (failed.total, failed.invalid) == (ignored.total + nulls, ignored.invalid + nulls)


@few
@given(rows=ROWS)
def test_values_of_the_table_are_what_python_says(judged: Any, rows: list[Row]) -> None:
    found = judged(TYPES, rows, *({"algorithm": rule, "field": field} for rule, field, _ in VALUES))
    for result, (rule, field, value) in zip(found, VALUES, strict=True):
        filled = [row[field] for row in rows if row[field] is not None]
        expected = len(rows) - len(filled) if rule == "null_count" else value(filled)
        assert result.observed == expected, (rule, filled)


@few
@given(numbers=st.lists(st.integers(-1000, 1000), min_size=1, max_size=12))
def test_statistics_are_those_of_the_sample(judged: Any, numbers: list[int]) -> None:
    rules = ("mean", "median", "sum", "stdev", "variance")
    found = judged({"n": "bigint"}, [{"n": number} for number in numbers],
                   *({"algorithm": rule, "field": "n"} for rule in rules))  # fmt: skip
    several = len(numbers) > 1
    spread = (statistics.stdev(numbers), statistics.variance(numbers)) if several else (None, None)
    expected = (statistics.fmean(numbers), statistics.median(numbers), sum(numbers), *spread)
    for result, value in zip(found, expected, strict=True):
        assert result.observed == (None if value is None else pytest.approx(value, rel=1e-9, abs=1e-9))


@few
@given(rows=ROWS, data=st.data())
def test_order_does_not_matter_and_counts_add_up(judged: Any, rows: list[Row], data: Any) -> None:
    keyed = [*CONTROLS, {"algorithm": "is_unique", "field": ["n", "t"]}, {"algorithm": "is_primary_key", "field": "n"},
             {"algorithm": "determines", "field": "t", "arguments": {"fields": ["n"]}},
             {"algorithm": "entropy", "field": "t"}, {"algorithm": "mean", "field": "n"}]  # fmt: skip
    told = judged(TYPES, rows, *keyed)
    again = judged(TYPES, data.draw(st.permutations(rows)), *keyed)
    for one, other in zip(told, again, strict=True):
        assert 0 <= one.invalid <= one.total <= max(len(rows), 1)
        assert (one.total, one.invalid, one.rag) == (other.total, other.invalid, other.rag)
        assert one.observed == pytest.approx(other.observed) if one.observed is not None else other.observed is None


@few
@given(rows=ROWS, cut=st.integers(0, 12), rag_min=st.sampled_from([0, 0.1, 0.5, 0.9, 1]))
def test_a_file_cut_in_two_gives_the_verdict_of_the_sums(
    judged: Any, rows: list[Row], cut: int, rag_min: float
) -> None:
    threshold = {"threshold": {"rag_min": rag_min}}
    controls = [{**control, **threshold} for control in CONTROLS]
    whole, first, second = (judged(TYPES, part, *controls) for part in (rows, rows[:cut], rows[cut:]))
    limits = limits_of(Control.model_validate({"algorithm": "is_null", "field": "n", **threshold}))
    for one, left, right in zip(whole, first, second, strict=True):
        total, invalid = left.total + right.total, left.invalid + right.invalid
        assert (one.total, one.invalid) == (total, invalid)
        assert one.rag == colour(metric(total, invalid), limits)
        assert Fraction(one.metric_value).limit_denominator(1000) == metric(total, invalid)


@few
@given(rows=ROWS)
def test_where_is_the_same_as_filtering_first(judged: Any, rows: list[Row]) -> None:
    many = [*CONTROLS, {"algorithm": "is_unique", "field": "t"}, {"algorithm": "row_count"},
            {"algorithm": "distinct_count", "field": "t"}, {"algorithm": "entropy", "field": "t"}]  # fmt: skip
    narrowed = judged(TYPES, rows, *({**control, "where": "n > 0"} for control in many))
    filtered = judged(TYPES, [row for row in rows if row["n"] is not None and row["n"] > 0], *many)
    for one, other in zip(narrowed, filtered, strict=True):
        assert (one.total, one.invalid, one.rag) == (other.total, other.invalid, other.rag)
        assert one.observed == other.observed


@few
@given(rows=ROWS)
def test_keys_are_what_python_says(judged: Any, rows: list[Row]) -> None:
    unique, primary, decided, row = judged(
        TYPES, rows, {"algorithm": "is_unique", "field": ["n", "t"]}, {"algorithm": "is_primary_key", "field": "n"},
        {"algorithm": "determines", "field": "t", "arguments": {"fields": ["n"]}},
        {"algorithm": "is_positive", "field": ["n", "d"]},
    )  # fmt: skip
    pairs = Counter((one["n"], one["t"]) for one in rows if None not in (one["n"], one["t"]))
    assert unique.total == sum(pairs.values())
    assert unique.invalid == sum(count for count in pairs.values() if count > 1)
    keys = Counter(one["n"] for one in rows)
    assert primary.invalid == sum(count for key, count in keys.items() if key is None or count > 1)
    values: dict[int, set[str]] = {}
    for number, text in pairs:
        values.setdefault(number, set()).add(text)
    assert decided.invalid == sum(count for (number, _), count in pairs.items() if len(values[number]) > 1)
    both = [one for one in rows if None not in (one["n"], one["d"])]
    assert row.total == len(both), "over several fields a row with a null is not judged"
    assert row.invalid == sum(not (one["n"] > 0 and (one["d"] > 0 or math.isnan(one["d"]))) for one in both)
