"""A killed run that is run again after its code was changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from data_framework.modules.dataflow import Step
from project import ProjectFolder
from shop import LANDING, PROCESSES, SQL, configure, control, deliver, shop


def test_a_killed_run_goes_on_with_the_code_of_today(tmp_path: Path, killed_at: Callable[..., bool]) -> None:
    project = shop(tmp_path)
    deliver(project, 1)
    project.json("run", "sales", "--through", "raw_to_staging")
    assert killed_at(project, Step.COMMIT, "run", "sales")
    project.write(SQL, "select shop, sum(amount) * 100 as total, count(*) as sales from sales group by shop")
    project.json("run", "sales")
    assert [float(row["total"]) for row in project.table("shop_business.totals")] == [150.0, 225.0]


PYTHON = """
from data_framework import DataFlowInterface
from transformation.prices import FACTOR


class ProcessingCoordinator(DataFlowInterface):
    def process(self):
        sales = self.read_table("sales")
        sales["amount"] = sales["amount"].astype("float64") * {times} * FACTOR
        self.write(sales[["shop", "amount"]], "totals")
"""


@pytest.mark.parametrize("corrected", ["coordinator", "helper"])
def test_a_killed_run_goes_on_with_the_python_of_today(
    tmp_path: Path, killed_at: Callable[..., bool], corrected: str
) -> None:
    project = shop(tmp_path)
    (project.root / SQL).unlink()

    def code(times: int, factor: int) -> None:
        project.write(SQL.replace(".sql", ".py"), PYTHON.format(times=times))
        project.write("transformation/prices.py", f"FACTOR = {factor}\n")

    code(1, 1)
    deliver(project, 1)
    project.json("run", "sales", "--through", "raw_to_staging")
    run = ("run", "sales", "--through", "staging_to_business")
    assert killed_at(project, Step.COMMIT, *run)
    code(*((100, 1) if corrected == "coordinator" else (1, 100)))
    assert project.run_apart(*run).code == 0
    assert [float(row["amount"]) for row in project.table("shop_business.totals")] == [150.0, 225.0]


def test_what_was_committed_is_not_judged_again(tmp_path: Path, killed_at: Callable[..., bool]) -> None:
    """A control that turns red between the commit and the next run stops nothing: the rows are in the table."""
    master = {"database": "shop_staging", "table": "shops", "primary_keys": ["shop"]}
    shops = {
        "landing_to_raw": {
            "incoming_file": {**LANDING["incoming_file"], "filename_pattern": r"shops_.*\.csv"},
            "output_file": {"database": "shop_raw", "table": "shops", "partition_field": "data_date"},
        },
        "raw_to_staging": {"target_tables": {"shops": {**master, "primary_keys": [], "write_mode": "overwrite"}}},
    }
    project = shop(tmp_path)
    configure(project, PROCESSES, shops={"processes": shops})
    project.land("shops_2026-01-01.csv", "shop\nnorth\nsouth\n")
    project.json("run", "shops")
    known = control(name="shop is known", field="shop", algorithm="is_foreign_key", blocking=True,
                    arguments={"table": "shop_staging.shops"})  # fmt: skip
    project.write("controls/sales.json", {"controls": [known]})
    deliver(project, 1)
    assert killed_at(project, Step.COMMIT, "run", "sales", "--through", "raw_to_staging")
    project.land("shops_2026-01-02.csv", "shop\neast\n")
    project.json("run", "shops")
    project.json("run", "sales")
    assert _outcomes(project) == ["green"]
    assert project.json("run", "sales", "--from", "raw_to_staging", "--file-date", "2026-01-01", code=1)["exit_code"]
    assert _outcomes(project) == ["green", "red"]


def _outcomes(project: ProjectFolder) -> list[str]:
    results = project.table("data_quality.controls_results")
    return sorted(row["rag"] for row in results if row["control_name"] == "shop is known")
