"""A killed run that is run again after its code was changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from data_framework.modules.dataflow import Step
from shop import SQL, deliver, shop


def test_a_killed_run_goes_on_with_the_code_of_today(tmp_path: Path, killed_at: Callable[..., bool]) -> None:
    project = shop(tmp_path)
    deliver(project, 1)
    project.json("run", "sales", "--through", "raw_to_staging")
    assert killed_at(project, Step.COMMIT, "run", "sales")
    project.write(SQL, "select shop, sum(amount) * 100 as total, count(*) as sales from sales group by shop")
    project.json("run", "sales")
    assert [float(row["total"]) for row in project.table("shop_business.totals")] == [150.0, 225.0]
