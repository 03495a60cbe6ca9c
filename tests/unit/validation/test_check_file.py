"""`controls check`, `list`, `test`, `explain` and `load`: any file judged without a project; the project's controls."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import typer
from typer.testing import CliRunner

from data_framework.cli import controls as commands
from data_framework.modules.config import Control, TableContract, open_config
from data_framework.modules.exception import ControlDataError, FileContentError
from data_framework.modules.validation import FileChecked, check_file, show_controls

CSV = 'Id,note,Año,row\n1,a,2020,x\n2,"two\nlines",abc,y\n2,,1999,z\n,d,2021,\n007,e,2022.5,w\n'
ROWS = [
    {"id": 1, "note": "a", "ano": "2020", "big": 12345678901234567890, "nested": {"x": [1]}, "ok": True},
    {"id": 2, "note": None, "ano": "abc", "big": 1, "nested": None, "ok": False},
    {"id": 2, "ano": "1999"},
]


def check(path: Path, *controls: dict[str, Any], **options: Any) -> FileChecked:
    return check_file(path, [Control.model_validate(control) for control in controls], **options)


@pytest.fixture
def delivered(tmp_path: Path) -> Path:
    path = tmp_path / "orders.csv"
    path.write_text(CSV)
    return path


def test_text_without_a_contract_is_read_as_the_rule_says(delivered: Path) -> None:
    found = check(
        delivered,
        {"algorithm": "is_between", "field": "Año", "arguments": {"min": 2000, "max": 2022}},
        {"algorithm": "is_in", "field": "Id", "arguments": {"values": [1, 7]}},
        {"algorithm": "is_in", "field": "id", "arguments": {"values": ["1", "7"]}},
        {"algorithm": "matches_regex", "field": "id", "arguments": {"pattern": "^0"}},
        {"algorithm": "has_length_between", "field": "id", "arguments": {"min": 1, "max": 2}},
        {"algorithm": "is_unique", "field": "id"},
        {"algorithm": "satisfies", "arguments": {"expression": "id > 1 and id + 1 < 9"}},
        {
            "algorithm_type": "SQL",
            "algorithm": "select note, id from {data} where id is not null",
            "threshold": {"max": 2},
        },
        {"algorithm": "row_count", "where": "id = 2"},
        {"algorithm": "completeness", "field": "note"},
    )
    assert found.rows == 5
    assert [result.error for result in found.controls] == [""] * 10
    counts = [(result.total, result.invalid) for result in found.controls]
    assert counts == [(5, 3), (4, 2), (4, 3), (4, 3), (4, 1), (4, 2), (4, 1), (4, 1), (1, 0), (1, 0)]
    assert [result.observed for result in found.controls[-2:]] == [2, 0.8]


def test_failed_rows_are_the_rows_that_fail(delivered: Path, tmp_path: Path) -> None:
    controls = [
        {"control_table_id": "T1", "control_master_id": "C1", "algorithm": "is_not_null", "field": "note"},
        {"control_master_id": "C2", "algorithm": "is_unique", "field": "id"},
        {"name": "short", "algorithm_type": "Regex", "algorithm": "^[a-z]?$", "field": "note"},
        {"name": "kept", "algorithm": "is_not_null", "field": "id", "on_failure": "drop"},
    ]
    (tmp_path / "controls.json").write_text(json.dumps({"controls": controls}))
    target = tmp_path / "failed.csv"
    answer = run(
        "check", "--data", delivered, "--controls", tmp_path / "controls.json", "--failed-rows", target, code=1
    )
    with target.open(newline="") as stream:
        lines = list(csv.reader(stream))
    assert lines[0] == ["row", "control", "reason", "Id", "note", "Año", "row_2"]
    assert [(int(line[0]), line[1]) for line in lines[1:]] == [
        (2, "C2"), (2, "short"), (3, "T1"), (3, "C2"), (4, "kept")
    ]  # fmt: skip
    assert lines[2][3:] == ["2", "two\nlines", "abc", "y"]
    assert all(line[2] for line in lines)
    invalid = {entry["control_table_id"] or entry["control_master_id"] or entry["name"]: entry["invalid"]
               for entry in answer["controls"]}  # fmt: skip
    assert invalid == {"T1": 1, "C2": 2, "short": 1, "kept": 1}
    assert (answer["success"], answer["rows"]) == (False, 5)


def test_a_contract_gives_types_aliases_and_formats(tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"
    path.write_text("Order No;when;amount\n1;31/01/2026;10.50\n2;01/02/2026;x\n3;-;0.10\n")
    contract = TableContract.model_validate({
        "database": "d", "table": "t", "columns": [
            {"name": "id", "type": "int", "aliases": ["Order No"]}, {"name": "amount", "type": "decimal(9,2)"},
            {"name": "day", "type": "date", "aliases": ["when"], "formats": ["%d/%m/%Y"], "null_values": ["-"]},
            {"name": "missing", "type": "string"},
        ],
    })  # fmt: skip
    found = check(
        path,
        {"name": "late", "algorithm": "is_between", "field": "day", "arguments": {"max": "2026-01-31"}},
        {"name": "dear", "algorithm": "is_between", "field": "amount", "arguments": {"min": "0.10", "max": 5}},
        {"name": "gone", "algorithm": "is_not_null", "field": "missing"},
        contract=contract, rows=True,
    )  # fmt: skip
    assert [result.error for result in found.controls] == ["", "", ""]
    assert [(result.total, result.invalid) for result in found.controls] == [(2, 1), (2, 1), (3, 3)]
    lines = [(failed.row, failed.control) for failed in found.failed]
    assert lines == [(1, "dear"), (1, "gone"), (2, "late"), (2, "gone"), (3, "gone")]


def test_json_lines_and_parquet(tmp_path: Path) -> None:
    lines = tmp_path / "a.jsonl"
    lines.write_text("\n".join(json.dumps(row) for row in ROWS) + "\n")
    controls: list[dict[str, Any]] = [
        {"name": "u", "algorithm": "is_unique", "field": "id"},
        {"name": "n", "algorithm": "is_not_null", "field": "note"},
        {"name": "i", "algorithm": "is_in", "field": "id", "arguments": {"values": [1, 2]}},
        {"name": "b", "algorithm": "is_in", "field": "ok", "arguments": {"values": [True]}},
    ]
    table = pa.table({name: [row.get(name) for row in ROWS] for name in ("id", "note", "ok")})
    pq.write_table(table, tmp_path / "a.parquet")
    for path in (lines, tmp_path / "a.parquet"):
        found = check(path, *controls, rows=True)
        assert [result.error for result in found.controls] == [""] * 4
        assert [(result.total, result.invalid) for result in found.controls] == [(3, 2), (3, 2), (3, 0), (2, 1)]
        assert [(failed.row, failed.control) for failed in found.failed] == [
            (2, "u"), (2, "n"), (2, "b"), (3, "u"), (3, "n")
        ]  # fmt: skip


def test_an_empty_file_and_one_with_broken_rows(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text("id,b\n")
    (tmp_path / "broken.csv").write_text("id,b\n1,2\n1,2,3\n4,5\n")
    controls = ({"algorithm": "row_count", "threshold": {"min": 1}}, {"algorithm": "is_unique", "field": "id"})
    empty, broken = check(tmp_path / "empty.csv", *controls), check(tmp_path / "broken.csv", *controls, rows=True)
    assert (empty.rows, [one.rag for one in empty.controls]) == (0, ["red", "green"])
    assert (broken.rows, broken.broken, [one.observed for one in broken.controls]) == (3, 1, [2, None])


def test_what_cannot_be_checked_is_said(tmp_path: Path) -> None:
    with pytest.raises(ControlDataError, match="no such file"):
        check(tmp_path / "none.csv")
    (tmp_path / "a.pdf").write_bytes(b"%PDF")
    with pytest.raises(ControlDataError, match=r"\.csv, \.jsonl, \.parquet"):
        check(tmp_path / "a.pdf")
    (tmp_path / "a.parquet").write_bytes(b"PAR1")
    with pytest.raises(ControlDataError):
        check(tmp_path / "a.parquet")
    (tmp_path / "a.jsonl").write_text("{]")
    with pytest.raises(FileContentError):
        check(tmp_path / "a.jsonl")


def run(*arguments: object, code: int = 0) -> dict[str, Any]:
    app = typer.Typer()
    commands.register(app)
    found = CliRunner().invoke(app, ["controls", *map(str, arguments), "--json"])
    assert found.exit_code == code, found.output
    plain = CliRunner().invoke(app, ["controls", *map(str, arguments)])
    assert plain.exit_code == code, plain.output
    assert plain.stdout.strip() or code == 2
    answer: dict[str, Any] = json.loads(found.stdout)
    return answer


def project(root: Path, *controls: dict[str, Any]) -> Path:
    table = {"layer": "staging", "database": "shop_staging", "table": "orders"}
    contract = {**table, "columns": [{"name": "id", "type": "int"}, {"name": "note"}], "primary_keys": ["id"]}
    process = {"source_tables": {"orders": {"database": "shop_raw", "table": "orders"}},
               "target_tables": {"orders": {"database": "shop_staging", "table": "orders"}}}  # fmt: skip
    landing = {"incoming_file": {"file_format": "csv", "filename_pattern": "o.*"},
               "output_file": {"database": "shop_raw", "table": "orders", "partition_field": "data_date"}}  # fmt: skip
    flows = {"orders": {"processes": {"landing_to_raw": landing, "raw_to_staging": process}}}
    for folder in ("tables", "controls"):
        (root / folder).mkdir()
    (root / "tables" / "orders.json").write_text(json.dumps(contract))
    (root / "controls" / "orders.json").write_text(json.dumps({"controls": [{**table, **one} for one in controls]}))
    (root / "transformation.json").write_text(json.dumps({"dataflows": flows}))
    (root / "platform.json").write_text(json.dumps({"local": {"environment": "local"}}))
    return root


POSITIVE = {"control_table_id": "T1", "algorithm": "is_between", "field": "id", "arguments": {"min": 1}}


def test_list_load_and_explain(tmp_path: Path) -> None:
    root = project(tmp_path, POSITIVE)
    (entry,) = run("list", "--project", root)["controls"]
    assert (entry["control_table_id"], entry["source"], entry["algorithm"]) == ("T1", "file", "is_between")
    assert run("load", "--project", root)["tables"] == [
        {"table": "controls_master", "rows": 0}, {"table": "controls_dataset", "rows": 1}
    ]  # fmt: skip
    assert len(run("list", "--project", root)["controls"]) == 1
    (table,) = run("explain", "shop_staging.orders", "--project", root)["tables"]
    assert (table["process"], table["controls"]) == ("raw_to_staging", 1)
    assert table["sql"]
    assert "Did you mean" in json.dumps(run("explain", "shop_staging.order", "--project", root, code=2))


@pytest.mark.parametrize(
    ("examples", "problem"),
    [
        ({"pass_examples": [{"id": 1}, {"id": 2}], "fail_examples": [{"id": 0}]}, ""),
        ({"pass_examples": [{"id": 1}]}, "never shown to fail"),
        ({"pass_examples": [{"id": 0}], "fail_examples": [{"id": 0}]}, "1 of its pass_examples fail"),
        ({"fail_examples": [{"id": 0}, {"id": 5}]}, "1 of its fail_examples do not fail"),
    ],
)  # fmt: skip
def test_controls_are_shown_by_their_own_examples(tmp_path: Path, examples: dict[str, Any], problem: str) -> None:
    root = project(tmp_path, {**POSITIVE, **examples}, {"name": "other", "algorithm": "row_count"})
    first, second = show_controls(open_config(root))
    assert problem in first.problem
    assert bool(first.problem) == bool(problem)
    assert second.skipped


def test_the_examples_of_rules_and_controls_are_run_by_the_command(tmp_path: Path) -> None:
    root = project(tmp_path, {**POSITIVE, "fail_examples": [{"id": 1}]})
    answer = run("test", "--project", root, "--engine", "lambda", code=1)
    assert [(one["name"], one["success"]) for one in answer["controls"]] == [("T1", False)]
    assert all(rule["success"] and rule["fail_examples"] for rule in answer["rules"])


def test_the_examples_of_what_is_named_alone_are_run(tmp_path: Path) -> None:
    root = project(tmp_path, {**POSITIVE, "fail_examples": [{"id": 1}]})
    answer = run("test", "T1", "is_positive", "--project", root, "--engine", "lambda", code=1)
    assert [[one["name"] for one in answer[kind]] for kind in ("rules", "controls")] == [["is_positive"], ["T1"]]
    answer = run("test", "is_positiv", "--project", root, "--engine", "lambda", code=2)
    assert "is_positive" in str(answer)
