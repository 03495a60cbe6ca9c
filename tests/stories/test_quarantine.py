"""Rows set aside come back once the contract or the control is mended, once each; or they are given up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from data_framework.modules.data_process.integrations.pandas.pandas_data_process import PandasDataProcess
from project import ProjectFolder
from shop import CONTRACT, LANDING, STAGING, configure, control, deliver

PAIR = {"landing_to_raw": LANDING, "raw_to_staging": STAGING}
KEYED = {"primary_keys": ["id"], "write_mode": "merge"}
SALES = "shop_staging.sales"


def feed(root: Path, **contract: Any) -> ProjectFolder:
    project = ProjectFolder(root)
    project.write("platform.json", {"local": {"environment": "local"}})
    configure(project, PAIR)
    base = {key: value for key, value in CONTRACT.items() if key != "partition_field"}
    columns = CONTRACT["columns"][:3]
    project.write("tables/sales.json", {**base, "columns": columns, **contract})
    return project


def mend(project: ProjectFolder, **contract: Any) -> None:
    base = {key: value for key, value in CONTRACT.items() if key != "partition_field"}
    columns = [{"name": "id", "type": "bigint"}, {"name": "shop"}, {"name": "amount", "type": "decimal(10,2)",
                                                                      "null_values": ["none"]}]  # fmt: skip
    project.write("tables/sales.json", {**base, "columns": columns, **contract})


def rows(project: ProjectFolder) -> list[tuple[str, ...]]:
    return sorted(tuple(row.values())[:3] for row in project.table(SALES))


def statuses(project: ProjectFolder) -> dict[str, int]:
    (found,) = project.json("quarantine", "list", SALES)["tables"]
    return dict(found["statuses"])


@pytest.mark.parametrize("contract", [{"write_mode": "append"}, KEYED], ids=["append", "merge"])
def test_mended_rows_enter_once(tmp_path: Path, contract: dict[str, Any]) -> None:
    project = feed(tmp_path, **contract)
    deliver(project, 1, "1,north,1.50\n2,south,none\n3,west,x\n")
    project.json("run", "sales")
    assert project.json("quarantine", "replay", SALES)["rows_replayed"] == 0
    mend(project, **contract)
    answer = project.json("quarantine", "replay", SALES)
    assert (answer["rows"], answer["rows_replayed"], answer["rows_open"], answer["rows_written"]) == (2, 1, 1, 1)
    assert rows(project) == [("1", "north", "1.50"), ("2", "south", "")]
    assert project.json("quarantine", "replay", SALES)["rows_replayed"] == 0
    assert rows(project) == [("1", "north", "1.50"), ("2", "south", "")]
    assert statuses(project) == {"replayed": 1, "open": 1}


def test_the_newest_of_several_dates_stays_and_no_newer_row_is_overwritten(tmp_path: Path) -> None:
    project = feed(tmp_path, **KEYED)
    deliver(project, 1, "1,a,none\n2,a,none\n3,a,none\n")
    deliver(project, 2, "1,b,none\n3,b,1.00\n")
    project.json("run", "sales")
    mend(project, **KEYED)
    answer = project.json("quarantine", "replay", SALES)
    assert (answer["rows"], answer["rows_replayed"], answer["rows_merged"]) == (4, 4, 2)
    assert rows(project) == [("1", "b", ""), ("2", "a", ""), ("3", "b", "1.00")]
    project.json("run", "sales", "--full-refresh")
    assert rows(project) == [("1", "b", ""), ("2", "a", ""), ("3", "b", "1.00")]


def test_todays_controls_judge_and_may_stop_a_replay(tmp_path: Path) -> None:
    project = feed(tmp_path, write_mode="append")
    rule = control(on_failure="quarantine")
    project.write("controls/sales.json", {"controls": [rule]})
    deliver(project, 1, "1,north,1.50\n2,south,-2.25\n3,west,-900\n")
    project.json("run", "sales")
    project.write("controls/sales.json", {"controls": [{**rule, "arguments": {"min": -10}}]})
    assert project.json("quarantine", "replay", SALES)["rows_replayed"] == 1
    project.write("controls/sales.json", {"controls": [control(blocking=True, arguments={"min": -10})]})
    stopped = project.run("quarantine", "replay", SALES)
    assert stopped.code == 1
    assert "amount is not negative" in stopped.err
    assert statuses(project) == {"replayed": 1, "open": 1}


def test_a_restated_file_supersedes_what_was_not_replayed(tmp_path: Path) -> None:
    project = feed(tmp_path, **KEYED)
    deliver(project, 1, "1,north,none\n2,south,x\n")
    project.json("run", "sales")
    mend(project, **KEYED)
    project.json("quarantine", "replay", SALES)
    deliver(project, 1, "2,south,2.00\n")
    project.json("run", "sales")
    assert rows(project) == [("2", "south", "2.00")]
    assert statuses(project) == {"replayed": 1, "superseded": 1}


def test_rows_are_given_up(tmp_path: Path) -> None:
    project = feed(tmp_path, write_mode="append")
    deliver(project, 1, "1,north,x\n2,south,y\n")
    deliver(project, 2, "3,west,z\n")
    project.json("run", "sales")
    assert project.run("quarantine", "discard", SALES).code == 2
    first = project.json("quarantine", "show", SALES)["rows"][0]["_quarantine_id"]
    assert project.json("quarantine", "discard", SALES, "--id", first)["rows_discarded"] == 1
    assert project.json("quarantine", "discard", SALES, "--data-date", "2026-01-02")["rows_discarded"] == 1
    assert statuses(project) == {"discarded": 2, "open": 1}
    assert project.json("quarantine", "discard", SALES, "--all")["rows_discarded"] == 1
    assert project.json("quarantine", "replay", SALES)["rows"] == 0


def test_a_replay_cut_off_between_its_commits_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = feed(tmp_path, write_mode="append")
    deliver(project, 1, "1,north,1.50\n2,south,none\n")
    project.json("run", "sales")
    mend(project, write_mode="append")
    with monkeypatch.context() as cut:
        cut.setattr(PandasDataProcess, "mark", lambda *_: (_ for _ in ()).throw(MemoryError))
        assert project.run("quarantine", "replay", SALES).code != 0
    assert len(rows(project)) == 2
    assert project.json("quarantine", "replay", SALES)["rows"] == 0
    assert (len(rows(project)), statuses(project)) == (2, {"replayed": 1})


def test_a_run_that_is_stopped_leaves_no_table(tmp_path: Path) -> None:
    project = feed(tmp_path)
    project.write("controls/sales.json", {"controls": [control(blocking=True)]})
    deliver(project, 1, "1,north,-1.50\n")
    project.json("run", "sales", code=1)
    assert [table["layer"] for table in project.json("tables", "list")["tables"]] in (["raw"], ["raw", "common"])
    deliver(project, 1, "1,north,1.50\n")
    project.json("run", "sales")
    assert rows(project) == [("1", "north", "1.50")]
