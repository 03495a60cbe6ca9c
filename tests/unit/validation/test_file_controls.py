"""Controls of whole files, configured and of level File."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from data_framework.modules.catalogue import open_catalogue
from data_framework.modules.config import IncomingFile, TableContract, TableRef, open_config
from data_framework.modules.validation import ControlContext, QualityControlsInterface, open_quality_controls
from data_framework.modules.validation.integrations import file_validator
from data_framework.modules.validation.integrations.file_validator import LandedFile

RAW = TableRef("raw", "shop_raw", "orders")
CONTEXT = ControlContext(
    dataflow="orders", process="landing_to_raw", run_id="r1", file_name="f.csv", file_date="2026-01-02"
)


@pytest.fixture
def controls(tmp_path: Path) -> QualityControlsInterface:
    (tmp_path / "controls").mkdir()
    of_raw = {"layer": "landing", "database": "shop_raw", "table": "orders", "level": "File"}
    written = [
        {**of_raw, "control_table_id": "F1", "algorithm": "file_size", "arguments": {"max": 10}, "blocking": True},
        {**of_raw, "control_table_id": "F2", "algorithm": "file_sise"},
        {**of_raw, "control_table_id": "F3", "algorithm": "file_size", "table": "others"},
        {**of_raw, "control_table_id": "D1", "algorithm": "row_count", "level": "Data", "layer": "raw"},
    ]
    (tmp_path / "controls" / "files.json").write_text(json.dumps({"controls": written}))
    (tmp_path / "transformation.json").write_text(json.dumps({"dataflows": {"orders": {}}}))
    (tmp_path / "platform.json").write_text(json.dumps({"local": {"environment": "local"}}))
    config = open_config(tmp_path)
    return open_quality_controls(config, open_catalogue(config))


def test_a_file_is_judged_by_what_is_configured_and_what_is_bound_to_its_raw_table(
    controls: QualityControlsInterface,
) -> None:
    incoming = IncomingFile.model_validate({
        "file_format": "csv", "filename_pattern": r"f\.csv", "controls": {"file_size": {"min": 1}}
    })  # fmt: skip
    results = controls.judge_file(RAW, LandedFile("f.csv", 25, incoming), CONTEXT)
    found = {result.control_table_id or result.name: result for result in results}
    assert list(found) == ["validate_filename_pattern", "validate_csv_format", "file_size", "F1", "F2"]
    assert [one.success for one in found.values()] == [True, True, True, False, False]
    assert found["F1"].stops
    assert (found["F1"].observed, found["F1"].level, found["F1"].file_date) == (25, "File", "2026-01-02")
    assert "more than 10" in found["F1"].detail
    assert "Did you mean 'file_size'?" in found["F2"].error


def test_what_is_always_on_blocks(controls: QualityControlsInterface) -> None:
    incoming = IncomingFile.model_validate({"file_format": "csv", "filename_pattern": "other", "zipped": "zip"})
    landed = LandedFile("f.csv", 5, incoming, unreadable="it is no zip archive", misnamed="nothing in it")
    results = [result for result in controls.judge_file(RAW, landed, CONTEXT) if not result.control_table_id]
    assert [result.stops for result in results] == [True, True, True]
    assert {result.detail for result in results} >= {"it is no zip archive", "nothing in it"}


CONTRACT = TableContract.model_validate({
    "layer": "staging", "database": "shop_staging", "table": "orders", "schema_policy": {"new_columns": "freeze"},
    "columns": [{"name": "id", "type": "int"}, {"name": "name", "type": "string"}],
})  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "passes", "fails"),
    [
        ("validate_unzipped_filename_pattern", {"members": ("a.csv",)}, {"misnamed": "no member is called so"}),
        ("validate_csv_columns", {"columns": ("Id", "name")}, {"columns": ("id", "name", "new")}),
        ("check_json_status_code", {"fields": {"status_code": 200}}, {"fields": {"status_code": 500}}),
    ],
)
def test_a_rule_of_files_passes_and_fails(rule: str, passes: dict[str, Any], fails: dict[str, Any]) -> None:
    incoming = IncomingFile.model_validate(
        {"file_format": "json" if "json" in rule else "csv", "filename_pattern": "f", "zipped": "zip"}
    )
    judge = getattr(file_validator, rule)
    for facts, invalid in ((passes, 0), (fails, 1)):
        found = judge(LandedFile("f", 5, incoming, contract=CONTRACT, **facts), {})
        assert (found.total, found.invalid, bool(found.detail)) == (1, invalid, bool(invalid))
