"""Ctrl-C and SIGTERM: a message, exit code 130, nothing half done, and the same command goes on."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from data_framework.modules.dataflow import Step
from shop import deliver, shop

Start = Callable[..., Any]


@pytest.mark.parametrize(
    ("number", "step"),
    [
        (signal.SIGINT, Step.LANDED),
        (signal.SIGINT, Step.STAGED),
        (signal.SIGTERM, Step.QUARANTINE),
        (signal.SIGTERM, Step.COMMIT),
        (signal.SIGINT, Step.LEDGER),
    ],
)
def test_stopped_by_the_user_and_run_again(tmp_path: Path, apart: Start, number: int, step: Step) -> None:
    project = shop(tmp_path)
    deliver(project, 1, "1,north,1.50\n2,south,many\n")
    run = apart(project, "run", "sales", "--json", hold=step)
    run.signal(number)
    stopped = run.end()
    assert stopped.code == 130, stopped.err
    assert "Stopped by the user" in stopped.json["error"]["message"]
    assert stopped.json["exit_code"] == 130
    assert not stopped.json["success"]
    assert "Traceback" not in stopped.err
    assert project.json("runs", "list")["runs"][0]["exit_code"] == 130
    project.json("run", "sales")
    assert [row["id"] for row in project.table("shop_staging.sales")] == ["1"]
    assert len(project.json("quarantine", "show", "shop_staging.sales")["rows"]) == 1
    assert project.table("shop_business.totals") == [{"shop": "north", "total": "1.50", "sales": "1"}]
    assert all(process["skipped"] for process in project.json("run", "sales")["processes"])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped_while_it_waits_for_another_run(tmp_path: Path, apart: Start, number: int) -> None:
    project = shop(tmp_path)
    deliver(project, 1)
    first = apart(project, "run", "sales", hold=Step.STAGED)
    second = apart(project, "run", "sales")
    second.until_said("Waiting for")
    second.signal(number)
    stopped = second.end()
    assert stopped.code == 130
    assert "Stopped by the user" in stopped.out + stopped.err
    assert "Traceback" not in stopped.err
    assert first.end().code == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped_in_the_middle_of_one_long_step_of_the_engine(tmp_path: Path, apart: Start, number: int) -> None:
    """The engine hears of it while it computes what takes minutes without a look at signals."""
    project = shop(tmp_path)
    deliver(project, 1, "".join(f"{n},north,1.00\n" for n in range(100_000)))
    project.json("run", "sales", "--through", "raw_to_staging")
    project.write(
        "transformation/dataflow/sales/staging_to_business.sql",
        "select a.shop, sum(a.id * b.id) as total, count(*) as sales from sales a cross join sales b group by a.shop",
    )
    run = apart(project, "run", "sales", "--json", hold=Step.INTENT)
    run.signal(signal.SIGCONT)
    run.until_busy(0.8)
    asked = time.monotonic()
    run.signal(number)
    stopped = run.end()
    assert time.monotonic() - asked < 20
    assert stopped.code == 130, stopped.err
    assert "Traceback" not in stopped.err
    assert not [one for one in project.json("tables", "list")["tables"] if one["table"] == "totals"]
    assert not list((project.root / "data/business").rglob("*.parquet"))
