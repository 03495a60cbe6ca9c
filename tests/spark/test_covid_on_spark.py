"""A real feed of 135 deliveries on Spark, and begun on one engine and ended on the other: as on one machine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from project import ProjectFolder
from spark.small import SMALL
from stories.test_covid import FEED, FIRST_WAVE, Sent, expected_totals, land, make_project, sent, totals

__all__ = ["sent"]

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not FEED.is_dir(), reason="the covid_daily deliveries are not beside the repository"),
]
TABLE = "covid_staging.daily"


def project(root: Path) -> ProjectFolder:
    make_project(root, "discard")
    path = root / "transformation.json"
    document = json.loads(path.read_text())
    listed = [{"parameter": name, "value": value} for name, value in SMALL.items()]
    for process in document["dataflows"]["daily"]["processes"].values():
        process["processing_specifications"] = {"spark_configuration": {"custom_configuration": listed}}
    path.write_text(json.dumps(document))
    return ProjectFolder(root)


def ran(place: ProjectFolder, engine: str, *more: str) -> list[Any]:
    """Run, and answer what became of each file and of each table's rows."""
    answer = place.json("run", "daily", "--technology", engine, *more, code=None)
    assert {process["engine"] for process in answer["processes"]} == {engine}
    files = [[file["file_name"], file["disposition"], file["reasons"]]
             for process in answer["processes"] for file in process["files"]]  # fmt: skip
    counts = [{name: count for name, count in table.items() if name.startswith("rows_")}
              for process in answer["processes"] for table in process["tables"]]  # fmt: skip
    return [sorted(files), sorted(map(str, counts))]


def rows(place: ProjectFolder) -> list[tuple[str, ...]]:
    return sorted(tuple(row.values()) for row in place.table(TABLE))


def test_the_deliveries_end_the_same_whichever_engine_has_them(tmp_path: Path, spark: Any, sent: list[Sent]) -> None:
    waves = [[one for one in sent if (one.number <= FIRST_WAVE) == first] for first in (True, False)]
    expected: list[Any] = []
    for engines in (("lambda", "lambda"), ("emr", "lambda"), ("lambda", "emr")):
        place, found = project(tmp_path / "-".join(engines)), []
        for wave, engine in zip(waves, engines, strict=True):
            land(place.root, wave)
            found += [ran(place, engine), rows(place)]
        expected = expected or found
        assert found == expected, engines
        assert totals(place.table(TABLE)) == expected_totals()
    ran(place, "emr", "--full-refresh")
    assert rows(place) == expected[-1]
