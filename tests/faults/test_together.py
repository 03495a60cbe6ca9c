"""Two processes on one project: they wait for each other with a message, or both succeed, and nothing is lost."""

from __future__ import annotations

import signal
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from data_framework.modules.dataflow import Step
from project import ProjectFolder
from shop import PROCESSES, configure, deliver, shop

Start = Callable[..., Any]


def _with_one_day(folder: Path) -> ProjectFolder:
    project = shop(folder)
    deliver(project, 1)
    return project


def _rows(project: ProjectFolder) -> int:
    return len(project.table("shop_staging.sales"))


def test_a_second_run_waits_with_a_message_and_both_succeed(tmp_path: Path, apart: Start) -> None:
    project = _with_one_day(tmp_path)
    first = apart(project, "run", "sales", "--json", hold=Step.STAGED)
    second = apart(project, "run", "sales", "--json")
    second.until_said("Waiting for dataflow/sales")
    done, waited = first.end(), second.end()
    assert (done.code, waited.code) == (0, 0), done.err + waited.err
    assert done.json["execution_id"] in waited.err  # who is waited for
    assert all(process["skipped"] for process in waited.json["processes"])
    assert _rows(project) == 2


def test_a_run_that_may_not_wait_exits_with_3(tmp_path: Path, apart: Start) -> None:
    project = _with_one_day(tmp_path)
    first = apart(project, "run", "sales", hold=Step.COMMIT)
    for seconds in ("0", "0.3"):
        refused = project.json("run", "sales", "--wait", seconds, code=3)
        assert refused["error"]["type"] == "ClaimedElsewhereError"
        assert "dataflow/sales" in refused["error"]["message"]
    assert first.end().code == 0
    assert all(process["skipped"] for process in project.json("run", "sales")["processes"])


@pytest.mark.parametrize("step", [Step.STAGED, Step.COMMIT])
def test_the_claim_of_a_killed_run_is_free_at_once(tmp_path: Path, apart: Start, step: Step) -> None:
    project = _with_one_day(tmp_path)
    first = apart(project, "run", "sales", hold=step)
    second = apart(project, "run", "sales", "--json", "--wait", "30")
    second.until_said("Waiting for")
    first.signal(signal.SIGKILL)
    assert first.end().code == -signal.SIGKILL
    waited = second.end()
    assert waited.code == 0, waited.err
    assert waited.json["duration_s"] < 30
    assert _rows(project) == 2


def _two_dataflows(folder: Path, mode: str) -> ProjectFolder:
    """Two feeds with raw tables of their own that meet in one staging table."""
    keys = {"primary_keys": ["id"]} if mode == "merge" else {}
    project = shop(folder, write_mode=mode, **keys)
    feeds = {}
    for name in ("north", "south"):
        chain = {key: deepcopy(PROCESSES[key]) for key in ("landing_to_raw", "raw_to_staging")}
        chain["landing_to_raw"]["incoming_file"]["filename_pattern"] = rf"{name}_\d{{4}}-\d{{2}}-\d{{2}}\.csv"
        chain["landing_to_raw"]["output_file"]["table"] = name
        feeds[name] = {"processes": chain}
    configure(project, {}, **feeds)
    return project


@pytest.mark.parametrize("mode", ["append", "merge", "overwrite_partition"])
def test_two_dataflows_write_one_table_at_once(tmp_path: Path, apart: Start, mode: str) -> None:
    project = _two_dataflows(tmp_path, mode)
    for day, name in ((1, "north"), (2, "south")):
        rows = "".join(f"{day}{n},{name},1.00\n" for n in range(5))
        project.land(f"{name}_2026-01-{day:02d}.csv", f"id,shop,amount\n{rows}{day}9,{name},many\n")
    held = apart(project, "run", "north", "--json", hold=Step.QUARANTINE)
    project.json("run", "south")
    done = held.end()
    assert done.code == 0, done.err
    shops = [row["shop"] for row in project.table("shop_staging.sales")]
    assert sorted(shops) == ["north"] * 5 + ["south"] * 5
    aside = project.json("quarantine", "show", "shop_staging.sales")["rows"]
    assert sorted(row["_file_name"] for row in aside) == ["north_2026-01-01.csv", "south_2026-01-02.csv"]
