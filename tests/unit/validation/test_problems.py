"""What `validate` finds in controls, without touching data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from data_framework.modules.config import open_config
from data_framework.modules.exception import Problem
from data_framework.modules.validation import control_problems

TABLE = {"layer": "staging", "database": "shop", "table": "orders"}
FINE: list[dict[str, Any]] = [
    {"algorithm": "is_between", "field": "amount", "arguments": {"min": 0}},
    {"algorithm": "is_not_null", "field": ["id", "Data Date"]},
    {"algorithm": "satisfies", "arguments": {"expression": "amount > 0 and data_date <= {file_date}"}},
    {"algorithm_type": "SQL", "algorithm": "select note, count(*) from {data} join shop.notes using (note) group by 1"},
    {"algorithm_type": "Python", "algorithm": "checks:small"},
    {"algorithm_type": "Python", "algorithm": "known_when_it_runs"},
    {"algorithm": "is_foreign_key", "field": "note", "arguments": {"table": "notes"}},
    {"algorithm": "check_primary_keys"},
    {"algorithm": "file_size", "level": "File", "arguments": {"min": 1}},
]
WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"algorithm": "is_betwen", "field": "amount"}, "algorithm", "Did you mean 'is_between'?"),
    ({"algorithm": "is_between", "field": "amont", "arguments": {"min": 0}}, "field", "Did you mean 'amount'?"),
    ({"algorithm": "is_between", "field": "amount", "arguments": {"mim": 0}}, "arguments", "Did you mean 'min'?"),
    ({"algorithm": "is_between", "field": "note", "arguments": {"min": 0}}, "arguments", "'note' is text"),
    ({"algorithm": "has_length_between", "field": "id", "arguments": {"min": 0}}, "field", "judges string"),
    ({"algorithm": "is_not_null", "field": "id", "where": "amonut > 1"}, "where", "Did you mean 'amount'?"),
    ({"algorithm_type": "SQL", "algorithm": "select a b c from {data}"}, "algorithm", "SQL, line 1"),
    ({"algorithm_type": "SQL", "algorithm": "select * from read_csv('/etc/passwd')"}, "algorithm", "read_csv"),
    ({"algorithm_type": "Regex", "algorithm": "(?<=a)b", "field": "note"}, "algorithm", "look-behind"),
    ({"algorithm_type": "Python", "algorithm": "checks:smal"}, "algorithm", "Did you mean 'small'?"),
    ({"algorithm_type": "Python", "algorithm": "lost:small"}, "algorithm", "no file transformation/lost.py"),
    ({"algorithm": "is_foreign_key", "field": "note", "arguments": {"table": "note"}}, "arguments", "shop.notes"),
    ({"algorithm": "is_foreign_key", "field": "id", "arguments": {"table": "notes"}}, "arguments", "no column 'id'"),
    ({"algorithm": "is_in", "field": "note"}, "arguments", "needs the argument 'values'"),
    ({"algorithm_type": "SQL", "algorithm": "drop table shop.orders"}, "algorithm", ""),
    ({"algorithm_type": "SQL", "algorithm": "select id, 1 from {data}; delete from orders"}, "algorithm", ""),
    ({"algorithm": "satisfies", "arguments": {"expression": "id in (select id from shop.orders)"}}, "algorithm",
     "holds no query"),
    ({"algorithm": "row_count", "level": "File"}, "level", "its level is Data"),
    ({"algorithm": "file_size"}, "level", "its level is File"),
]  # fmt: skip


def problems(root: Path, *controls: dict[str, Any]) -> list[Problem]:
    columns = [{"name": "id", "type": "int"}, {"name": "amount", "type": "decimal(9,2)"}, {"name": "note"}]
    orders = {**TABLE, "columns": columns, "primary_keys": ["id"], "partition_field": "data_date"}
    notes = {**TABLE, "table": "notes", "columns": [{"name": "note"}]}
    for folder in ("controls", "tables", "transformation"):
        (root / folder).mkdir()
    (root / "tables" / "orders.json").write_text(json.dumps(orders))
    (root / "tables" / "notes.json").write_text(json.dumps(notes))
    (root / "transformation" / "checks.py").write_text("def small(rule, data):\n    return True\n")
    written = [{"name": f"n{number}", **TABLE, **control} for number, control in enumerate(controls)]
    (root / "controls" / "orders.json").write_text(json.dumps({"controls": written}, indent=1))
    (root / "transformation.json").write_text(json.dumps({"dataflows": {"orders": {}}}))
    (root / "platform.json").write_text(json.dumps({"local": {"environment": "local"}}))
    return list(control_problems(open_config(root)))


def test_right_controls_have_no_problem(tmp_path: Path) -> None:
    assert problems(tmp_path, *FINE) == []


@pytest.mark.parametrize(("control", "key", "hint"), WRONG)
def test_a_wrong_control_is_found_with_its_place(tmp_path: Path, control: dict[str, Any], key: str, hint: str) -> None:
    (found,) = problems(tmp_path, FINE[0], control)
    assert found.file == "controls/orders.json"
    assert found.line
    assert key in found.place or key not in control
    assert hint in found.hint
    assert not found.warning


def test_everything_is_found_at_once(tmp_path: Path) -> None:
    assert len(problems(tmp_path, *(control for control, _, _ in WRONG))) == len(WRONG)


def test_a_table_the_project_does_not_know_may_yet_be_there(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, {"algorithm": "is_foreign_key", "field": "id", "arguments": {"table": "zz.far_away"}})
    assert found.warning


def test_ids_are_used_once(tmp_path: Path) -> None:
    ids = {"control_master_id": "C", "control_table_id": "T"}
    (found,) = problems(tmp_path, {**FINE[0], **ids}, {**FINE[1], **ids, "name": "other"}, FINE[2])
    assert found.found == "C T"
