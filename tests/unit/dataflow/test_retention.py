"""What retention removes once it is old enough, and what it never touches."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from data_framework.modules.config import TableEntry, open_config
from data_framework.modules.dataflow import Runtime
from data_framework.modules.dataflow.retention import Expired, expire
from project import ProjectFolder
from shop import deliver, shop


def retain(project: ProjectFolder, **retention: Any) -> ProjectFolder:
    project.write("platform.json", {"local": {"environment": "local", "retention": retention}})
    return project


def expired(project: ProjectFolder, days: float = 0) -> Expired:
    with Runtime(open_config(project.root)) as runtime:
        return expire(runtime, datetime.now(UTC) + timedelta(days=days))


def files(project: ProjectFolder, folder: str) -> list[Path]:
    return sorted(path for path in (project.root / "data" / folder).rglob("*") if path.is_file())


def statuses(project: ProjectFolder) -> dict[str, int]:
    tables: list[dict[str, Any]] = project.json("quarantine", "list")["tables"]
    return dict(tables[0]["statuses"])


@pytest.fixture
def restated(tmp_path: Path) -> ProjectFolder:
    """A day delivered twice and a broken file: one version in history, one refused, one row superseded, one open."""
    project = shop(tmp_path)
    deliver(project, 1, "1,north,many\n2,south,2.25\n")
    project.json("run", "sales")
    deliver(project, 1, "1,north,few\n2,south,3.25\n")
    project.land("sales_2026-01-02.csv", b"id,shop,amount\n1,\xff\xfe,1\n")
    project.json("run", "sales", code=1)
    assert statuses(project) == {"open": 1, "superseded": 1}
    return project


def test_nothing_is_removed_unless_asked_for(restated: ProjectFolder) -> None:
    assert expired(restated, days=10_000) == Expired()
    assert len(files(restated, "raw/_history")) == 1
    assert len(files(restated, "rejected")) == 2


def test_replaced_versions_go_days_after_they_were_replaced(restated: ProjectFolder) -> None:
    retain(restated, raw_history=30)
    (replaced,) = files(restated, "raw/_history")
    os.utime(replaced, (0, 0))  # the version came long ago, but was replaced today
    raw = restated.table("shop_raw.sales")
    assert expired(restated, days=29) == Expired()
    assert expired(restated, days=31) == Expired(raw_history=1)
    assert files(restated, "raw/_history") == []
    assert restated.table("shop_raw.sales") == raw
    assert restated.json("run", "sales", "--full-refresh")["success"]
    assert expired(restated, days=31) == Expired()


def test_what_the_ledger_does_not_call_replaced_stays(restated: ProjectFolder) -> None:
    stray = restated.write("data/raw/_history/shop_raw/sales/data_date=2026-01-01/1/stray.csv", "a\n")
    os.utime(stray, (0, 0))
    retain(restated, raw_history=0)
    assert expired(restated).raw_history == 1
    assert files(restated, "raw/_history") == [stray]


def test_rejected_files_go_with_their_reasons(restated: ProjectFolder) -> None:
    retain(restated, rejected=10)
    assert expired(restated, days=9) == Expired()
    for path in files(restated, "rejected"):
        os.utime(path, (time.time() - 5 * 86400,) * 2)
    assert expired(restated, days=6) == Expired(rejected=2)
    assert files(restated, "rejected") == []
    assert restated.json("landing", "rejected")["rejected"][0]["reasons"]


def test_closed_rows_go_days_after_they_were_closed_and_open_ones_stay(restated: ProjectFolder) -> None:
    """However old their data date is: what is loaded late can still be looked at."""
    retain(restated, quarantine=30)
    restated.json("run", "sales")
    assert expired(restated, days=29) == Expired()
    assert statuses(restated) == {"open": 1, "superseded": 1}
    assert expired(restated, days=31) == Expired(quarantine=1)
    assert statuses(restated) == {"open": 1}
    assert expired(restated, days=31) == Expired()


def test_a_table_of_the_users_that_is_called_a_quarantine_is_left_alone(restated: ProjectFolder) -> None:
    with Runtime(open_config(restated.root)) as runtime:
        engine = runtime.data_process()
        frame = engine.create_dataframe([{"ward": "3", "day": "1999-01-01"}])
        entry = TableEntry(layer="staging", database="shop_staging", table="disease_quarantine", partition_field="day")
        engine.insert_dataframe(frame, entry)
    retain(restated, quarantine=0)
    assert expired(restated, days=10_000).quarantine == 1
    assert len(restated.table("shop_staging.disease_quarantine")) == 1


def test_a_run_ends_with_it(restated: ProjectFolder) -> None:
    retain(restated, raw_history=0, rejected=0)
    restated.json("run", "sales", "--dry-run")
    assert files(restated, "rejected")
    restated.json("run", "sales")
    assert files(restated, "raw/_history") == files(restated, "rejected") == []


def test_what_cannot_be_removed_is_told_and_does_not_fail_the_run(restated: ProjectFolder) -> None:
    retain(restated, rejected=0)
    (restated.root / "data/rejected").rename(restated.root / "elsewhere")
    (restated.root / "data/rejected").symlink_to("/")
    result = restated.run("run", "sales")
    assert result.code == 0
    assert "rejected" in result.err
