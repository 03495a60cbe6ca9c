"""Rows set aside come back once the contract or the control is mended, once each; or they are given up."""

from __future__ import annotations

import tracemalloc
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

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
    assert answer == {"table": SALES, "rows_replayed": 1, "rows_read": 2, "rows_written": 1, "rows_unchanged": 0,
                      "rows_quarantined": 1, "rows_dropped": 0, "rows_merged": 0}  # fmt: skip
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
    assert (answer["rows_read"], answer["rows_replayed"], answer["rows_merged"]) == (4, 4, 2)
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
    assert statuses(project) == {"superseded": 2}


def test_rows_are_given_up(tmp_path: Path) -> None:
    project = feed(tmp_path, write_mode="append")
    deliver(project, 1, "1,north,x\n2,south,y\n")
    deliver(project, 2, "3,west,z\n")
    project.json("run", "sales")
    first = project.json("quarantine", "show", SALES)["rows"][0]["_quarantine_id"]
    given_up = project.json("quarantine", "discard", SALES, "--id", first, "--reason", "the shop never was")
    assert given_up == {"table": SALES, "rows_discarded": 1}
    (shown,) = project.json("quarantine", "show", SALES, "--status", "discarded")["rows"]
    assert [reason["message"] for reason in shown["_reasons"]] == ["* is no decimal(10,2)", "the shop never was"]
    assert project.json("quarantine", "discard", SALES, "--data-date", "2026-01-02")["rows_discarded"] == 1
    assert statuses(project) == {"discarded": 2, "open": 1}
    assert project.json("quarantine", "discard", SALES)["rows_discarded"] == 1
    assert project.json("quarantine", "replay", SALES)["rows_read"] == 0


def test_what_was_given_up_stays_so_when_its_date_runs_again(tmp_path: Path) -> None:
    project = feed(tmp_path, partition_field="data_date")
    deliver(project, 1, "1,north,x\n2,south,1.00\n")
    project.json("run", "sales")
    project.json("quarantine", "discard", SALES)
    again = project.json("run", "sales", "--from", "raw_to_staging", "--start", "2026-01-01", "--end", "2026-01-01")
    assert [process["tables"][0]["rows_quarantined"] for process in again["processes"]] == [1]
    assert statuses(project) == {"discarded": 1}


def test_a_replayed_row_that_is_wrong_again_is_open_again(tmp_path: Path) -> None:
    project = feed(tmp_path, partition_field="data_date")
    deliver(project, 1, "1,north,none\n2,south,1.00\n")
    project.json("run", "sales")
    contract = (tmp_path / "tables/sales.json").read_text()
    mend(project, partition_field="data_date")
    project.json("quarantine", "replay", SALES)
    assert (len(rows(project)), statuses(project)) == (2, {"replayed": 1})
    project.write("tables/sales.json", contract)
    project.json("run", "sales", "--from", "raw_to_staging", "--start", "2026-01-01", "--end", "2026-01-01")
    assert (len(rows(project)), statuses(project)) == (1, {"open": 1})


def test_a_version_that_is_back_in_force_has_its_rows_open_again(tmp_path: Path) -> None:
    project = feed(tmp_path, partition_field="data_date")
    bad, good = "1,north,x\n2,south,1.00\n", "1,north,2.00\n2,south,1.00\n"
    for content in (bad, good, bad):
        deliver(project, 1, content)
        project.json("run", "sales")
    assert (len(rows(project)), statuses(project)) == (1, {"open": 1})


def test_appended_files_that_are_restated_supersede_too(tmp_path: Path) -> None:
    project = feed(tmp_path, write_mode="append")
    deliver(project, 1, "1,north,none\n2,south,1.00\n")
    project.json("run", "sales")
    deliver(project, 1, "1,north,3.00\n")
    project.json("run", "sales")
    assert statuses(project) == {"superseded": 1}
    mend(project, write_mode="append")
    assert project.json("quarantine", "replay", SALES)["rows_read"] == 0
    assert len(rows(project)) == 2


def test_a_row_of_a_table_that_was_overwritten_since_does_not_enter(tmp_path: Path) -> None:
    project = feed(tmp_path, write_mode="overwrite")
    deliver(project, 1, "1,north,none\n")
    deliver(project, 2, "2,south,none\n3,west,1.00\n")
    project.json("run", "sales")
    mend(project, write_mode="overwrite")
    assert project.json("quarantine", "replay", SALES)["rows_replayed"] == 1
    assert [row[0] for row in rows(project)] == ["2", "3"]
    assert statuses(project) == {"superseded": 1, "replayed": 1}


def test_a_replayed_row_reads_as_its_file_does(tmp_path: Path) -> None:
    """Blanks and null texts of the dialect, names of the header: as if the row had never been set aside."""
    project = feed(tmp_path, partition_field="data_date")
    landing = deepcopy(LANDING)
    landing["incoming_file"]["csv_specs"] |= {"null_value": ["-"], "delimiter": ";"}
    configure(project, {"landing_to_raw": landing, "raw_to_staging": STAGING})
    lines = ["Id;Shop;Amount", "1; a;none", '2;" b ";none', "3;-;none", '4; "";none', "5; 7 ;x", "6;  ;none"]
    project.land("sales_2026-01-01.csv", "\n".join(lines) + "\n")
    project.json("run", "sales")
    assert rows(project) == []
    mend(project, partition_field="data_date")
    project.json("quarantine", "replay", SALES)
    replayed = project.table(SALES)
    assert len(replayed) == 5
    project.json("run", "sales", "--full-refresh")
    assert project.table(SALES) == replayed


def test_rows_of_a_later_process_are_replayed(tmp_path: Path) -> None:
    project = feed(tmp_path, write_mode="append")
    common = {"source_tables": {"sales": {"database": "shop_staging", "table": "sales"}},
              "target_tables": {"day": {"database": "shop_common", "table": "day"}}}  # fmt: skip
    configure(project, {**PAIR, "staging_to_common": common})
    project.write("tables/sales.json", {**CONTRACT, "write_mode": "append"})
    columns = [{"name": "id", "type": "bigint"}, {"name": "amount", "type": "decimal(10,2)"},
               {"name": "data_date", "type": "date", "formats": ["%d/%m/%Y"]}]  # fmt: skip
    project.write("tables/day.json", {"layer": "common", "database": "shop_common", "table": "day", "columns": columns,
                                      "write_mode": "append"})  # fmt: skip
    project.write("transformation/dataflow/sales/staging_to_common.sql", "select id, amount, data_date from sales")
    rule = control(on_failure="quarantine", layer="common", database="shop_common", table="day")
    project.write("controls/day.json", {"controls": [rule]})
    deliver(project, 1, "1,north,1.50\n2,south,-2.25\n")
    project.json("run", "sales")
    project.write("controls/day.json", {"controls": [{**rule, "arguments": {"min": -10}}]})
    for replayed in (1, 0):
        assert project.json("quarantine", "replay", "shop_common.day")["rows_replayed"] == replayed
    assert [tuple(row.values()) for row in project.table("shop_common.day")] == [
        ("1", "1.50", "2026-01-01"), ("2", "-2.25", "2026-01-01"),
    ]  # fmt: skip


@pytest.mark.parametrize("contract", [{"write_mode": "scd2"}, {"write_mode": "merge", "delete_when": "shop = 'x'"}])
def test_rows_that_depend_on_others_are_not_replayed_alone(tmp_path: Path, contract: dict[str, Any]) -> None:
    keyed = {"primary_keys": ["id"], **contract}
    project = feed(tmp_path, **keyed)
    deliver(project, 1, "1,north,none\n2,south,1.00\n")
    project.json("run", "sales")
    mend(project, **keyed)
    refused = project.run("quarantine", "replay", SALES)
    assert refused.code == 2
    assert "--from raw_to_staging --start D --end D" in refused.err
    assert statuses(project) == {"open": 1}


def test_personal_data_is_never_shown(tmp_path: Path) -> None:
    """Neither the values nor their shapes: in the rows, their reasons, the samples of controls, whatever is asked."""
    columns = [{"name": "id", "type": "bigint"}, {"name": "shop", "pii": True, "aliases": ["Shop name"]},
               {"name": "amount", "type": "decimal(10,2)", "pii": True}]  # fmt: skip
    project = feed(tmp_path, write_mode="append", columns=columns)
    rule = control(field="shop", algorithm="matches_regex", arguments={"pattern": "^[a-z]+$"}, on_failure="quarantine")
    shown = control(name="kept", control_table_id="T2", field="shop", algorithm="is_in", arguments={"values": ["x"]})
    project.write("controls/sales.json", {"controls": [rule, shown]})
    project.land("sales_2026-01-01.csv", "id,Shop name,amount\n1,Ana 7,1.50\n2,south,12-34\n3,west,1.00\n4,broken\n")
    answer = project.run("run", "sales", "--json")
    assert answer.code == 0, answer.err
    rows = project.json("quarantine", "show", SALES)["rows"]
    assert [row["_row"] for row in rows] == [
        {"id": "#", "Shop name": "***", "amount": "***"}, {"id": "#", "Shop name": "***", "amount": "***"},
        {"text": "***"},
    ]  # fmt: skip
    assert [reason["message"] for row in rows[:2] for reason in row["_reasons"]] == ["***", "*** is no decimal(10,2)"]
    revealed = project.run("quarantine", "show", SALES, "--reveal", "--json").out
    results = str(project.table("data_quality.controls_results"))
    for said in (answer.out, answer.err, revealed, results):
        for value in ("Ana 7", "*** #", "12-34", "##-##", "south", "*****", "west"):
            assert value not in said


def test_a_replay_of_many_rows_holds_few_at_a_time(tmp_path: Path) -> None:
    count = 20_000
    project = feed(tmp_path, write_mode="append")
    deliver(project, 1, "".join(f"{number},{'x' * 500}{number},none\n" for number in range(count)))
    project.json("run", "sales")
    mend(project, write_mode="append")
    tracemalloc.start()
    try:
        answer = project.json("quarantine", "replay", SALES)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert answer["rows_replayed"] == count
    assert most < count * 1000, f"{most / 1e6:.0f} MB"


def test_rows_that_code_has_made_of_raw_are_replayed(tmp_path: Path) -> None:
    """They are lines of no file: no file in force is looked for."""
    project = feed(tmp_path, write_mode="append")
    project.write("transformation/dataflow/sales/raw_to_staging.py", (
        "from data_framework import DataFlowInterface\n\n\n"
        "class ProcessingCoordinator(DataFlowInterface):\n"
        "    def process(self):\n"
        "        self.write(self.read_table_with_casting('sales', apply_quality_controls=False), 'sales')\n"
    ))  # fmt: skip
    project.write("controls/sales.json", {"controls": [control(on_failure="quarantine", threshold={"rag_min": 0})]})
    deliver(project, 1, "1,north,1.00\n2,south,-2.00\n")
    project.json("run", "sales")
    assert statuses(project) == {"open": 1}
    project.write("controls/sales.json", {"controls": []})
    assert project.json("quarantine", "replay", SALES)["rows_replayed"] == 1
    assert [row[0] for row in rows(project)] == ["1", "2"]
