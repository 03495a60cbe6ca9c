"""A real feed: 135 deliveries in 60 days, three schemas, four ways to write a date, and files of another feed."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import tarfile
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from stories.command_line import Answer, export, framework, read_csv

FEED = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "covid_daily"
OTHER_SCHEMA = {84, 127, 128, 129}
FIRST_WAVE = 129
MISNAMED = "04-18-20.csv"
COUNTS = ("confirmed", "deaths", "recovered")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not FEED.is_dir(), reason="the covid_daily deliveries are not beside the repository"),
]


@dataclass(frozen=True)
class Sent:
    """One line of the manifest."""

    number: int
    at: datetime
    name: str
    content: bytes

    @property
    def data_date(self) -> str:
        month, day, year = self.name.removesuffix(".csv").split("-")
        return f"20{year[-2:]}-{month}-{day}"


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> list[Sent]:
    folder = tmp_path_factory.mktemp("covid")
    with tarfile.open(FEED / "deliveries.tar.xz") as archive:
        archive.extractall(folder, filter="data")
    paths = {int(path.parent.name): path for path in folder.rglob("*.csv")}
    with (FEED / "manifest.csv").open(newline="") as stream:
        lines = list(csv.DictReader(stream))
    return [
        Sent(int(one["seq"]), datetime.fromisoformat(one["delivered_at"]), one["file_name"],
             paths[int(one["seq"])].read_bytes())
        for one in lines
    ]  # fmt: skip


def column(name: str, kind: str = "string", **more: object) -> dict[str, object]:
    return {"name": name, "type": kind, **more}


def make_project(folder: Path, new_columns: str) -> Path:
    date_in_name = {"regex": r"^(\d{2}-\d{2}-\d{2,4})\.csv$", "formats": ["%m-%d-%Y", "%m-%d-%y"]}
    columns = [
        column("data_date", "date"), column("file_name"), column("fips"), column("admin2"), column("province_state"),
        column("country_region", nullable=False), column("combined_key"),
        column("last_update", "timestamp", formats=["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "M/d/yy H:mm"]),
        *(column(name, "bigint") for name in (*COUNTS, "active")),
        column("latitude", "double", aliases=["Lat"]), column("longitude", "double", aliases=["Long_"]),
    ]  # fmt: skip
    contract = {
        "layer": "staging", "database": "covid_staging", "table": "daily", "columns": columns,
        "partition_field": "data_date", "write_mode": "overwrite_partition",
        "schema_policy": {"new_columns": new_columns},
    }  # fmt: skip
    casting = {"transformations": [{"type": "add_filename_column", "target_column": "file_name"}]}
    raw = {"database": "covid_raw", "table": "daily"}
    processes = {
        "landing_to_raw": {
            "incoming_file": {
                "file_format": "csv", "filename_pattern": r"\d{2}-\d{2}-\d{2,4}\.csv",
                "csv_specs": {"date_located": "filename", "date_located_filename": date_in_name},
            },
            "output_file": {**raw, "partition_field": "data_date"},
        },
        "raw_to_staging": {
            "source_tables": {"daily": raw},
            "target_tables": {"daily": {"database": "covid_staging", "table": "daily", "casting": casting}},
        },
    }  # fmt: skip
    dataflow = {"config_match_by": {"file_name": "*.csv"}, "processes": processes}
    write(folder / "platform.json", {"local": {"environment": "local"}})
    write(folder / "transformation.json", {"project_id": "covid", "dataflows": {"daily": dataflow}})
    write(folder / "tables" / "daily.json", contract)
    return folder


def write(path: Path, document: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=2))


def land(project: Path, deliveries: list[Sent]) -> None:
    for one in deliveries:
        path = project / "data" / "landing" / f"{one.number:04}" / one.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(one.content)
        os.utime(path, (one.at.timestamp(), one.at.timestamp()))


def should_become(sent: list[Sent], refused: set[int]) -> dict[int, str]:
    """Say what each delivery is, by the rules alone: per date, equal content in force is a duplicate."""
    in_force: dict[str, dict[str, str]] = {}
    found = {}
    for one in sorted(sent, key=lambda one: (one.data_date, one.at, one.number)):
        held, content = in_force.setdefault(one.data_date, {}), hashlib.sha256(one.content).hexdigest()
        if one.number in refused:
            found[one.number] = "rejected"
        elif content in held.values():
            found[one.number] = "duplicate"
        else:
            found[one.number] = "restated" if one.name in held else "ingested"
            held[one.name] = content
    return found


def dispositions(answer: Answer) -> Counter[str]:
    return Counter(file["disposition"] for process in answer["processes"] for file in process["files"])


def totals(rows: list[dict[str, str]]) -> dict[str, tuple[int, ...]]:
    found: dict[str, list[int]] = {}
    for row in rows:
        sums = found.setdefault(row["file_name"], [0, 0, 0, 0])
        for place, value in enumerate([1, *(int(row[name] or 0) for name in COUNTS)]):
            sums[place] += value
    return {name: tuple(sums) for name, sums in found.items()}


def expected_totals() -> dict[str, tuple[int, ...]]:
    lines = read_csv(FEED / "expected_totals.csv")
    return {line["file_name"]: tuple(int(line[name]) for name in ("rows", *COUNTS)) for line in lines}


@pytest.mark.parametrize("new_columns", ["freeze", "discard"])
def test_the_feed_in_the_order_it_came(tmp_path: Path, sent: list[Sent], new_columns: str) -> None:
    refused = OTHER_SCHEMA if new_columns == "freeze" else set()
    project = make_project(tmp_path / "covid", new_columns)
    expected = should_become(sent, refused)

    land(project, [one for one in sent if one.number <= FIRST_WAVE])
    first = framework(project, "run", "daily", expected=1 if refused else 0)
    land(project, [one for one in sent if one.number > FIRST_WAVE])
    second = framework(project, "run", "daily")

    assert dispositions(first) == Counter(kind for number, kind in expected.items() if number <= FIRST_WAVE)
    assert dispositions(second) == Counter(kind for number, kind in expected.items() if number > FIRST_WAVE)
    rejected = [
        file for process in first["processes"] for file in process["files"] if file["disposition"] == "rejected"
    ]
    assert Counter(file["file_name"] for file in rejected) == Counter(one.name for one in sent if one.number in refused)
    assert all("Incident_Rate" in " ".join(file["reasons"]) for file in rejected)

    right = expected_totals()
    if refused:
        del right[MISNAMED]
    assert totals(export(project, "covid_staging.daily")) == right
