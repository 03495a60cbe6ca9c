"""Every rule against a plain reference, through the real engine."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_framework.modules.validation import RULES, ControlResult, show_rules

Judged = Callable[..., list[ControlResult]]
SOME = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
texts = st.lists(st.none() | st.text("aAbé ñ1-😀", max_size=4), max_size=12)
whole = st.none() | st.integers(-5, 5)
decimals = st.none() | st.decimals(-2, 2, places=2)
floats = st.none() | st.sampled_from([math.nan, math.inf, -math.inf, -0.0, 0.0, 0.1, 0.3, 1e300, -2.5])


def counted(judged: Judged, kind: str, values: list[Any], control: Mapping[str, Any]) -> tuple[int, int]:
    cells = [None if value is None else value if kind in {"double"} else str(value) for value in values]
    (result,) = judged({"a": kind}, [{"a": cell} for cell in cells], {"field": "a", **control})
    assert result.error == ""
    assert result.milliseconds >= 0
    return result.total, result.invalid


def reference(values: list[Any], valid: Callable[[Any], bool], nulls: str) -> tuple[int, int]:
    judgeable = [value for value in values if value is not None or nulls == "fail"]
    return len(judgeable), sum(value is None or not valid(value) for value in judgeable)


nulls = st.sampled_from(["ignore", "fail"])


@SOME
@given(values=st.lists(whole, max_size=15))
def test_is_not_null(judged: Judged, values: list[Any]) -> None:
    assert counted(judged, "int", values, {"algorithm": "is_not_null"}) == (len(values), values.count(None))


@SOME
@given(values=texts, allowed=st.lists(st.text("aAé '1", max_size=3), min_size=1, max_size=4), null=nulls)
def test_is_in_compares_text_by_code_point(judged: Judged, values: list[Any], allowed: list[str], null: str) -> None:
    control = {"algorithm": "is_in", "arguments": {"values": allowed}, "nulls": null}
    assert counted(judged, "string", values, control) == reference(values, lambda value: value in allowed, null)


@SOME
@given(values=st.lists(decimals, max_size=15), allowed=st.lists(st.decimals(-2, 2, places=3), min_size=1, max_size=5))
def test_is_in_compares_decimals_by_value(judged: Judged, values: list[Any], allowed: list[Decimal]) -> None:
    control = {"algorithm": "is_in", "arguments": {"values": [str(value) for value in allowed]}}
    found = counted(judged, "decimal(5,2)", values, control)
    assert found == reference(values, lambda value: value in allowed, "ignore")


@SOME
@given(
    values=st.lists(decimals, max_size=15), low=st.none() | st.decimals(-3, 3, places=3),
    high=st.decimals(-3, 3, places=3), strict=st.booleans(), null=nulls, kind=st.sampled_from(["decimal(5,2)", "int"]),
)  # fmt: skip
def test_is_between_numbers_exactly(
    judged: Judged, values: list[Any], low: Decimal | None, high: Decimal, strict: bool, null: str, kind: str
) -> None:
    if kind == "int":
        values = [None if value is None else int(value) for value in values]
    arguments = {"min": None if low is None else str(low), "max": str(high), "strict_min": strict, "strict_max": strict}

    def valid(value: Decimal) -> bool:
        above = low is None or (value > low if strict else value >= low)
        return above and (value < high if strict else value <= high)

    control = {"algorithm": "is_between", "arguments": arguments, "nulls": null}
    assert counted(judged, kind, values, control) == reference(values, valid, null)


@SOME
@given(
    values=st.lists(floats, max_size=15),
    low=st.sampled_from([None, -0.0, 0, 0.1, -3]),
    high=st.sampled_from([0, 0.3, 10]),
)
def test_is_between_floats_refuses_nan_and_takes_minus_zero_for_zero(
    judged: Judged, values: list[Any], low: float | None, high: float
) -> None:
    control = {"algorithm": "is_between", "arguments": {"min": low, "max": high}}
    expected = reference(values, lambda value: (low is None or value >= low) and value <= high, "ignore")
    assert counted(judged, "double", values, control) == expected


@pytest.mark.parametrize(
    ("kind", "bounds", "valid", "invalid"),
    [
        ("string", {"min": "Z", "max": "a"}, ["Z", "[", "a"], ["Y", "b", "é", ""]),
        ("date", {"min": "2026-01-31", "strict_min": True}, ["2026-02-01"], ["2026-01-31", "1999-12-31"]),
        ("timestamp", {"max": "2026-01-31"}, ["2026-01-31 00:00:00"], ["2026-01-31 00:00:01"]),
        ("tinyint", {"max": 1000}, ["127", "-128"], []),
        ("tinyint", {"min": 1000}, [], ["127"]),
        ("bigint", {"max": "9223372036854775806.5"}, ["9223372036854775806"], ["9223372036854775807"]),
        ("decimal(38,0)", {"min": "0.5"}, ["1", "9" * 38], ["0", "-" + "9" * 38]),
    ],
)  # fmt: skip
def test_is_between_of_every_kind(
    judged: Judged, kind: str, bounds: dict[str, Any], valid: list[str], invalid: list[str]
) -> None:
    found = counted(judged, kind, valid + invalid, {"algorithm": "is_between", "arguments": bounds})
    assert found == (len(valid) + len(invalid), len(invalid))


@SOME
@given(values=texts, low=st.none() | st.integers(0, 3), high=st.integers(0, 4), null=nulls)
def test_length_is_in_code_points(judged: Judged, values: list[Any], low: int | None, high: int, null: str) -> None:
    control = {"algorithm": "has_length_between", "arguments": {"min": low, "max": high}, "nulls": null}
    assert counted(judged, "string", values, control) == reference(values, lambda v: (low or 0) <= len(v) <= high, null)


@SOME
@given(values=texts, mode=st.sampled_from(["search", "full"]), null=nulls)
def test_matches_regex(judged: Judged, values: list[Any], mode: str, null: str) -> None:
    import re

    pattern = re.compile("[aA]b?")
    test = pattern.search if mode == "search" else pattern.fullmatch
    control = {"algorithm": "matches_regex", "arguments": {"pattern": "[aA]b?", "mode": mode}, "nulls": null}
    assert counted(judged, "string", values, control) == reference(values, lambda value: bool(test(value)), null)


@SOME
@given(values=st.lists(whole, max_size=15), null=st.sampled_from([None, "ignore", "fail"]))
def test_a_regex_control_judges_null_as_empty_text(judged: Judged, values: list[Any], null: str | None) -> None:
    control = {"algorithm_type": "Regex", "algorithm": "^[0-9]?$", "nulls": null}
    total = len(values) - (values.count(None) if null == "ignore" else 0)
    invalid = sum(value is not None and value < 0 for value in values) + (values.count(None) if null == "fail" else 0)
    assert counted(judged, "int", values, control) == (total, invalid)


@SOME
@given(values=st.lists(whole, max_size=15), null=nulls)
def test_keys(judged: Judged, values: list[Any], null: str) -> None:
    times = Counter(value for value in values if value is not None)
    shared = sum(count for count in times.values() if count > 1)
    nothing = values.count(None)
    expected = (len(values), shared + nothing) if null == "fail" else (len(values) - nothing, shared)
    assert counted(judged, "int", values, {"algorithm": "is_unique", "nulls": null}) == expected
    assert counted(judged, "int", values, {"algorithm": "is_primary_key"}) == (len(values), shared + nothing)


@SOME
@given(values=st.lists(st.tuples(whole, whole), max_size=15))
def test_the_combination_of_several_fields_is_what_must_be_unique(
    judged: Judged, values: list[tuple[Any, Any]]
) -> None:
    full = [pair for pair in values if None not in pair]
    shared = sum(count for count in Counter(full).values() if count > 1)
    rows = [{"a": None if a is None else str(a), "b": None if b is None else str(b)} for a, b in values]
    (result,) = judged({"a": "int", "b": "int"}, rows, {"algorithm": "is_unique", "field": ["a", "b"]})
    assert (result.total, result.invalid) == (len(full), shared)


@SOME
@given(values=texts, null=nulls)
def test_references(judged: Any, values: list[Any], null: str) -> None:
    judged.write("countries", [{"code": "a"}, {"code": "é"}, {"code": None}, {"code": "a"}])
    control = {"algorithm": "is_foreign_key", "arguments": {"table": "countries", "fields": ["code"]}, "nulls": null}
    assert counted(judged, "string", values, control) == reference(values, lambda value: value in {"a", "é"}, null)
    control = {"algorithm": "check_master_fields", "arguments": {"master_table": "check.countries", "column": "code"}}
    assert counted(judged, "string", values, control) == reference(values, lambda value: value in {"a", "é"}, "ignore")


@SOME
@given(values=st.lists(st.tuples(whole, whole), max_size=15), null=nulls)
def test_satisfies_judges_by_three_values(judged: Judged, values: list[tuple[Any, Any]], null: str) -> None:
    truths = [None if None in pair else pair[0] <= pair[1] for pair in values]
    rows = [{"a": None if a is None else str(a), "b": None if b is None else str(b)} for a, b in values]
    controls = [
        {"algorithm": "satisfies", "arguments": {"expression": "a <= b or false"}, "nulls": null},
        {"algorithm_type": "SQL", "algorithm": "a <= b", "nulls": null},
    ]
    for result in judged({"a": "int", "b": "int"}, rows, *controls):
        expected = reference(truths, bool, null)
        assert (result.total, result.invalid, result.error) == (*expected, "")


@SOME
@given(values=st.lists(whole, max_size=20), where=st.booleans())
def test_aggregates_observe_the_rows_they_apply_to(judged: Judged, values: list[Any], where: bool) -> None:
    kept = [value for value in values if not where or (value is not None and value > 0)]
    condition = {"where": "a > 0"} if where else {}
    rows = [{"a": None if value is None else str(value)} for value in values]
    count, share = judged(
        {"a": "int"}, rows, {"algorithm": "row_count", "arguments": {"min": 3}, **condition},
        {"algorithm": "completeness", "field": "a", "threshold": {"min": 0.5}, **condition},
    )  # fmt: skip
    assert (count.observed, count.total, count.invalid) == (len(kept), 1, int(len(kept) < 3))
    filled = sum(value is not None for value in kept)
    assert share.observed == (pytest.approx(filled / len(kept)) if kept else None)
    assert share.success == (bool(kept) and 2 * filled >= len(kept))


def test_freshness_by_date_and_time(judged: Judged) -> None:
    rows = [{"d": "2026-01-10"}, {"d": None}, {"d": "2026-01-08"}]
    for age, fresh in (("2 days", True), (1, False), ("47 hours", False), ("48h", True)):
        control = {"algorithm": "freshness", "field": "d", "arguments": {"max_age": age}}
        (result,) = judged({"d": "date"}, rows, control, current_date="2026-01-12")
        assert (result.success, result.observed) == (fresh, "2026-01-10")
    (none,) = judged(
        {"d": "date"}, [{"d": None}], {"algorithm": "freshness", "field": "d", "arguments": {"max_age": 9}}
    )
    assert (none.success, none.observed, none.detail) == (False, None, "there is no value")
    (old,) = judged({"d": "timestamp"}, [{"d": "2020-01-01 00:00:00"}], {"algorithm": "freshness", "field": "d",
                                                                       "arguments": {"max_age": "1 day"}})  # fmt: skip
    assert not old.success
    assert "old, allowed 1 d" in old.detail


def test_every_rule_of_data_is_shown_to_pass_and_to_fail() -> None:
    shown = list(show_rules())
    assert [one for one in shown if one.problem or not one.fails or not one.passes] == []
    assert {one.name for one in shown} == {rule.name for rule in RULES.values() if rule.shape != "file"}


def test_every_rule_explains_itself() -> None:
    for rule in RULES.values():
        assert rule.documentation
        assert rule.dimension
        assert all(argument.about for argument in rule.arguments)
        assert json.dumps([argument.default for argument in rule.arguments])
