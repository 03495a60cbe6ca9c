"""The three tables of controls: read, merged with JSON, written, appended to by several at once."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from data_framework.modules.catalogue import CatalogueInterface, open_catalogue
from data_framework.modules.config import Config, Control, TableRef, open_config
from data_framework.modules.data_process.plan.model import CheckCount, KeyCheck, RowCheck, Slice, Verdict
from data_framework.modules.utils.data_types import DataType
from data_framework.modules.validation import ControlContext, all_controls, load_tables, open_quality_controls
from data_framework.modules.validation.places import controls_database
from data_framework.modules.validation.store import append_rows, read_rows
from data_framework.modules.validation.tables import DATASET, MASTER, RESULTS, from_row, to_row

ORDERS = TableRef("staging", "shop_staging", "orders")
COLUMNS = {"id": DataType("int"), "note": DataType("string")}
CONTEXT = ControlContext(
    dataflow="orders", process="raw_to_staging", run_id="r1", file_name="f.csv", file_date="2026-01-02"
)
ROW: dict[str, Any] = {
    "control_master_id": "C1", "control_table_id": "T1", "control_layer": "staging", "control_database": "shop_staging",
    "control_table": "orders", "control_field": "note", "control_dataset_details": "known notes",
    "control_level": "Data", "control_description": 'is_in {"values": ["a", "b"]}',
    "control_algorithm_type": "Data Framework", "blocking_control_indicator": True, "active_control_indicator": True,
}  # fmt: skip


@pytest.fixture
def config(tmp_path: Path) -> Config:
    (tmp_path / "controls").mkdir()
    control = {"control_master_id": "C9", "control_table_id": "T9", "layer": "staging", "database": "shop_staging",
               "table": "orders", "field": "id", "algorithm": "is_unique", "where": "id > 0"}  # fmt: skip
    (tmp_path / "controls" / "orders.json").write_text(json.dumps({"controls": [control]}))
    (tmp_path / "transformation.json").write_text(json.dumps({"dataflows": {"orders": {}}}))
    (tmp_path / "platform.json").write_text(json.dumps({"local": {"environment": "local"}}))
    return open_config(tmp_path)


@pytest.fixture
def catalogue(config: Config) -> CatalogueInterface:
    return open_catalogue(config)


def engine(config: Config, catalogue: CatalogueInterface) -> Any:
    return open_quality_controls(config, catalogue)


def add(config: Config, catalogue: CatalogueInterface, table: str, *rows: dict[str, Any]) -> None:
    append_rows(catalogue, controls_database(config, table), rows, {})


def test_controls_come_from_files_and_tables_and_files_win(config: Config, catalogue: CatalogueInterface) -> None:
    add(config, catalogue, MASTER, {"control_master_id": "C1", "control_level": "Data", "control_threshold_max": 3.0})
    overridden = {**ROW, "control_table_id": "T2", "control_threshold_max": 5.0, "active_control_indicator": False}
    rejected = {**ROW, "control_master_id": "C9", "control_table_id": "T9"}
    add(config, catalogue, DATASET, ROW, overridden, rejected)
    found = all_controls(config, catalogue)
    assert [(one.control.key, one.from_table) for one in found] == [("T9", False), ("T1", True), ("T2", True)]
    assert found[0].control.algorithm == "is_unique"
    assert [one.control.threshold.max for one in found[1:]] == [3, 5]
    compiled = engine(config, catalogue).compile(ORDERS, COLUMNS, (), CONTEXT)
    assert [type(check) for check in compiled.checks] == [KeyCheck, RowCheck], "inactive ones are left out"
    assert compiled.errors == {}


def test_a_control_written_as_a_row_reads_back_the_same() -> None:
    written = {
        "control_master_id": "C", "control_table_id": "T", "layer": "staging", "database": "d", "table": "t",
        "field": ["a", "b"], "description": "what", "blocking": "amber", "where": "a > 1", "nulls": "fail",
        "on_failure": "quarantine", "threshold": {"rag_min": 0.5, "rag_max": 0.9, "type": "Absolute"},
    }  # fmt: skip
    algorithms: list[dict[str, Any]] = [
        {"algorithm": "is_in", "arguments": {"values": [1]}},
        {"algorithm_type": "SQL", "algorithm": "a > b"},
        {"algorithm_type": "Regex", "algorithm": "^{a}$"},
    ]
    for algorithm in algorithms:
        control = Control.model_validate({**written, **algorithm})
        assert from_row(to_row(control), {}).control == control
        plain = Control.model_validate({"database": "d", "table": "t", "layer": "raw", "description": "x", **algorithm})
        assert from_row(to_row(plain), {}).control == plain


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"control_description": "is_inn"}, "Did you mean 'is_in'?"),
        ({"control_threshold_rag_min": 2.0}, "threshold"),
        ({"control_algorithm_type": "Magic"}, "algorithm_type"),
        ({"control_algorithm_type": "Python", "control_description": "os:system"}, "may not name code by its file"),
        ({"control_algorithm_type": "Python", "control_description": "system"}, "no function 'system'"),
    ],
)  # fmt: skip
def test_a_row_that_is_no_control_fails_as_one_and_hides_no_other(
    config: Config, catalogue: CatalogueInterface, change: dict[str, Any], reason: str
) -> None:
    import os

    add(config, catalogue, DATASET, {**ROW, **change}, {**ROW, "control_table_id": "T3"})
    found = engine(config, catalogue)
    found.set_parent(os)
    compiled = found.compile(ORDERS, COLUMNS, (), CONTEXT)
    assert len(compiled.checks) == 2
    results = found.judge(compiled, verdict(compiled), CONTEXT)
    wrong = next(result for result in results if result.control_table_id == "T1")
    assert reason in wrong.error
    assert wrong.stops
    assert [result.error for result in results if result is not wrong] == ["", ""]


def verdict(compiled: Any) -> Verdict:
    counts = {
        check.id: CheckCount(10, 1, samples=("secret",), slices=(Slice("file a.csv", 4, 1),), bytes=7)
        for check in compiled.checks
    }
    return Verdict(10, {}, 0, {}, counts, 0, 0)


def test_results_are_appended_in_one_commit_and_fast(config: Config, catalogue: CatalogueInterface) -> None:
    controls = engine(config, catalogue)
    compiled = controls.compile(ORDERS, COLUMNS, (), CONTEXT)
    results = controls.judge(compiled, verdict(compiled), CONTEXT)
    table = controls_database(config, RESULTS)
    pairs = [(result, CONTEXT) for result in results]
    controls.save([])
    assert not catalogue.exists(table)
    controls.save(pairs, "first")
    started = time.perf_counter()
    controls.save(pairs, "second")
    elapsed = time.perf_counter() - started
    assert elapsed < 2, "an append is a small commit"
    rows = list(read_rows(catalogue, table))
    controls.save(pairs, "first")
    assert len(rows) == 2 == len(list(read_rows(catalogue, table))), "what is there already is not appended again"
    assert len(catalogue.history(table)) == 2
    row = rows[0]
    assert (row["control_outcome"], row["control_metric_value"], row["rag"]) == ("{total: 10, value: 9}", 0.9, "red")
    assert (str(row["data_date"]), row["execution_id"], row["file_name"]) == ("2026-01-02", "r1", "f.csv")
    assert row["control_detail"] == "1 of 10 rows (10 %), none allowed; for example ******; most in file a.csv (1 of 4)"
    assert (row["milliseconds"], row["bytes_scanned"]) == (0.0, 7)
    assert row["initial_date"] <= row["end_date"]
    assert row["end_date"].tzinfo is not None
    assert (row["dataflow"], row["control_field"], row["engine"]) == ("orders", "id", "lambda")


def test_results_of_several_writers_all_arrive(config: Config, catalogue: CatalogueInterface) -> None:
    controls = engine(config, catalogue)
    compiled = controls.compile(ORDERS, COLUMNS, (), CONTEXT)
    results = controls.judge(compiled, verdict(compiled), CONTEXT)
    pairs = [(result, CONTEXT) for result in results]
    controls.save(pairs, "first")
    others = [engine(config, open_catalogue(config)) for _ in range(4)]
    writers = [threading.Thread(target=other.save, args=(pairs, str(n))) for n, other in enumerate(others)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(list(read_rows(catalogue, controls_database(config, RESULTS)))) == 5


def test_load_replaces_the_tables_with_the_controls_of_the_files(config: Config, catalogue: CatalogueInterface) -> None:
    add(config, catalogue, DATASET, ROW)
    for _ in range(2):
        assert load_tables(config, catalogue) == {MASTER: 1, DATASET: 1}
    (row,) = read_rows(catalogue, controls_database(config, DATASET))
    assert from_row(row, {}).control.where == "id > 0"
    assert [one.from_table for one in all_controls(config, catalogue)] == [False]
