"""A table partitioned by month, from its contract to its upkeep."""

from __future__ import annotations

from pathlib import Path

from project import ProjectFolder
from shop import CONTRACT, LANDING, STAGING, deliver, process_of, shop

NAME = "shop_staging.sales"
COLUMNS = [*CONTRACT["columns"][:2], {"name": "sold", "type": "date"}]
PAIR = {"landing_to_raw": LANDING, "raw_to_staging": STAGING}
MONTHLY = {"partition_field": "sold", "partition_transform": "month", "columns": COLUMNS}


def land(project: ProjectFolder, day: int, rows: str) -> None:
    project.land(f"sales_2026-03-{day:02d}.csv", f"id,shop,sold\n{rows}")


def ids(project: ProjectFolder) -> list[str]:
    return [row["id"] for row in project.table(NAME)]


def test_each_delivery_replaces_its_months(tmp_path: Path) -> None:
    project = shop(tmp_path, PAIR, write_mode="overwrite_partition", **MONTHLY)
    land(project, 2, "1,a,2026-01-01\n2,a,2026-01-31\n3,b,2026-02-01\n")
    project.json("run", "sales")
    land(project, 3, "4,c,2026-02-28\n")
    land(project, 1, "5,late,2026-02-14\n6,late,2025-12-31\n")
    days = {one["file_date"]: one for one in process_of(project.json("run", "sales"), "raw_to_staging")["tables"]}
    assert (days["2026-03-01"]["rows_written"], days["2026-03-01"]["rows_merged"]) == (1, 1)
    assert ids(project) == ["1", "2", "4", "6"]
    assert "month(sold)" in project.run("tables", "list").out
    assert project.json("tables", "show", NAME)["partition_transform"] == "month"
    assert [one["operation"] for one in project.json("tables", "history", NAME)["snapshots"]]
    land(project, 2, "1,a,2026-01-01\n")
    project.json("run", "sales")
    project.json("tables", "maintain", NAME, "--keep-snapshots", "1")
    delta = project.table(NAME)
    project.json("run", "sales", "--full-refresh")
    assert project.table(NAME) == delta


def test_what_has_no_month_is_refused(tmp_path: Path) -> None:
    project = shop(tmp_path, PAIR, **{**MONTHLY, "partition_field": "shop"})
    errors = project.json("validate", code=2)["errors"]
    assert [error["found"] for error in errors] == ["the month of a string", "no write_mode"]
    deliver(project, 1)
    project.write("tables/sales.json", CONTRACT)
    project.json("run", "sales")
    project.write("tables/sales.json", {**CONTRACT, "write_mode": "append", "partition_transform": "month"})
    refused = project.run("tables", "apply")
    assert refused.code != 0
    assert "month(data_date)" in refused.out + refused.err
    deliver(project, 2)
    stopped = process_of(project.json("run", "sales", code=None), "raw_to_staging")["error"]
    assert stopped["type"] == "SchemaChangeError"
    assert "partitioned by data_date and would be by month(data_date)" in stopped["message"]
