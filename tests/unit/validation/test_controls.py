"""The model of controls: colours, blocking, thresholds, SQL, Python, errors, effects."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import pytest

from data_framework.modules.data_process.plan.model import KeyPolicy
from data_framework.modules.validation import ControlResult

Judged = Callable[..., list[ControlResult]]
TEN = [{"a": str(n), "b": "x" if n < 9 else "y"} for n in range(10)]
AB = {"a": "int", "b": "string"}
NINE = {"algorithm": "is_in", "field": "b", "arguments": {"values": ["x"]}}


@pytest.mark.parametrize(
    ("threshold", "blocking", "rag", "success", "stops"),
    [
        ({}, False, "red", False, False), ({}, True, "red", False, True),
        ({"rag_min": 0.9}, True, "amber", True, False),
        ({"rag_min": 0.9}, "amber", "amber", False, True), ({"rag_max": 0.9}, "amber", "green", True, False),
        ({"rag_min": 0.5, "rag_max": 0.95}, False, "amber", True, False),
    ],
)  # fmt: skip
def test_colour_and_blocking(
    judged: Judged, threshold: dict[str, float], blocking: Any, rag: str, success: bool, stops: bool
) -> None:
    (result,) = judged(AB, TEN, {**NINE, "threshold": threshold, "blocking": blocking})
    assert (result.total, result.invalid, result.metric_value) == (10, 1, 0.9)
    assert (result.rag, result.success, result.stops) == (rag, success, stops)
    assert result.detail.startswith("1 of 10 rows")
    assert "y" not in result.detail.split("example")[1], "values are masked"
    assert result.initial_date <= result.end_date


def test_where_says_which_rows_are_judged(judged: Judged) -> None:
    first, second = judged(AB, TEN, {**NINE, "where": "a < 5 or a is null"}, {**NINE, "where": "a > 100"})
    assert (first.total, first.invalid) == (5, 0)
    assert (second.total, second.metric_value, second.rag) == (0, 1.0, "green")


def test_a_control_over_several_fields_gives_one_verdict_a_row(judged: Judged) -> None:
    rows = [{"a": "1", "b": "2"}, {"a": None, "b": "9"}, {"a": "9", "b": None}, {"a": None, "b": None}]
    control = {"algorithm": "is_between", "field": ["a", "b"], "arguments": {"max": 5}}
    ignoring, failing = judged({"a": "int", "b": "int"}, rows, control, {**control, "nulls": "fail"})
    assert (ignoring.total, ignoring.invalid, ignoring.field) == (1, 0, "a, b"), "a row with any null is not judged"
    assert (failing.total, failing.invalid) == (4, 3)


@pytest.mark.parametrize(
    ("control", "reason"),
    [
        ({"algorithm": "is_not_nul"}, "Did you mean 'is_not_null'?"),
        ({"algorithm": "is_not_null", "field": "z"}, "no column 'z'"),
        ({"algorithm": "is_not_null"}, "needs 1 field"),
        ({"algorithm": "row_count", "field": "a"}, "needs no field"),
        ({"algorithm": "is_in", "field": "a"}, "needs the argument 'values'"),
        ({"algorithm": "is_in", "field": "a", "arguments": {"values": 1}}, "list of values"),
        ({"algorithm": "is_in", "field": "a", "arguments": {"values": [1, None]}}, "`nulls` says"),
        ({"algorithm": "is_in", "field": "a", "arguments": {"values": ["one"]}}, "must be a number"),
        ({"algorithm": "is_in", "field": "a", "arguments": {"valeus": [1]}}, "Did you mean 'values'?"),
        ({"algorithm": "is_between", "field": "a"}, "needs min, max or both"),
        ({"algorithm": "is_between", "field": "b", "arguments": {"min": 1}}, "the field 'b' is text"),
        ({"algorithm": "has_length_between", "field": "a", "arguments": {"min": 1}}, "judges string"),
        ({"algorithm": "has_length_between", "field": "b", "arguments": {"min": -1}}, "at least 0"),
        ({"algorithm": "matches_regex", "field": "b", "arguments": {"pattern": "a(?=b)"}}, "look-ahead"),
        ({"algorithm": "matches_regex", "field": "b", "arguments": {"pattern": "a", "mode": "part"}}, "search, full"),
        ({"algorithm": "satisfies", "arguments": {"expression": "a > "}}, "SQL, line 1"),
        ({"algorithm": "satisfies", "arguments": {"expression": "zz > 1"}}, "no column 'zz'"),
        ({"algorithm": "satisfies", "arguments": {"expression": "read_csv('x')"}}, "read_csv"),
        ({"algorithm": "is_foreign_key", "field": "a", "arguments": {"table": "nowhere"}}, "no table check.nowhere"),
        ({"algorithm": "freshness", "field": "a", "arguments": {"max_age": "1 day"}}, "judges date, timestamp"),
        ({"algorithm": "check_primary_keys"}, "primary_keys"),
        ({"algorithm": "file_size"}, "judges files"),
        ({"algorithm_type": "SQL", "algorithm": "select a from {data} where"}, "SQL, line 1"),
        ({"algorithm_type": "SQL", "algorithm": "select a, b, a from {data}"}, "two columns"),
        ({"algorithm_type": "SQL", "algorithm": "select 1, x from nowhere.at_all"}, "no table nowhere.at_all"),
        ({"algorithm_type": "SQL", "algorithm": "delete from {data}"}, "expected one expression"),
        ({"algorithm_type": "SQL", "algorithm": "select 1, zz from {data}"}, "zz"),
        ({"algorithm_type": "Python", "algorithm": "nothing_here"}, "no function 'nothing_here'"),
        ({"algorithm_type": "Python", "algorithm": "lost.module:name"}, "no file transformation/lost/module.py"),
        ({"algorithm_type": "Regex", "algorithm": "[", "field": "b"}, "no regular expression"),
        ({"algorithm_type": "Regex", "algorithm": "a"}, "needs a field"),
        ({"algorithm": "is_not_null", "field": "a", "where": "b ="}, "`where`"),
    ],
)  # fmt: skip
def test_a_wrong_control_fails_alone(judged: Judged, control: dict[str, Any], reason: str) -> None:
    wrong, right = judged(AB, TEN, {**control, "blocking": True}, NINE)
    assert reason in wrong.error
    assert (wrong.rag, wrong.success, wrong.stops, wrong.total) == ("red", False, True, 0)
    assert (right.total, right.invalid, right.error) == (10, 1, "")


def test_sql_that_breaks_on_the_data_is_an_error_of_that_control(judged: Judged) -> None:
    broken = {"algorithm_type": "SQL", "algorithm": "select a, cast(b as int) from {data}", "blocking": True}
    row, wrong, right = judged(
        AB, TEN, {"algorithm": "satisfies", "arguments": {"expression": "1 / (a - a) > 0"}}, broken, NINE
    )
    assert row.error
    assert wrong.error
    assert wrong.stops
    assert (right.total, right.invalid) == (10, 1)


def test_a_query_answers_rows_judged_one_by_one(judged: Judged) -> None:
    query = "select b as identifier, count(*) as result from {data} group by b"
    by_name = "select count(*) as result, b as identifier, max(a) as more from {data} group by b"
    single = "select max(a) from {data}"
    found = judged(
        AB, TEN,
        {"algorithm_type": "SQL", "algorithm": query, "threshold": {"min": 5}},
        {"algorithm_type": "SQL", "algorithm": by_name, "threshold": {"max": 1}},
        {"algorithm_type": "SQL", "algorithm": single, "threshold": {"type": "Absolute", "max": 9}},
        {"algorithm_type": "SQL", "algorithm": "select b, a >= 0 from {data}", "threshold": {"type": "Binary"}},
        {"algorithm_type": "SQL", "algorithm": "select b, a from {data} where a > 99", "threshold": {"min": 1}},
    )  # fmt: skip
    assert [result.error for result in found] == [""] * 5
    assert [(result.total, result.invalid) for result in found] == [(2, 1), (2, 1), (1, 0), (10, 0), (0, 0)]
    assert found[2].observed == 9


def test_values_of_the_run_are_bound_never_pasted(judged: Judged) -> None:
    evil = "x' or '1'='1"
    rows = [{"b": evil}, {"b": "x"}]
    found = judged(
        {"b": "string"}, rows,
        {"algorithm": "satisfies", "arguments": {"expression": "b = '{file_name}'"}},
        {"algorithm_type": "SQL", "algorithm": "select b, b = {file_name} from {data}"},
        {"algorithm": "row_count", "where": "b = {vars.wanted}"},
        {"algorithm": "row_count", "where": "{file_date} = date '2026-01-02' and {current_date} > {file_date}"},
        file_name=evil, file_date="2026-01-02", current_date="2026-01-03", variables={"wanted": "x"},
    )  # fmt: skip
    assert [result.error for result in found] == [""] * 4
    assert [(result.total, result.invalid) for result in found[:2]] == [(2, 1), (2, 1)]
    assert [result.observed for result in found[2:]] == [1, 2]


def test_python_controls_answer_verdicts_a_value_or_a_frame(judged: Judged) -> None:
    parent = types.SimpleNamespace(
        small=lambda rule, data: data["a"] < rule.arguments["below"],
        largest=lambda rule, data: int(data["a"].max()),
        nothing=lambda rule, data: None,
        each=lambda rule, data: data.rename(columns={"b": "identifier", "a": "result"})[["identifier", "result"]],
        broken=lambda rule, data: 1 / 0,
        _hidden=lambda rule, data: True,
    )
    python = {"algorithm_type": "Python"}
    found = judged(
        AB, TEN,
        {**python, "algorithm": "small", "arguments": {"below": 8}, "field": "a"},
        {**python, "algorithm": "largest", "threshold": {"max": 8}},
        {**python, "algorithm": "nothing", "threshold": {"max": 8}},
        {**python, "algorithm": "each", "threshold": {"min": 1}},
        {**python, "algorithm": "broken", "blocking": True},
        {**python, "algorithm": "_hidden"},
        parent=parent,
    )  # fmt: skip
    assert [(result.total, result.invalid, result.observed) for result in found[:4]] == [
        (10, 2, None), (1, 1, 9), (1, 1, None), (10, 1, None)
    ]  # fmt: skip
    assert "ZeroDivisionError" in found[4].error
    assert found[4].stops
    assert "no function '_hidden'" in found[5].error


def test_effects_on_primary_keys(judged: Any) -> None:
    rows = [{"a": "1", "b": "x"}, {"a": "1", "b": "y"}, {"a": None, "b": "z"}, {"a": "2", "b": "x"}]
    (found,) = judged(AB, rows, {"algorithm": "check_primary_keys", "blocking": True}, keys=["a"])
    assert (found.total, found.invalid, found.rag, found.stops, found.field) == (4, 3, "red", True, "a")
    (found,) = judged(AB, rows, {"algorithm": "drop_invalid_primary_keys", "blocking": True}, keys=["a"])
    assert (found.invalid, found.rag, found.success) == (3, "amber", True)
    assert judged.verdict.dropped == 3


def test_effects_count_what_the_merge_took_away(judged: Any) -> None:
    rows = [{"a": a, "b": b} for a, b in (("1", "x"), ("1", "y"), (None, "z"), ("2", "x"), ("2", "x"))]
    checked, unified, dropped = (
        judged(AB, rows, control, keys=["a"], mode="merge")[0]
        for control in (
            {"algorithm": "check_primary_keys"},
            {"algorithm": "unify_duplicated_primary_keys", "arguments": {"order_by": "b desc"}},
            {"algorithm": "drop_invalid_primary_keys"},
        )
    )
    assert (checked.total, checked.invalid, checked.success) == (4, 3, False), "equal rows are one"
    assert (unified.invalid, unified.rag) == (2, "amber")
    assert (dropped.invalid, dropped.rag, judged.verdict.dropped) == (3, "amber", 3)


def test_policies_of_several_effects_add_up(judged: Any) -> None:
    from data_framework.modules.validation.integrations.quality_controls import _policy
    from data_framework.modules.validation.rules.model import Effect

    unify = Effect("unify", None, (("b", True),))
    assert _policy([]) == KeyPolicy()
    assert _policy([Effect("drop", "drop"), unify]) == KeyPolicy("unify", (("b", True),), "drop")


def test_a_cell_that_did_not_cast_is_not_judged_by_rules_on_it(judged: Any) -> None:
    rows = [{"a": "12.5", "b": "x"}, {"a": "7", "b": "y"}]
    on_it, beside = judged(AB, rows, {"algorithm": "is_between", "field": "a", "arguments": {"max": 5}}, NINE)
    assert (on_it.total, on_it.invalid) == (1, 1)
    assert (beside.total, beside.invalid) == (2, 1)
    assert judged.verdict.rejected == 1


def test_the_fingerprint_changes_with_the_meaning_only(judged: Judged) -> None:
    one, same, other = judged(
        AB, TEN, NINE, {**NINE, "name": "another name", "owner": "someone"}, {**NINE, "nulls": "fail"}
    )
    assert one.version == same.version != other.version
