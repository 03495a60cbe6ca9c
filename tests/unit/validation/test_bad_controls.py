"""Controls that cannot be judged: each is an error that names it, is red, blocks if it blocks, and hides no other."""

from __future__ import annotations

from typing import Any

import pytest

BAD: list[tuple[str, dict[str, Any], str]] = [
    ("a typo", {"algorithm": "is_not_nul", "field": "a"}, "Did you mean 'is_not_null'?"),
    ("a missing field", {"algorithm": "is_not_null", "field": "aa"}, "no column 'aa'"),
    ("a field of another type", {"algorithm": "mean", "field": "t"}, "judges"),
    ("a missing argument", {"algorithm": "is_in", "field": "a"}, "needs the argument 'values'"),
    ("a pattern one engine cannot run", {"algorithm_type": "Regex", "algorithm": "(?<=x)y", "field": "t"},
     "look-behind"),
    ("a backreference", {"algorithm": "matches_regex", "field": "t", "arguments": {"pattern": r"(a)\1"}},
     "cannot be used"),
    ("SQL that drops", {"algorithm_type": "SQL", "algorithm": "drop table data"}, ""),
    ("SQL that reads a file", {"algorithm_type": "SQL", "algorithm": "select * from read_csv('/etc/passwd')"},
     "read_csv"),
    ("SQL of two statements", {"algorithm_type": "SQL", "algorithm": "select 1, 2 from {data}; drop table data"}, ""),
    ("SQL that never ends",
     {"algorithm_type": "SQL", "arguments": {"time_limit": 1},
      "algorithm": "select null, count(*) from {data} a, {data} b, {data} c, {data} d, {data} e, {data} f, {data} g"},
     "time limit"),
    ("SQL that fails while it runs", {"algorithm_type": "SQL", "algorithm": "select t, cast(t as int) from {data}"},
     ""),
    ("a condition that fails while it runs", {"algorithm": "satisfies", "arguments": {"expression": "1 / (a - a) > 0"}},
     ""),
    ("a missing master table",
     {"algorithm": "check_master_fields", "field": "t", "arguments": {"master_table": "nowhere"}}, "no table"),
    ("a missing other table", {"algorithm": "row_count_equals", "arguments": {"table": "x.nowhere"}}, "no table"),
    ("a function that raises", {"algorithm_type": "Python", "algorithm": "raises"}, "ZeroDivisionError"),
    ("a function that is nowhere", {"algorithm_type": "Python", "algorithm": "nowhere"}, "no function 'nowhere'"),
]  # fmt: skip
ROWS = [{"a": str(n), "t": f"x{n}"} for n in range(400)]
GOOD = {"algorithm": "is_not_null", "field": "a", "name": "good"}


class Parent:
    """Functions of a project."""

    def raises(self, rule: Any, data: Any) -> Any:
        return 1 / 0


@pytest.mark.parametrize(("name", "control", "reason"), BAD, ids=[name for name, _, _ in BAD])
def test_a_control_that_cannot_be_judged(judged: Any, name: str, control: dict[str, Any], reason: str) -> None:
    before, wrong, after = judged(
        {"a": "int", "t": "string"}, ROWS, GOOD, {**control, "name": name, "blocking": True}, GOOD, parent=Parent()
    )
    assert wrong.error
    assert reason in wrong.error
    assert (wrong.name, wrong.rag, wrong.success, wrong.stops) == (name, "red", False, True)
    assert [(one.total, one.invalid, one.error) for one in (before, after)] == [(400, 0, "")] * 2


@pytest.mark.parametrize("text", ["'; drop table data; --", '" or 1=1 --', "\\", "${x}", "{file_date}", "%s", "a\x00b"])
def test_values_arguments_and_names_are_never_run(judged: Any, text: str) -> None:
    column = text.replace("\x00", "")
    rows = [{"t": text.replace("\x00", ""), column: "1"}, {"t": "other", column: "2"}]
    found = judged(
        {"t": "string", column: "string"}, rows,
        {"algorithm": "is_in", "field": "t", "arguments": {"values": [text.replace("\x00", "")]}, "name": text},
        {"algorithm": "is_not_null", "field": column}, {"algorithm": "is_unique", "field": column},
        {"algorithm": "distinct_values_contain", "field": "t", "arguments": {"values": [text.replace("\x00", "")]}},
        file_name=text,
    )  # fmt: skip
    assert [(one.invalid, one.error) for one in found] == [(1, ""), (0, ""), (0, ""), (0, "")]
