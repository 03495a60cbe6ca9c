"""A failure explained: share, limit, samples, the slice it concentrates in, the runs before; and how little is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from data_framework.modules.config import Control, TableRef
from data_framework.modules.data_process.plan import PlanColumn
from data_framework.modules.data_process.plan.model import CheckCount, Slice
from data_framework.modules.data_process.plan.slicing import slice_name, sliced_columns, worst
from data_framework.modules.data_process.plan.vocabulary import column
from data_framework.modules.utils.data_types import parse_type
from data_framework.modules.validation import ControlContext, ControlResult, check_file, past
from data_framework.modules.validation.bound import Bound, limits_of
from data_framework.modules.validation.judging import outcome
from data_framework.modules.validation.past import Pasts
from data_framework.modules.validation.store import rows_of_file
from data_framework.modules.validation.workplace import Workplace, workplace

Judged = Callable[..., list[ControlResult]]
RESULTS = TableRef("common", "data_quality", "controls_results")
TABLE = TableRef("staging", "d", "t")
CONTROL = Control.model_validate({"name": "c", "algorithm": "mean", "field": "x"})


def test_how_many_what_share_which_limit_and_where(judged: Judged) -> None:
    rows = [{"country": "PT" if n % 4 == 0 else "ES", "item": "beer" if n % 4 == 0 else "tea"} for n in range(40)]
    (result,) = judged(
        {"country": "string", "item": "string"}, rows,
        {"algorithm": "is_in", "field": "item", "arguments": {"values": ["tea"]}, "threshold": {"rag_min": 0.9}},
    )  # fmt: skip
    assert result.detail == (
        "10 of 40 rows (25 %), amber above 0 %, red above 10 %; for example **** (5 times); most in country PT "
        "(10 of 10)"
    )
    assert (result.rag, result.milliseconds > 0, (result.bytes_scanned or 0) > 0) == ("red", True, True)


@pytest.mark.parametrize(
    "control",
    [
        {"algorithm": "is_unique", "field": "id"},
        {"algorithm": "determines", "field": "item", "arguments": {"fields": ["id"]}},
        {"algorithm": "has_no_gaps", "field": "id", "arguments": {"period": 1}},
    ],
)
def test_rules_across_rows_say_where_as_well(judged: Judged, control: dict[str, Any]) -> None:
    gap = control["algorithm"] == "has_no_gaps"
    rows: list[dict[str, Any]] = [{"id": str(n), "item": "a", "day": "2026-01-01"} for n in range(30)]
    rows += [{"id": str(100 + 2 * n if gap else n // 2 + 100), "item": str(n), "day": "2026-01-02"} for n in range(6)]
    (result,) = judged({"id": "int", "item": "string", "day": "date"}, rows, control)
    assert "most in day 2026-01-02 (6 of 6)" in result.detail


def test_the_worst_slice_is_named_first() -> None:
    found = worst([Slice("item a", 50, 20), Slice("file b.csv", 30, 25), Slice("file a.csv", 70, 5)], 100, 30)
    assert [one.name for one in found] == ["file b.csv"]


def test_a_slice_no_worse_than_chance_is_not_named() -> None:
    assert worst([Slice("item coffee", 228, 4)], total=500, invalid=5) == ()
    assert worst([Slice("item coffee", 500, 500)], total=500, invalid=500) == ()


def test_private_values_and_those_of_the_check_itself_name_no_slice() -> None:
    kinds = {"who": "string", "item": "string", "price": "double", "day": "date"}
    columns = [PlanColumn(name, parse_type(kind), column(name), private=name == "who") for name, kind in kinds.items()]
    assert sliced_columns(columns, "day", ["item"]) == ("day",)
    assert slice_name("item", "a\nb" + "c" * 50) == "item a?b" + "c" * 37 + "…"


def test_a_column_marked_pii_is_never_shown(tmp_path: Path) -> None:
    from data_framework.modules.config.model.tables import TableContract

    data = tmp_path / "d.csv"
    data.write_text("who,item\n" + "ann,beer\n" * 5 + "bob,tea\n" * 30)
    contract = {"database": "d", "table": "t", "columns": [{"name": "who", "pii": True}, {"name": "item"}]}
    rule = {"name": "i", "algorithm": "is_in", "field": "item", "arguments": {"values": ["tea"]}}
    controls = [Control.model_validate(rule)]
    shown = [check_file(data, controls, promised).controls[0].detail
             for promised in (None, TableContract.model_validate(contract))]  # fmt: skip
    assert "most in who ann (5 of 5)" in shown[0]
    assert "ann" not in shown[1]


# the runs before -----------------------------------------------------------------------------------------------------
def observed(day: date, value: float, control: Control = CONTROL, invalid: int = 0) -> ControlResult:
    bound = Bound(control, ("x",), "value", limits_of(control))
    result = outcome(bound, CheckCount(1, 0, value), 1, invalid, value, "", TABLE, day.isoformat())
    return type(result)(**{**vars(result), "end_date": f"{day + timedelta(days=1)}T00:00:00+00:00"})


@pytest.fixture
def place() -> Iterator[Workplace]:
    with workplace("lambda") as opened:
        yield opened


def save(place: Workplace, *results: ControlResult) -> None:
    context = ControlContext(dataflow="f", process="p", run_id="r")
    place.controls.save([(result, context) for result in results])


def test_the_last_runs_are_told_beside_a_failure(judged: Judged) -> None:
    control = {"algorithm": "is_positive", "field": "x", "control_table_id": "told"}
    place, table = judged.place, judged._tables + 1  # type: ignore[attr-defined]
    target = TableRef("staging", "check", f"data_{table}")
    written = Control.model_validate({"name": "it", **control})
    for day, invalid in (("2026-01-01", 0), ("2026-01-02", 5), ("2026-01-03", 1)):
        result = outcome(Bound(written, ("x",), "rows", limits_of(written)), CheckCount(10, invalid), 10, invalid, None,
                         "", target, day)  # fmt: skip
        save(place, result)
    (result,) = judged({"x": "int"}, [{"x": "1"}, {"x": "-1"}], control, file_date="2026-01-03")
    assert result.detail.endswith("before: 0 % (green), 50 % (red)"), "the run of the same date is no past of it"


def test_of_each_date_its_last_run_counts_and_errors_are_no_values(place: Workplace) -> None:
    for day in range(1, 6):
        save(place, observed(date(2026, 1, day), day))
    save(place, observed(date(2026, 1, 3), 33))
    broken = observed(date(2026, 1, 5), 55)
    save(place, type(broken)(**{**vars(broken), "error": "it broke", "end_date": "2026-02-01T00:00:00+00:00"}))
    pasts = Pasts(place.catalogue, RESULTS, "2026-01-06")
    assert [run.observed for run in pasts.runs(CONTROL, TABLE, 3, observing=True)] == [33, 4, 5]
    assert [run.error for run in pasts.runs(CONTROL, TABLE, 3)] == ["", "", "it broke"]
    assert [run.observed for run in Pasts(place.catalogue, RESULTS, "2026-01-03").runs(CONTROL, TABLE, 9)] == [1, 2]
    assert list(pasts.runs(CONTROL, TABLE, 0)) == []
    assert list(pasts.runs(CONTROL.model_copy(update={"name": "other"}), TABLE, 3)) == []


def test_only_as_many_files_are_read_as_runs_are_wanted(place: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    for day in range(1, 21):
        save(place, observed(date(2026, 1, day), day))
    read: list[str] = []

    def counted(*arguments: Any) -> Any:
        read.append(arguments[2].path)
        return rows_of_file(*arguments)

    monkeypatch.setattr(past, "rows_of_file", counted)
    found = Pasts(place.catalogue, RESULTS, "2026-02-01").runs(CONTROL, TABLE, 3)
    assert [run.observed for run in found] == [18, 19, 20]
    assert len(read) == 3


def test_dates_filled_in_backwards_are_still_the_nearest_ones(place: Workplace) -> None:
    for place_in_time, day in enumerate((5, 4, 3, 2, 1)):
        one = observed(date(2026, 1, day), day)
        moment = f"2026-03-0{place_in_time + 1}T00:00:00+00:00"
        save(place, type(one)(**{**vars(one), "end_date": moment}))
    found = Pasts(place.catalogue, RESULTS, "2026-01-31").runs(CONTROL, TABLE, 2)
    assert [run.observed for run in found] == [4, 5]
