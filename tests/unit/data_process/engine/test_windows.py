"""Checks that look at other rows, queries that never end, and the words only rules use."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlglot import exp

from data_framework.modules.data_process.plan.model import (
    AggregateCheck,
    CheckCount,
    QueryCheck,
    RowCheck,
    WindowCheck,
)  # fmt: skip
from data_framework.modules.data_process.plan.vocabulary import (
    column,
    json_has_key,
    python_judgement,
    skewness,
)  # fmt: skip
from data_framework.modules.data_process.sql import parse_condition, parse_expression, parse_select

GROWING = WindowCheck(
    "w", "w", ("a",), exp.or_("df_before is null", "a >= df_before"), previous={"df_before": column("a")},
    judged=parse_condition("a is not null"),
)  # fmt: skip


def judged(bench: Any, text: str, types: dict[str, str], *checks: Any) -> dict[str, CheckCount]:
    plan = replace(bench.plan([bench.csv(text)], types), checks=checks)
    prepared = bench.engine.prepare(plan)
    try:
        return dict(prepared.verdict.checks)
    finally:
        bench.engine.discard(prepared)


def test_the_row_before_is_the_one_delivered_before(bench: Any) -> None:
    found = judged(bench, "a\n1\n3\n2\n\n2\n0\n", {"a": "int"}, GROWING)["w"]
    assert (found.total, found.invalid, found.samples) == (5, 2, ("2", "0"))


def test_the_row_before_in_an_order_of_its_own(bench: Any) -> None:
    check = replace(GROWING, order=column("b"))
    found = judged(bench, "a,b\n1,3\n3,1\n2,2\n", {"a": "int", "b": "int"}, check)["w"]
    assert (found.total, found.invalid) == (3, 2)


def test_statistics_in_steps_see_the_judged_rows_only_and_set_rows_aside(bench: Any) -> None:
    far = WindowCheck(
        "w", "w", ("a",), parse_condition("abs(a - df_middle) <= 3 * df_spread"),
        ({"df_middle": parse_expression("median(a)")}, {"df_spread": parse_expression("median(abs(a - df_middle))")}),
        judged=parse_condition("a < 1000"), on_failure="quarantine",
    )  # fmt: skip
    total = AggregateCheck("n", "n", ("a",), parse_expression("count(*)"))
    found = judged(bench, "a\n1\n2\n3\n100\n5000\n", {"a": "double"}, far, total)
    assert (found["w"].total, found["w"].invalid, found["n"].observed) == (4, 1, 4)


def test_a_query_that_never_ends_is_stopped(bench: Any) -> None:
    digits = " union all ".join(f"select {n} as n from data" for n in range(10))
    names = ", ".join(f"d {name}" for name in "abcdefghij")
    endless = parse_select(f"with d as ({digits}) select count(*) as result from {names} where a.n + b.n > j.n")
    found = judged(bench, "a\n1\n2\n", {"a": "int"}, QueryCheck("q", "q", endless, {}, seconds=0.5))["q"]
    assert found.error.startswith("The query failed: it was stopped after 0.5 seconds, its time limit.")


@pytest.mark.parametrize(
    ("valid", "expected"),
    [
        (json_has_key("a", "k"), {'{"k": null}', '{"k": 1}'}),
        (python_judgement("in_cidr", "a", "2001:db8::/32"), {"2001:db8::1"}),
        (python_judgement("json_schema", "a", '{"type": "object", "required": ["k"]}'), {'{"k": null}', '{"k": 1}'}),
    ],
)
def test_words_for_text_only_some_of_which_is_right(bench: Any, valid: exp.Expression, expected: set[str]) -> None:
    texts = ['{"k": null}', '{"k": 1}', '{"l": 1}', "[1]", "k", "", "2001:db8::1", "10.0.0.1"]
    rows = "".join('"' + text.replace('"', '""') + '"\n' for text in texts)
    wrong = set()
    for text, row in zip(texts, rows.splitlines(), strict=True):
        check = RowCheck("r", "r", ("a",), valid)
        wrong |= {text} if judged(bench, f"a\n{row}\n", {"a": "string"}, check)["r"].invalid else set()
    assert set(texts) - wrong == expected


def test_skewness_is_the_samples(bench: Any) -> None:
    checks = [AggregateCheck(name, name, (name,), skewness(name)) for name in ("a", "b")]
    found = judged(bench, "a,b\n1,2\n2,2\n3,2\n10,2\n", {"a": "int", "b": "int"}, *checks)
    assert found["a"].observed == pytest.approx(1.763632614803888)
    assert found["b"].observed is None


def test_invalid_rows_that_concentrate_in_a_file_are_said_to(bench: Any) -> None:
    check = RowCheck("r", "r", ("a",), parse_condition("a > 0"))
    files = [bench.csv("a,b\n" + "1,x\n" * 20), bench.csv("a,b\n" + "-1,x\n" * 5)]
    prepared = bench.engine.prepare(replace(bench.plan(files, {"a": "int", "b": "string"}), checks=(check,)))
    found = prepared.verdict.checks["r"]
    bench.engine.discard(prepared)
    assert [(one.total, one.invalid) for one in found.slices] == [(5, 5)]
    assert found.slices[0].name == f"file {files[1].file_name}"


def test_the_bytes_of_the_columns_a_check_looks_at_are_known(bench: Any) -> None:
    check = RowCheck("r", "r", ("a",), parse_condition("a > 0"))
    assert judged(bench, "a,b\n1,x\n", {"a": "int", "b": "string"}, check)["r"].bytes
