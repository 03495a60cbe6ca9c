"""`runs` and `doctor`: the history, and what is missing."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from data_framework.cli import doctor, runs
from data_framework.modules.state import Metric
from data_framework.modules.state.integrations.local_state import LocalState


def project(folder: Path, **platform: Any) -> Path:
    (folder / "platform.json").write_text(json.dumps({"local": {"environment": "local", **platform}}))
    (folder / "transformation.json").write_text(json.dumps({"project_id": "shop", "dataflows": {}}))
    return folder


def called(*arguments: str) -> Result:
    app = typer.Typer()
    runs.register(app)
    doctor.register(app)
    return CliRunner().invoke(app, list(arguments))


def answered(*arguments: str, code: int = 0) -> dict[str, Any]:
    result = called(*arguments, "--json")
    assert result.exit_code == code, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def answer(run_id: str, **values: Any) -> dict[str, Any]:
    table = {
        "layer": "staging", "database": "shop", "table": "sales", "file_date": "2026-01-01", "rows_read": 10,
        "rows_written": 9, "rows_unchanged": 0, "rows_quarantined": 1, "rows_dropped": 0, "rows_merged": 0,
    }  # fmt: skip
    error = {"type": "ControlsStoppedError", "message": "1 control is red.", "hint": "Look at it.", "context": {}}
    process = {
        "process": "raw_to_staging", "engine": "lambda", "success": False, "skipped": False, "duration_s": 0.5,
        "files": [{"file_name": "a.csv", "disposition": "rejected", "reasons": ["it is empty"]}], "tables": [table],
        "controls": [{"name": "amount is positive", "rag": "red"}, {"name": "fine", "rag": "green"}],
        "outputs": [{"name": "Report", "path": "/out/r.csv", "rows": 3, "error": ""}], "error": error,
    }  # fmt: skip
    return {
        "execution_id": run_id, "dataflow": "sales", "status": "done", "success": False, "exit_code": 1,
        "duration_s": 0.75, "processes": [process], "error": None, **values,
    }  # fmt: skip


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    project(tmp_path)
    state = LocalState(tmp_path / "data")
    state.check_home(tmp_path / "data")
    state.save_run("aaa1", answer("aaa1"))
    state.save_metrics(
        [Metric("ProcessDuration", 0.5, "Seconds", {"ExecutionId": "aaa1"}, "2026-01-01T10:00:00+00:00")]
    )
    state.save_run("bbb2", answer("bbb2", success=True, exit_code=0, processes=[]))
    state.close()
    return tmp_path


def test_runs_are_listed(shop: Path) -> None:
    document = answered("runs", "list", "--project", str(shop))
    assert [run["execution_id"] for run in document["runs"]] == ["bbb2", "aaa1"]
    listed = document["runs"][1]
    assert (listed["dataflow"], listed["success"], listed["exit_code"], listed["status"]) == ("sales", False, 1, "done")
    assert listed["processes"] == [{"process": "raw_to_staging", "success": False, "skipped": False, "duration_s": 0.5}]
    assert listed["started"]
    shown = called("runs", "list", "--project", str(shop), "--limit", "1").stdout
    assert "bbb2" in shown
    assert "ok" in shown
    assert "aaa1" not in shown


def test_a_dataflow_that_is_not_there_is_said(shop: Path) -> None:
    result = called("runs", "list", "--project", str(shop), "--dataflow", "none")
    assert result.exit_code == 2
    assert "none" in result.stderr


def test_a_project_where_nothing_ran(tmp_path: Path) -> None:
    assert answered("runs", "list", "--project", str(project(tmp_path))) == {"runs": []}
    assert "Nothing has run" in called("runs", "list", "--project", str(tmp_path)).stdout


def test_a_run_is_shown_as_it_answered(shop: Path) -> None:
    document = answered("runs", "show", "aaa", "--project", str(shop))
    (metric,) = document.pop("metrics")
    assert (metric["name"], metric["value"], metric["unit"]) == ("ProcessDuration", 0.5, "Seconds")
    assert document.pop("started")
    assert document == answer("aaa1")
    shown = called("runs", "show", "aaa1", "--project", str(shop)).stdout
    for text in ("failed (1)", "rejected a.csv: it is empty", "10 read, 9 written, 1 quarantined", "Report: 3 rows",
                 "amount is positive: red", "1 control is red. Look at it."):  # fmt: skip
        assert text in shown
    assert "fine" not in shown
    assert "ProcessDuration" not in shown
    assert "ProcessDuration" in called("runs", "show", "aaa1", "-v", "--project", str(shop)).stdout


def test_a_run_nobody_knows_is_said(shop: Path) -> None:
    document = answered("runs", "show", "zzz", "--project", str(shop), code=2)
    assert document["errors"][0]["type"] == "UnknownRunError"


def test_a_moved_project_is_refused(shop: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    assert answered("runs", "list", "--project", str(shop))["runs"]
    moved = tmp_path_factory.mktemp("new") / "place"
    shop.rename(moved)
    document = answered("runs", "list", "--project", str(moved), code=2)
    assert document["errors"][0]["type"] == "ProjectMovedError"
    assert str(shop / "data") in document["errors"][0]["message"]
    store = next(check for check in answered("doctor", "--project", str(moved), code=2)["checks"] if not check["ok"])
    assert store["name"] == "run store"


def test_doctor_finds_what_is_there(shop: Path) -> None:
    document = answered("doctor", "--project", str(shop))
    assert document["success"] is True
    checks = {check["name"]: check for check in document["checks"]}
    assert {"python", "duckdb", "pyarrow", "pydantic", "project", "data root", "run store"} <= checks.keys()
    assert checks["project"]["found"] == "shop, environment local"
    assert "has runs" in checks["run store"]["found"]
    assert "Everything is there." in called("doctor", "--project", str(shop)).stdout


def test_doctor_works_without_a_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert answered("doctor")["success"] is True
    assert answered("doctor", "--project", str(tmp_path), code=2)["success"] is False
    assert list(tmp_path.iterdir()) == []


def test_doctor_says_what_a_configuration_lacks(shop: Path) -> None:
    (shop / "platform.json").write_text('{"local": {"environmnt": "local", "time_zone": "Nowhere"}}')
    document = answered("doctor", "--project", str(shop), code=2)
    (check,) = [check for check in document["checks"] if not check["ok"]]
    assert (check["name"], check["hint"]) == ("project", "See: data-framework validate")
    assert check["found"].startswith("2 problem")


def test_doctor_says_what_to_do_for_spark(
    shop: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATA_FRAMEWORK_SPARK_JARS", str(tmp_path_factory.mktemp("jars")))
    monkeypatch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
    monkeypatch.setenv("JAVA_HOME", str(tmp_path_factory.mktemp("no-java")))
    monkeypatch.setenv("PYSPARK_PYTHON", "/another/python")
    checks = {
        one["name"]: one for one in answered("doctor", "--engine", "emr", "--project", str(shop), code=2)["checks"]
    }
    assert "openjdk-17" in checks["java"]["hint"]
    assert "doctor --engine emr --fetch" in checks["libraries of Spark"]["hint"]
    assert "Unset PYSPARK_PYTHON" in checks["python of Spark's workers"]["hint"]
    assert "round trip" not in checks


def test_doctor_tries_the_mail_server(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        project(tmp_path, notifications={"channel": "smtp", "smtp": {"host": "127.0.0.1", "port": port}})
        checks = {check["name"]: check for check in answered("doctor", "--project", str(tmp_path))["checks"]}
        assert checks["mail server"]["ok"]
    checks = {check["name"]: check for check in answered("doctor", "--project", str(tmp_path), code=2)["checks"]}
    assert not checks["mail server"]["ok"]
    assert str(port) in checks["mail server"]["found"]


def test_libraries_are_compared_with_what_is_needed() -> None:
    assert doctor._library("pytest", ">=1,<100", "dev").ok
    old = doctor._library("pytest", ">=100", "dev")
    assert not old.ok
    assert ">=100 is needed" in old.found
    absent = doctor._library("no-such-library-at-all", ">=1", "local")
    assert (absent.ok, absent.hint) == (False, "Install it with: pip install 'data-framework[local]'")
    assert doctor._holds((2, 0), "<", (3,))
    assert doctor._holds((0, 12, 1), "<", (0, 13))
    assert not doctor._holds((3, 0, 0), "<", (3,))
    assert doctor._holds((0, 0, 3), "==", (0, 0, 3))
