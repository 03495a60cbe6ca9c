"""The words of a failure, to the letter: shares, limits, masked samples, slices, runs before. No engine is asked."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from data_framework.modules.config import Control
from data_framework.modules.config.model.tables import TableRef
from data_framework.modules.data_process.plan import PlanColumn
from data_framework.modules.data_process.plan.model import CheckCount, Slice
from data_framework.modules.data_process.plan.slicing import candidates, slice_name, sliced_columns, worst
from data_framework.modules.data_process.plan.vocabulary import column
from data_framework.modules.utils.data_types import parse_type
from data_framework.modules.validation.bound import Bound, limits_of
from data_framework.modules.validation.explaining import (
    allowed,
    expected,
    no_runs,
    of_answers,
    of_rows,
    sample,
    share,
    with_past,
)
from data_framework.modules.validation.interface_quality_controls import ControlResult
from data_framework.modules.validation.judging import outcome
from data_framework.modules.validation.past import Run
from data_framework.modules.validation.verdicts import Limits

TABLE = TableRef("staging", "d", "t")


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [(0, 0, "0 %"), (0, 9, "0 %"), (1, 9, "11.1 %"), (1, 3000, "less than 0.1 %"), (1, 1000, "0.1 %"), (9, 9, "100 %"),
     (2999, 3000, "more than 99.9 %"), (1, 2, "50 %")],
)  # fmt: skip
def test_shares(part: int, whole: int, text: str) -> None:
    assert share(part, whole) == text


@pytest.mark.parametrize(
    ("lowest", "highest", "text"),
    [("1", "1", "none allowed"), ("0.9", "0.9", "10 % allowed"), ("0.9", "1", "amber above 0 %, red above 10 %"),
     ("0.8", "0.95", "amber above 5 %, red above 20 %")],
)  # fmt: skip
def test_limits_of_colours(lowest: str, highest: str, text: str) -> None:
    assert allowed(Limits(rag_min=Fraction(lowest), rag_max=Fraction(highest))) == text


@pytest.mark.parametrize(
    ("limits", "text"),
    [(Limits("Binary"), "true"), (Limits(), "true"), (Limits(lowest=Fraction(1)), "at least 1"),
     (Limits(highest=Fraction(5, 2)), "at most 2.5"), (Limits(lowest="2024-01-01"), "at least 2024-01-01"),
     (Limits("Absolute", Fraction(0), Fraction(3)), "at least 0 and at most 3 (absolute)")],
)  # fmt: skip
def test_what_a_value_must_be(limits: Limits, text: str) -> None:
    assert expected(limits) == text


def test_samples_show_shapes_and_how_often() -> None:
    assert sample(["ab", "cd", "ef", "null", "null", "1-2"]) == "** (3 times), null (twice), #-#"


def test_rows_that_fail() -> None:
    assert of_rows(CheckCount(10, 0), Limits()) == ""
    assert of_rows(CheckCount(10, 2), Limits()) == "2 of 10 rows (20 %), none allowed"
    found = CheckCount(10, 2, samples=("x1",), slices=(Slice("a b", 2, 2), Slice("c d", 5, 1)))
    text = "2 of 10 rows (20 %), none allowed; for example *#; most in a b (2 of 2), c d (1 of 5)"
    assert of_rows(found, Limits()) == text


def test_results_that_fail() -> None:
    assert of_answers(3, [], Limits()) == ""
    rows = [("ab", 3), (None, Decimal("2.50")), ("c", "secret"), ("d", True), ("e", 1.5), ("f", 9)]
    text = of_answers(8, rows, Limits(highest=Fraction(1)))
    assert text == ("6 of 8 results (75 %) are not at most 1, none allowed; for example **: 3, null: 2.5, *: ******, "
                    "*: True, *: 1.5")  # fmt: skip


def result(total: int, invalid: int, observed: object) -> ControlResult:
    control = Control.model_validate({"name": "c", "algorithm": "mean", "field": "x"})
    bound = Bound(control, ("x",), "value", limits_of(control))
    return outcome(bound, CheckCount(total, invalid), total, invalid, observed, "it failed", TABLE, "")


RUNS = [Run(date(2026, 1, 1), 0.5, "red", None, ""), Run(date(2026, 1, 2), 1.0, "green", 7.5, ""),
        Run(date(2026, 1, 3), 0.0, "red", 1.0, "it broke")]  # fmt: skip


def test_the_runs_before() -> None:
    asked: list[int] = []

    def past(most: int, *, observing: bool = False) -> list[Run]:
        asked.append(most)
        return RUNS

    rows, value = result(10, 1, None), result(1, 1, 3)
    assert with_past(rows, Limits(), past) == "it failed; before: 50 % (red), 0 % (green), an error"
    assert with_past(value, Limits(), past) == "it failed; before: nothing (red), 7.5 (green), an error"
    assert with_past(rows, Limits(), no_runs) == "it failed"
    assert asked == [3, 3]


def test_values_many_rows_share_are_candidates_the_most_common_first() -> None:
    rows = [("a", 1, "x", None), ("a", 2, "y", None), ("b", 2, "z", None), ("a", 2, "w", 1), ("c", 5, "v", 2)]
    assert candidates(["p", "q", "r", "s"], rows) == [("p", "a"), ("q", 2), ("s", None)]
    assert candidates(["p", "q", "r", "s"], [(1, 1, 1, 1)] * 2) == [("p", 1), ("q", 1), ("r", 1)]
    assert candidates(["p"], [(1,)]) == []


def test_names_of_slices() -> None:
    assert slice_name("c", None) == "c null"
    assert slice_name("c", True) == "c true"
    assert slice_name("c", "x" * 40) == "c " + "x" * 40
    assert slice_name("c", "x" * 41) == "c " + "x" * 40 + "…"


def test_the_partition_comes_first_and_no_more_columns_than_can_be_read() -> None:
    kinds = {**{f"c{n}": "string" for n in range(20)}, "n": "decimal(9,2)", "day": "date"}
    columns = [PlanColumn(name, parse_type(kind), column(name)) for name, kind in kinds.items()]
    found = sliced_columns(columns, "day", ["c0"])
    assert found == ("day", *(f"c{n}" for n in range(1, 16)))


def test_slices_must_hold_more_than_chance_would_give_them() -> None:
    assert worst([Slice("a", 10, 1)], 100, 1) == (), "one row is no slice"
    assert worst([Slice("a", 10, 2)], 100, 2) == (Slice("a", 10, 2),)
    assert worst([Slice("a", 50, 55)], 100, 100) == (), "a little more than its share"
    assert worst([Slice("a", 500, 610)], 1000, 1000) == (Slice("a", 500, 610),)
    assert worst([Slice("a", 500, 600)], 1000, 1000) == (), "exactly a tenth more"
    four = [Slice("d", 40, 60), Slice("b", 20, 60), Slice("a", 20, 60), Slice("c", 30, 60)]
    assert [one.name for one in worst(four, 100, 100)] == ["a", "b", "c"]
