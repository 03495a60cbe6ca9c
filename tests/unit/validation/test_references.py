"""Every rule is what plain Python says on both engines; a rule without a reference fails here."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_framework.modules.validation import RULES
from data_framework.modules.validation.rules.model import Past
from data_framework.modules.validation.workplace import workplace
from unit.validation.conftest import Judge
from unit.validation.corpus import TODAY, TYPES, Row, rows
from unit.validation.references import CELLS, ROWS, Reference
from unit.validation.references_of_tables import ACROSS, VALUES, WHOLE, tables

EVERY: Sequence[Reference] = [*CELLS, *ROWS, *ACROSS, *VALUES, *WHOLE]
EFFECTS = ("check_primary_keys", "drop_invalid_primary_keys", "unify_duplicated_primary_keys")
FILE_TESTS = (
    Path(__file__).parents[1] / "landing" / "test_file_rules.py",
    Path(__file__).with_name("test_file_controls.py"),
)


def differences(judge: Judge, corpus: Sequence[Row]) -> list[str]:
    """What an engine finds otherwise than Python, in one pass of all controls."""
    for name, content in tables(corpus).items():
        judge.write(name, content)
    found = judge(TYPES, corpus, *(one.control for one in EVERY), current_date=TODAY)
    wrong = []
    for result, one in zip(found, EVERY, strict=True):
        total, invalid, seen = one.found(corpus)
        same = seen is None or same_value(result.observed, seen)
        if (result.error, result.total, result.invalid) != ("", total, invalid) or not same:
            told = (result.error, result.total, result.invalid, result.observed)
            wrong.append(f"{one.rule} of {one.fields} {dict(one.arguments)}: {told}, not {(total, invalid, seen)}")
    return wrong


def same_value(ours: Any, theirs: Any) -> bool:
    if isinstance(theirs, int | float):
        return bool(float(ours) == pytest.approx(theirs, rel=1e-9))
    return bool(ours == theirs)


def test_every_rule_is_what_python_says(judged: Any) -> None:
    assert differences(Judge(judged.place, private=True), rows(1)) == []


@pytest.mark.long
def test_every_rule_is_what_python_says_on_spark(spark: Any) -> None:
    with workplace("emr") as place:
        assert differences(Judge(place, private=True), rows(1)) == []
        effects_are_what_python_says(Judge(place))


def test_no_rule_lacks_a_reference_and_each_is_seen_to_pass_and_to_fail() -> None:
    corpus = rows(1)
    passing, failing = Counter[str](), Counter[str]()
    for one in EVERY:
        total, invalid, _ = one.found(corpus)
        passing[one.rule] += total - invalid
        failing[one.rule] += invalid
    without_past = {"volume_change", "is_anomalous"}  # their failures need a past: below
    data = {name for name, rule in RULES.items() if rule.shape != "file"} - {*EFFECTS}
    assert {name for name in data if not passing[name]} == set()
    assert {name for name in data if not failing[name]} == without_past
    files = "".join(path.read_text() for path in FILE_TESTS)
    assert [name for name, rule in RULES.items() if rule.shape == "file" and name not in files] == []


def effects_are_what_python_says(judge: Judge) -> None:
    keyed = [{"id": key, "name": name} for key, name in ((1, "a"), (1, "b"), (2, "c"), (None, "d"), (3, "e"))]
    for rule in EFFECTS:
        arguments = {"order_by": "name desc"} if rule.startswith("unify") else {}
        control = {"algorithm": rule, "arguments": arguments}
        (result,) = judge({"id": "int", "name": "string"}, keyed, control, keys=("id",))
        times = Counter(one["id"] for one in keyed)
        invalid = sum(one["id"] is None or times[one["id"]] > 1 for one in keyed)
        assert (rule, result.error, result.total, result.invalid) == (rule, "", len(keyed), invalid)


def test_effects_on_keys_are_counted_as_python_does(judged: Any) -> None:
    effects_are_what_python_says(judged)


FAR: dict[str, Callable[[float, list[float]], bool]] = {
    "standard_deviation": lambda x, past: abs(x - statistics.fmean(past)) <= 3 * statistics.stdev(past),
    "moving_average": lambda x, past: abs(x - statistics.fmean(past)) <= 0.5 * abs(statistics.fmean(past)),
    "mad": lambda x, past: (
        0.6745 * abs(x - statistics.median(past))
        <= 3.5 * statistics.median([abs(one - statistics.median(past)) for one in past]) * (1 + 1e-12)
    ),
}


@given(past=st.lists(st.integers(0, 50).map(float), min_size=3, max_size=9), value=st.integers(0, 60),
       method=st.sampled_from([*FAR, "seasonal"]))  # fmt: skip
def test_what_is_anomalous_is_what_python_says(past: list[float], value: int, method: str) -> None:
    step = 7 if method == "seasonal" else 1
    day = date(2026, 1, 12)
    before = [Past(day - timedelta(days=step * (len(past) - place)), one) for place, one in enumerate(past)]
    history = RULES["is_anomalous"].function([], "row_count", 9, method).history
    expected = FAR["standard_deviation" if method == "seasonal" else method](float(value), past)
    assert history.read(float(value), before, day).valid == expected
    volume = RULES["volume_change"].function([], 9, -0.5, 1).history.read(float(value), before, day)
    mean = statistics.fmean(past)
    assert volume.valid == (not mean or -0.5 <= value / mean - 1 <= 1)
