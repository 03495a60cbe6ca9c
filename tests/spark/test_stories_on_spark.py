"""Whole projects on Spark, and on both engines by turns: the same tables, quarantine and reports as on one machine."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from project import ProjectFolder

DAYS = ("2013-01-05", "2013-01-07")  # one restated, one with damaged rows
FLIGHTS = ("nyc_common.flights", "nyc_business.delays", "nyc_business.carriers")
_SAMPLES = re.compile(r"; for example [^;]*")  # any five of the invalid rows
STAGED = ("flights", "weather", "planes", "airports", "airlines")
WHOLE = {  # as Spark runs outside of tests: plans that adapt, code that is compiled
    "spark.sql.adaptive.enabled": True, "spark.sql.codegen.wholeStage": True, "spark.sql.shuffle.partitions": 2,
}  # fmt: skip


def flights(root: Path, *on_spark: str) -> ProjectFolder:
    """The project of the demo with two days of flights; these processes run on Spark."""
    place = ProjectFolder(root)
    assert place.run("init", str(root), "--template", "flights").code == 0
    path = root / "transformation.json"
    found = json.loads(path.read_text())
    processes = found["dataflows"]["flights"]["processes"]
    for name in on_spark:
        processes[name]["processing_specifications"] = {"technology": "emr", "spark_configuration": {
            "custom_configuration": [{"parameter": name, "value": value} for name, value in WHOLE.items()]
        }}  # fmt: skip
    path.write_text(json.dumps(found))
    return place


def deliver(place: ProjectFolder, *arguments: str) -> None:
    subprocess.run([sys.executable, "deliver.py", *arguments], cwd=place.root, check=True, capture_output=True)
    for path in (place.root / "data" / "landing").rglob("flights_*.zip"):
        if not any(day in path.name for day in DAYS):
            path.unlink()


def told(place: ProjectFolder) -> dict[str, Any]:
    """What a project holds by now: its tables, its rows set aside, its reports."""
    found: dict[str, Any] = {name: rows(place.table(name)) for name in FLIGHTS}
    found |= {name: rows(place.table(f"nyc_staging.{name}")) for name in STAGED}
    aside = place.json("quarantine", "show", "nyc_staging.flights")["rows"]
    fields = ("_file_name", "_line", "_status", "_row", "_reasons")
    found["aside"] = sorted(json.dumps([row[name] for name in fields]) for row in aside)
    for path in sorted((place.root / "data" / "output").rglob("*.csv")):
        found[path.name] = path.read_text(encoding="utf-8").splitlines()
    return found


def rows(table: list[dict[str, str]]) -> list[tuple[str, ...]]:
    return sorted(tuple(row.values()) for row in table)


def counts(answer: dict[str, Any]) -> list[tuple[Any, ...]]:
    """What a run says it did to each table."""
    names = ("table", "rows_read", "rows_written", "rows_unchanged", "rows_quarantined", "rows_dropped", "rows_merged",
             "rows_deleted")  # fmt: skip
    entries = [table for run in answer["runs"] for process in run["processes"] for table in process["tables"]]
    return sorted(tuple(entry[name] for name in names) for entry in entries)


def verdicts(answer: dict[str, Any]) -> list[str]:
    """What a run says its controls of data found: a workbook made twice is not the same to the byte."""
    names = ("name", "field", "file_date", "total", "invalid", "metric_value", "observed", "rag", "error")
    found = [control for run in answer["runs"] for process in run["processes"] for control in process["controls"]
             if control["level"] != "File"]  # fmt: skip
    return sorted(json.dumps([*(one[name] for name in names), _SAMPLES.sub("", one["detail"])]) for one in found)


@pytest.mark.slow
def test_the_flights_demo_is_the_same_on_either_engine_and_on_both_by_turns(tmp_path: Path, spark: Any) -> None:
    places = {
        "lambda": flights(tmp_path / "lambda"),
        "emr": flights(tmp_path / "emr", "landing_to_raw", "raw_to_staging", "staging_to_common", "common_to_business",
                       "business_to_output"),
        "both": flights(tmp_path / "both", "staging_to_common", "common_to_business"),
    }  # fmt: skip
    answers = {}
    for name, place in places.items():
        deliver(place)
        answers[name] = place.json("run", "--all")
    expected = told(places["lambda"])
    for name in ("emr", "both"):
        assert counts(answers[name]) == counts(answers["lambda"]), name
        assert verdicts(answers[name]) == verdicts(answers["lambda"]), name
        assert told(places[name]) == expected, name
    restated = {}
    for name in ("lambda", "emr"):
        deliver(places[name], "--next-morning")
        restated[name] = {"runs": [places[name].json("run", "flights")]}
    assert counts(restated["emr"]) == counts(restated["lambda"])
    assert told(places["emr"]) == told(places["lambda"]) != expected
