"""Killed at any step and run again, a project ends as if nothing had happened."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from data_framework.modules.dataflow import Step
from project import ProjectFolder, without_rows_at_first
from shop import shop

Killer = Callable[..., bool]
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


def watched_shop(root: Path, write_mode: str) -> ProjectFolder:
    project = shop(root, write_mode=write_mode, primary_keys=["id"] if write_mode == "merge" else [])
    project.write("controls/sales.json", CONTROLS)
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
    calm, hit = (watched_shop(tmp_path / name, write_mode) for name in ("calm", "hit"))
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


@pytest.mark.parametrize("step", [Step.DELIVERED, Step.INTENT, Step.STAGED])
def test_a_first_run_that_is_stopped_shows_no_table(tmp_path: Path, killed_at: Killer, step: Step) -> None:
    """Stopped by a control, or killed on the way there: a reader finds no table, not an empty one."""
    project = watched_shop(tmp_path, "overwrite_partition")
    project.write("controls/sales.json", {"controls": [{**CONTROLS["controls"][0], "blocking": True, "threshold": {}}]})
    deliver(project, 1)
    assert killed_at(project, step, "run", "sales")
    left = set((project.root / "data/staging").rglob("*.parquet"))
    assert "shop_staging.sales" not in _tables(project)
    project.json("run", "sales", code=1)
    assert "shop_staging.sales" not in _tables(project)
    assert set((project.root / "data/staging").rglob("*.parquet")) == left


def test_a_table_is_there_with_its_first_rows_or_not_at_all(tmp_path: Path, killed_at: Killer) -> None:
    """Killed just before its first commit a table is not there; of none was there ever a version without rows."""
    project = watched_shop(tmp_path, "overwrite_partition")
    deliver(project, 1)
    assert killed_at(project, Step.QUARANTINE, "run", "sales")
    assert "shop_staging.sales" not in _tables(project)
    assert len(project.json("quarantine", "show", "shop_staging.sales")["rows"]) == 2
    project.json("run", "sales")
    assert len(project.table("shop_staging.sales")) == 20
    assert without_rows_at_first(project) == []


def _tables(project: ProjectFolder) -> set[str]:
    return {f"{table['database']}.{table['table']}" for table in project.json("tables", "list")["tables"]}


@pytest.mark.parametrize("write_mode", ["append", "merge"])
def test_a_replay_that_is_killed_is_ended_by_the_next(tmp_path: Path, killed_at: Killer, write_mode: str) -> None:
    replay = ("quarantine", "replay", "shop_staging.sales")
    for step in (Step.STAGED, Step.INTENT, Step.COMMIT, Step.QUARANTINE, Step.LEDGER):
        calm, hit = (watched_shop(tmp_path / step / name, write_mode) for name in ("calm", "hit"))
        for project in (calm, hit):
            deliver(project, 1)
            project.json("run", "sales", "--through", "raw_to_staging")
            project.write("controls/sales.json", {"controls": []})
        assert killed_at(hit, step, *replay)
        for project in (calm, hit):
            project.json(*replay)
        assert hit.table("shop_staging.sales") == calm.table("shop_staging.sales")
        assert len(hit.table("shop_staging.sales")) == 21
        assert hit.json("quarantine", "list")["tables"] == calm.json("quarantine", "list")["tables"]
