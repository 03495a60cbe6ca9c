"""The arithmetic of verdicts, by properties."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_framework.modules.config import Control
from data_framework.modules.validation.bound import limits_of
from data_framework.modules.validation.verdicts import Limits, colour, exact, metric, shown, truth, value_is_valid

INFINITY, NAN = float("inf"), float("nan")
counts = st.integers(0, 10**12).flatmap(lambda total: st.tuples(st.just(total), st.integers(0, total)))
shares = st.integers(0, 1000).map(lambda n: Fraction(n, 1000))


def limits(**threshold: object) -> Limits:
    return limits_of(Control.model_validate({"algorithm": "row_count", "threshold": threshold}))


@given(counts, counts)
def test_the_metric_of_two_parts_lies_between_theirs_and_does_not_depend_on_their_order(
    one: tuple[int, int], other: tuple[int, int]
) -> None:
    both = metric(one[0] + other[0], one[1] + other[1])
    assert both == metric(other[0] + one[0], other[1] + one[1])
    if one[0] and other[0]:
        assert min(metric(*one), metric(*other)) <= both <= max(metric(*one), metric(*other))
        assert both * (one[0] + other[0]) == metric(*one) * one[0] + metric(*other) * other[0]


@given(shares, shares, shares)
def test_colours_are_ordered_as_metrics_are(value: Fraction, low: Fraction, high: Fraction) -> None:
    low, high = min(low, high), max(low, high)
    found = colour(value, Limits(rag_min=low, rag_max=high))
    assert found == ("green" if value >= high else "amber" if value >= low else "red")
    order = ["red", "amber", "green"]
    better = colour(min(value + Fraction(1, 1000), Fraction(1)), Limits(rag_min=low, rag_max=high))
    assert order.index(better) >= order.index(found)


@given(st.integers(1, 10_000), st.integers(0, 10_000))
def test_a_metric_at_its_limit_is_never_below_it(total: int, invalid: int) -> None:
    invalid = min(invalid, total)
    written = float(Decimal(total - invalid) / Decimal(total))
    if exact(written) == Fraction(total - invalid, total):
        assert colour(metric(total, invalid), limits(rag_max=written)) == "green"


def test_one_minus_nine_tenths_is_not_below_one_tenth() -> None:
    assert 1 - 0.9 < 0.1, "floats would say otherwise"
    assert colour(metric(10, 9), limits(rag_min=0.1, rag_max=0.1)) == "green"
    assert colour(metric(0, 0), limits()) == "green"


@pytest.mark.parametrize(
    ("threshold", "expected"),
    [
        ({}, "red"), ({"rag_max": 0.9}, "green"), ({"rag_max": 0.91}, "red"), ({"rag_min": 0.9}, "amber"),
        ({"rag_min": 0.91}, "red"), ({"rag_min": 0.5, "rag_max": 0.95}, "amber"),
    ],
)  # fmt: skip
def test_rag_limits_and_their_defaults(threshold: dict[str, float], expected: str) -> None:
    assert colour(metric(10, 1), limits(**threshold)) == expected


@pytest.mark.parametrize(
    ("threshold", "valid", "invalid"),
    [
        ({"min": 1, "max": 3}, [1, 2.5, 3, Decimal("3.00"), "2"], [0.999, 3.001, None, NAN, INFINITY, "x"]),
        ({"min": 0.3}, [0.3, Decimal("0.3"), INFINITY], [0.1 + 0.1, Decimal("0.2999999999999999999"), -INFINITY]),
        ({"type": "Absolute", "max": 2}, [-2, 2, 0], [-2.5, 3, -INFINITY, None]),
        ({"type": "Binary"}, [True, 1, "true", "TRUE"], [False, 0, None, "no", 2]),
        ({}, [None, 5, "x", True, NAN], [False]),
    ],
)  # fmt: skip
def test_values_are_judged_by_their_threshold(
    threshold: dict[str, object], valid: list[object], invalid: list[object]
) -> None:
    assert [value for value in valid if not value_is_valid(value, limits(**threshold))] == []
    assert [value for value in invalid if value_is_valid(value, limits(**threshold))] == []


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4), st.decimals(-100, 100, places=4))
def test_bounds_compare_exactly(value: Decimal, bound: Decimal) -> None:
    assert value_is_valid(value, Limits(lowest=Fraction(bound))) == (value >= bound)
    assert value_is_valid(value, Limits(highest=Fraction(bound))) == (value <= bound)


def test_what_answers_show() -> None:
    assert [shown(Decimal("2.0")), shown(Decimal("2.5")), shown(NAN), shown(None)] == [2, 2.5, None, None]


@pytest.mark.parametrize(
    ("value", "expected"),
    [(True, True), (False, False), (1, True), (0, False), ("1.0", True), ("0.0", False), (" true ", True),
     ("FALSE", False), (2, None), ("", None), (None, None)],
)  # fmt: skip
def test_what_is_true_and_what_is_false(value: object, expected: bool | None) -> None:
    assert truth(value) is expected


def test_dates_and_times_are_compared_as_a_threshold_writes_them() -> None:
    day, moment = date(2024, 1, 2), datetime(2024, 1, 2, 10)
    assert [value_is_valid(day, Limits(lowest="2024-01-02", highest="2024-01-02"))] == [True]
    assert not value_is_valid(day, Limits(lowest="2024-01-03"))
    assert not value_is_valid(day, Limits(highest="2024-01-01"))
    assert value_is_valid(moment, Limits(lowest="2024-01-02T10:00:00", highest="2024-01-02T10:00:00"))
    assert value_is_valid(moment, Limits(lowest="2024-01-02 10:00:00", highest="2024-01-02 10:00:00"))
    assert not value_is_valid(moment, Limits(lowest="2024-01-02T10:00:01"))
    assert not value_is_valid(5, Limits(lowest="2024-01-02")), "a number is no date"
    assert value_is_valid("b", Limits(lowest="a", highest="c"))


def test_infinities_and_booleans() -> None:
    assert not value_is_valid(INFINITY, Limits("Absolute", highest=Fraction(2)))
    assert not value_is_valid(-INFINITY, Limits("Absolute", highest=Fraction(2)))
    assert value_is_valid(-INFINITY, Limits("Absolute", lowest=Fraction(2)))
    assert value_is_valid(True, Limits(lowest=Fraction(1))), "with bounds true is 1"
    assert not value_is_valid(False, Limits(lowest=Fraction(1)))
    assert not value_is_valid(False, Limits())
    assert not value_is_valid(None, Limits("Binary"))
    assert value_is_valid(None, Limits())
    assert value_is_valid("text", Limits())


def test_the_defaults_of_colours_are_all_or_nothing() -> None:
    assert [colour(Fraction(n, 2), Limits()) for n in (0, 1, 2)] == ["red", "red", "green"]
    assert Limits().rag_min == Limits().rag_max == 1
