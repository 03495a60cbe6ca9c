"""`tables maintain` from the command line, beside what runs leave behind."""

from __future__ import annotations

import os
from pathlib import Path

from data_framework.modules.catalogue import open_catalogue
from data_framework.modules.config import open_config
from data_framework.modules.config.model.tables import TableRef
from data_framework.modules.state import Publish, open_state
from project import ProjectFolder
from shop import LANDING, STAGING, shop

SALES = TableRef("staging", "shop_staging", "sales")
NAME = "shop_staging.sales"


def delivered(tmp_path: Path, days: int = 6) -> ProjectFolder:
    processes = {"landing_to_raw": LANDING, "raw_to_staging": STAGING}
    project = shop(tmp_path, processes, partition_field=None, write_mode="append", order_by=["amount desc"])
    project.write("platform.json", {"local": {"environment": "local", "retention": {"snapshots": 3}}})
    for day in range(1, days + 1):
        project.land(f"sales_2026-01-0{day}.csv", f"id,shop,amount\n{day},a,{day}.00\n{10 + day},b,0.5\n")
    project.json("run", "sales")
    return project


def test_a_plan_first_then_the_same_rows_in_fewer_files(tmp_path: Path) -> None:
    project = delivered(tmp_path)
    before = project.table(NAME)
    said = project.run("tables", "maintain", "--dry-run")
    assert "6 → 1" in said.out
    assert "Nothing was done" in said.out
    catalogue = open_catalogue(open_config(project.root))
    assert len(catalogue.files(SALES)) == 6
    (done,) = project.json("tables", "maintain", NAME)["tables"]
    assert (done["files_before"], done["files_after"], done["rows"], done["left_alone"]) == (6, 1, 12, "")
    assert len(catalogue.files(SALES)) == 1
    assert len(catalogue.history(SALES)) == 3
    assert project.table(NAME) == before
    assert "nothing to do" in project.run("tables", "maintain", NAME).out
    (again,) = project.json("tables", "maintain", NAME, "--keep-snapshots", "1")["tables"]
    assert (again["snapshots"], len(catalogue.history(SALES))) == (2, 1)
    project.land("sales_2026-01-07.csv", "id,shop,amount\n7,a,7.00\n")
    project.json("run", "sales")
    assert len(project.table(NAME)) == 13


def test_old_orphans_go_and_young_ones_stay(tmp_path: Path) -> None:
    project = delivered(tmp_path, days=1)
    folder = project.root / "data/staging/shop_staging/sales"
    old, young, strange = folder / "data/df-killed.parquet", folder / "metadata/killed-m0.avro", folder / "notes.txt"
    for path in (old, young, strange):
        path.write_bytes(b"left by a killed run")
    for path in (old, strange):
        os.utime(path, (1, 1))
    (planned,) = project.json("tables", "maintain", NAME, "--dry-run")["tables"]
    assert planned["orphans"] == [str(old)]
    assert old.exists()
    (done,) = project.json("tables", "maintain", NAME)["tables"]
    assert done["orphans"] == [str(old)]
    assert [path.exists() for path in (old, young, strange)] == [False, True, True]
    assert len(project.table(NAME)) == 2


def test_what_recovery_may_look_for_is_not_forgotten(tmp_path: Path) -> None:
    project = delivered(tmp_path, days=3)
    state = open_state(open_config(project.root))
    state.begin_publish(Publish("p1", "r1", "sales", "raw_to_staging", "staging", "shop_staging", "sales"))
    state.close()
    (done,) = project.json("tables", "maintain", NAME, "--keep-snapshots", "1")["tables"]
    assert (done["files_before"], done["snapshots"]) == (0, 0)
    assert "run its dataflow" in done["left_alone"]
    assert len(open_catalogue(open_config(project.root)).files(SALES)) == 3


def test_raw_tables_are_refused_by_name(tmp_path: Path) -> None:
    project = delivered(tmp_path, days=1)
    refused = project.run("tables", "maintain", "shop_raw.sales")
    assert refused.code == 2
    assert "retention" in refused.err
