"""Every format that may land, staged by either engine: the same rows. What is asked here the page of formats shows."""

from __future__ import annotations

from typing import Any

import pytest

from project import ProjectFolder
from shop import process_of
from spark.small import SMALL
from unit.landing.matrix import ENGINES, FORMATS, NAMES, ROWS

CASES = [(kind, engine) for kind in FORMATS for engine in ENGINES]
DAYS = {kind: f"2026-01-{day:02}" for day, kind in enumerate(FORMATS, 1)}
TABLE = {"database": "shop_staging", "table": "sales"}


@pytest.fixture(scope="module")
def landed(tmp_path_factory: pytest.TempPathFactory, spark: Any) -> ProjectFolder:
    """A project with a day of the same feed in each format, all in raw."""
    project = ProjectFolder(tmp_path_factory.mktemp("formats"))
    listed = [{"parameter": name, "value": value} for name, value in SMALL.items()]
    staging = {"target_tables": {"sales": TABLE}, "processing_specifications": {
        "spark_configuration": {"custom_configuration": listed}}}  # fmt: skip
    output = {"database": "shop_raw", "table": "sales"}
    columns = [{"name": name, "type": kind} for name, kind in zip(NAMES, ("bigint", "string", "date"), strict=True)]
    columns.append({"name": "data_date", "type": "date"})
    project.write("platform.json", {"local": {"environment": "local"}})
    project.write("tables/sales.json", {"layer": "staging", **TABLE, "columns": columns,
                  "partition_field": "data_date"})  # fmt: skip
    for kind, day in DAYS.items():
        incoming = {"filename_pattern": "sales_.*", **FORMATS[kind].incoming}
        processes = {"landing_to_raw": {"incoming_file": incoming, "output_file": output}, "raw_to_staging": staging}
        project.write("transformation.json", {"project_id": "p", "dataflows": {"sales": {"processes": processes}}})
        project.land(f"sales_{day}.{kind}", FORMATS[kind].write("utf-8"))
        project.json("run", "sales", "--process", "landing_to_raw")
    return project


@pytest.mark.parametrize("engine", ENGINES)
def test_landed_files_are_staged_the_same_by_either_engine(landed: ProjectFolder, engine: str) -> None:
    answer = landed.json("run", "sales", "--process", "raw_to_staging", "--full-refresh", "--technology", engine)
    staging = process_of(answer, "raw_to_staging")
    assert (staging["engine"], staging["tables"][0]["rows_read"]) == (engine, len(ROWS) * len(FORMATS))
    rows = sorted(tuple(row.values()) for row in landed.table("shop_staging.sales"))
    assert rows == sorted((*row, day) for row in ROWS for day in DAYS.values())
