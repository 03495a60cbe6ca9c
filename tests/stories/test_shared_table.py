"""Two dataflows that fill one table from raw: what one has published or set aside, the other leaves alone."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from project import ProjectFolder
from shop import LANDING, STAGING, configure, process_of, shop

SALES = "shop_staging.sales"


def shared(root: Path, **contract: Any) -> ProjectFolder:
    """Dataflows `us` and `eu`, each with files and a raw table of its own."""
    project = shop(root, {}, **contract)
    flows = {}
    for name in ("eu", "us"):
        landing = deepcopy(LANDING)
        landing["incoming_file"]["filename_pattern"] = rf"{name}_.*\.csv"
        landing["output_file"]["table"] = f"sales_{name}"
        flows[name] = {"processes": {"landing_to_raw": landing, "raw_to_staging": STAGING}}
    configure(project, {}, **flows)
    return project


def deliver(project: ProjectFolder, name: str, rows: str, day: int = 1) -> None:
    project.land(f"{name}_2026-01-{day:02d}.csv", f"id,shop,amount\n{rows}")


def ids(project: ProjectFolder) -> list[str]:
    return sorted(row["id"] for row in project.table(SALES))


@pytest.mark.parametrize("mode", ["merge", "overwrite_partition"])
def test_a_run_that_would_delete_rows_of_another_dataflow_is_refused(tmp_path: Path, mode: str) -> None:
    project = shared(tmp_path, write_mode=mode, primary_keys=["id"] if mode == "merge" else [])
    (warning,) = project.json("validate")["warnings"]
    assert SALES in warning["found"]
    assert "'eu'" in warning["found"]
    assert "us" in warning["place"]
    deliver(project, "us", "1,north,1.00\n")
    project.json("run", "us")
    deliver(project, "eu", "2,paris,1.00\n")
    refused = process_of(project.json("run", "eu", code=2), "raw_to_staging")["error"]
    assert refused["type"] == "SharedTableError"
    for said in ("'us'", "'eu'", SALES, "2026-01-01"):
        assert said in refused["message"]
    assert ids(project) == ["1"]
    deliver(project, "us", "3,south,1.00\n", day=2)
    project.json("run", "us")
    assert ids(project) == ["1", "3"]
    project.json("run", "us", "--full-refresh", code=2)
    assert ids(project) == ["1", "3"]


def test_both_append_and_each_replays_its_own(tmp_path: Path) -> None:
    project = shared(tmp_path, write_mode="append")
    for name, number in (("us", 1), ("eu", 3)):
        deliver(project, name, f"{number},{name},1.00\n{number + 1},{name},none\n")
        project.json("run", name)
    assert ids(project) == ["1", "3"]
    (known,) = project.json("quarantine", "list", SALES)["tables"]
    assert known["statuses"] == {"open": 2}
    project.json("run", "us", "--full-refresh", code=2)
    contract = project.root / "tables/sales.json"
    contract.write_text(contract.read_text().replace('"decimal(10,2)"', '"decimal(10,2)", "null_values": ["none"]'))
    answer = project.json("quarantine", "replay", SALES)
    assert (answer["rows_read"], answer["rows_replayed"]) == (2, 2)
    assert ids(project) == ["1", "2", "3", "4"]
    assert project.json("quarantine", "replay", SALES)["rows_read"] == 0
