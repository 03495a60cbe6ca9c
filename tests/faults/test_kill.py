"""Killed at any step and run again, a project ends as if nothing had happened."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from data_framework.modules.dataflow import Step
from project import ProjectFolder

Killer = Callable[..., bool]
DATAFLOW = {
    "project_id": "shop",
    "dataflows": {
        "sales": {
            "processes": {
                "landing_to_raw": {
                    "incoming_file": {
                        "file_format": "csv",
                        "filename_pattern": r"sales_\d{4}-\d{2}-\d{2}(_\w+)?\.csv",
                        "csv_specs": {
                            "date_located": "filename",
                            "date_located_filename": {"regex": r"(\d{4})-(\d{2})-(\d{2})"},
                        },
                    },
                    "output_file": {"database": "shop_raw", "table": "sales", "partition_field": "data_date"},
                },
                "raw_to_staging": {"target_tables": {"sales": {"database": "shop_staging", "table": "sales"}}},
                "staging_to_business": {
                    "source_tables": {"sales": {"database": "shop_staging", "table": "sales"}},
                    "target_tables": {"totals": {"database": "shop_business", "table": "totals"}},
                },
                "business_to_output": {
                    "source_tables": {"totals": {"database": "shop_business", "table": "totals"}},
                    "output_reports": [
                        {
                            "name": "totals",
                            "source_table": "totals",
                            "columns": ["shop", "total"],
                            "file_format": "csv",
                            "filename_pattern": "totals.csv",
                        }
                    ],
                },
            }
        }
    },
}
CONTROLS = {
    "controls": [
        {
            "control_master_id": "C1", "control_table_id": "T1", "name": "amount is positive", "layer": "staging",
            "database": "shop_staging", "table": "sales", "field": "amount", "level": "Data",
            "algorithm_type": "Data Framework", "algorithm": "is_between", "arguments": {"min": 0},
            "threshold": {"type": "Standard", "rag_min": 0.1}, "on_failure": "quarantine",
        }
    ]
}  # fmt: skip


def contract(write_mode: str) -> dict[str, Any]:
    return {
        "layer": "staging", "database": "shop_staging", "table": "sales", "write_mode": write_mode,
        "columns": [
            {"name": "id", "type": "bigint"}, {"name": "shop", "type": "string"},
            {"name": "amount", "type": "decimal(10,2)"}, {"name": "data_date", "type": "date"},
        ],
        "primary_keys": ["id"] if write_mode == "merge" else [],
        "partition_field": "data_date",
    }  # fmt: skip


def shop(root: Path, write_mode: str) -> ProjectFolder:
    project = ProjectFolder(root)
    project.write("platform.json", {"local": {"environment": "local"}})
    project.write("transformation.json", DATAFLOW)
    project.write("tables/sales.json", contract(write_mode))
    project.write("controls/sales.json", CONTROLS)
    project.write(
        "transformation/dataflow/sales/staging_to_business.sql",
        "select shop, sum(amount) as total, count(*) as sales from sales group by shop",
    )
    return project


def deliver(project: ProjectFolder, day: int, factor: int = 1) -> None:
    rows = [f"{day * 100 + n},shop {n % 3},{n * factor}.50" for n in range(20)]
    rows += [f"{day * 100 + 50},shop 1,many", f"{day * 100 + 51},shop 2,-1"]
    project.land(f"sales_2026-01-{day:02d}.csv", "id,shop,amount\n" + "\n".join(rows) + "\n")


def next_day(project: ProjectFolder, day: int) -> None:
    """A new day, and the one before it restated."""
    deliver(project, day)
    deliver(project, day - 1, factor=day)


def state(project: ProjectFolder) -> dict[str, Any]:
    landed = project.json("landing", "status")
    quarantine = project.json("quarantine", "show", "shop_staging.sales", "--limit", "1000")
    return {
        "sales": project.table("shop_staging.sales"),
        "totals": project.table("shop_business.totals"),
        "raw": project.table("shop_raw.sales"),
        "quarantine": sorted((row["_file_name"], row["_line"], str(row["_reasons"])) for row in quarantine["rows"]),
        "landed": sorted((one["file_name"], one["disposition"]) for one in landed["files"]),
        "report": (project.root / "data/output/shop/totals/totals.csv").read_text(),
        "controls": sorted(
            (row["control_table_id"], row["control_outcome"], row["data_date"])
            for row in project.table("data_quality.controls_results")
        ),
    }


# What lies outside staging's publish is the same in every write mode: once is enough.
_OF_A_MODE = (Step.INTENT, Step.STAGED, Step.QUARANTINE, Step.COMMIT, Step.RESULTS, Step.LEDGER)
KILLS = {"overwrite_partition": tuple(Step), "merge": _OF_A_MODE, "append": _OF_A_MODE}


@pytest.mark.parametrize("write_mode", KILLS)
def test_killed_at_every_step_and_run_again(tmp_path: Path, killed_at: Killer, write_mode: str) -> None:
    """A day and a restatement for each step: the run is killed there and run again; another project is left alone."""
    calm, hit = (shop(tmp_path / name, write_mode) for name in ("calm", "hit"))
    run = ("run", "sales") if write_mode == "overwrite_partition" else ("run", "sales", "--through", "raw_to_staging")
    for project in (calm, hit):
        deliver(project, 1)
        project.json(*run)
    for day, step in enumerate(KILLS[write_mode], start=2):
        for project in (calm, hit):
            next_day(project, day)
        assert killed_at(hit, step, *run), f"the step {step} is never reached: no kill test covers it"
        for project in (calm, hit):
            project.json(*run)
    for project in (calm, hit):
        project.json("run", "sales")
    assert state(hit) == state(calm)
    again = hit.json("run", "sales")
    assert all(process["skipped"] for process in again["processes"])
