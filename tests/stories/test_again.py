"""What is done again, and what never twice: forced runs that fail, restarts on changed code, appends, full refresh."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from shop import (
    BUSINESS,
    CONTRACT,
    LANDING,
    OUTPUT,
    PROCESSES,
    SQL,
    STAGING,
    configure,
    control,
    deliver,
    process_of,
    shop,
)

PAIR = {"landing_to_raw": LANDING, "raw_to_staging": STAGING}


def tables(answer: dict[str, Any], process: str) -> list[str]:
    return [table["file_date"] for table in process_of(answer, process)["tables"]]


def test_a_date_named_for_a_stage_of_the_whole_run_skips_no_other_date(tmp_path: Path) -> None:
    business = {**BUSINESS, "source_tables": {
        "sales": {"database": "shop_staging", "table": "sales", "partition_field": "data_date"}}}  # fmt: skip
    project = shop(tmp_path, {**PROCESSES, "staging_to_business": business})
    deliver(project, 1)
    deliver(project, 2, "3,west,1.00\n")
    project.json("run", "sales", "--through", "raw_to_staging")
    project.json("run", "sales", "--from", "staging_to_business", "--file-date", "2026-01-02")
    project.json("run", "sales")
    assert [row["shop"] for row in project.table("shop_business.totals")] == ["north", "south", "west"]


def test_a_forced_run_that_fails_is_taken_up_again(tmp_path: Path) -> None:
    project = shop(tmp_path)
    deliver(project, 1)
    project.json("run", "sales")
    project.write("controls/sales.json", {"controls": [control(arguments={"min": 2}, blocking=True)]})
    for arguments in (["--start", "2026-01-01", "--end", "2026-01-01"], ["--full-refresh"]):
        answer = project.json("run", "sales", *arguments, code=1)
        assert process_of(answer, "staging_to_business")["skipped"]
        assert process_of(answer, "business_to_output")["skipped"]
        again = project.json("run", "sales", code=1)
        assert process_of(again, "raw_to_staging")["error"]["type"] == "ControlsStoppedError"
    project.write("controls/sales.json", {"controls": []})
    healed = project.json("run", "sales")
    assert not any(process["skipped"] for process in healed["processes"][1:])


def test_append_takes_each_delivery_once(tmp_path: Path) -> None:
    project = shop(tmp_path, write_mode="append")
    deliver(project, 1)
    project.json("run", "sales")
    deliver(project, 1, "3,west,1.00\n4,west,x\n", suffix="_late")
    project.json("run", "sales")
    project.json("run", "sales", "--start", "2026-01-01", "--end", "2026-01-01")
    assert [row["id"] for row in project.table("shop_staging.sales")] == ["1", "2", "3"]
    assert len(project.json("quarantine", "show", "shop_staging.sales")["rows"]) == 1
    project.json("run", "sales", "--full-refresh")
    project.json("run", "sales", "--start", "2026-01-01", "--end", "2026-01-01")
    assert [row["id"] for row in project.table("shop_staging.sales")] == ["1", "2", "3"]


def test_full_refresh_serves_what_runs_once_per_date(tmp_path: Path) -> None:
    report = {**OUTPUT["output_reports"][0], "filename_pattern": "totals_{file_date}.csv"}
    project = shop(tmp_path, {**PROCESSES, "business_to_output": {**OUTPUT, "output_reports": [report]}})
    for day in (1, 2):
        deliver(project, day)
    project.json("run", "sales")
    answer = project.json("run", "sales", "--full-refresh")
    names = sorted(Path(output["path"]).name for output in process_of(answer, "business_to_output")["outputs"])
    assert len(names) == len(set(names)) == 2


def test_a_dataflow_without_landing_runs_once_or_for_every_date_named(tmp_path: Path) -> None:
    project = shop(tmp_path)
    deliver(project, 1)
    project.json("run", "sales")
    configure(project, PROCESSES, reader={"processes": {"staging_to_business": {
        "source_tables": {"sales": {"database": "shop_staging", "table": "sales"}},
        "target_tables": {"seen": {"database": "shop_business", "table": "seen", "write_mode": "append"}},
    }}})  # fmt: skip
    project.write(
        "transformation/dataflow/reader/staging_to_business.py",
        "import pyarrow as pa\nfrom data_framework import DataFlowInterface\n\n\n"
        "class ProcessingCoordinator(DataFlowInterface):\n"
        "    def process(self):\n"
        "        self.write(pa.table({'day': [self.execution.unit.file_date]}), 'seen')\n",
    )
    project.json("run", "reader")
    project.json("run", "reader", "--start", "2026-01-01", "--end", "2026-01-03")
    days = [row["day"] for row in project.table("shop_business.seen")]
    assert sorted(days) == ["", "2026-01-01", "2026-01-02", "2026-01-03"]


def test_payloads_speak_of_their_own_file(tmp_path: Path) -> None:
    from data_framework import open_config
    from data_framework.modules.state import open_state

    project = shop(tmp_path)
    deliver(project, 1)
    project.json("run", "sales")
    project.land("again/sales_2026-01-01.csv", (tmp_path / "data/landing/sales_2026-01-01.csv").read_bytes())
    project.json("run", "sales")
    state = open_state(open_config(tmp_path))
    payload = state.payload("/dataflow/shop/sales-landing_to_raw/result")
    state.close()
    assert payload is not None
    assert (payload["success"], payload["next_stage"], payload["file_date"]) == (True, False, "2026-01-01")


def test_two_writes_of_one_target_leave_both_outcomes(tmp_path: Path) -> None:
    project = shop(tmp_path)
    (tmp_path / SQL).unlink()
    project.write("controls/totals.json", {"controls": [control(layer="business", database="shop_business",
                                                                table="totals", field="shop", arguments={},
                                                                algorithm="is_not_null")]})  # fmt: skip
    project.write(
        "transformation/dataflow/sales/staging_to_business.py",
        "import pyarrow as pa\nfrom data_framework import DataFlowInterface\n\n\n"
        "class ProcessingCoordinator(DataFlowInterface):\n"
        "    def process(self):\n"
        "        for shop in ('a', 'b'):\n"
        "            self.write(pa.table({'shop': [shop], 'total': [1]}), 'totals')\n",
    )
    deliver(project, 1)
    project.json("run", "sales", "--through", "staging_to_business")
    results = [row for row in project.table("data_quality.controls_results") if row["control_table"] == "totals"]
    assert len(results) == 2


def test_options_that_cannot_be_honoured_are_refused(tmp_path: Path) -> None:
    project = shop(tmp_path)
    deliver(project, 1)
    assert project.run("run", "sales", "--table", "nope").code == 2
    assert project.run("run", "sales", "--full-refresh", "--start", "2026-01-01").code == 2
    configure(project, PROCESSES, empty={"processes": {}})
    assert project.run("run", "empty").code == 2
    assert STAGING


def test_a_late_older_date_replaces_no_newer_content(tmp_path: Path) -> None:
    """A table that each date replaces as a whole holds what full refresh gives, in whatever order the dates came."""
    columns = CONTRACT["columns"][:3]
    project = shop(tmp_path, PAIR, write_mode="overwrite", partition_field=None, columns=columns)
    deliver(project, 2, "1,new,1.00\n")
    project.json("run", "sales")
    deliver(project, 1, "1,old,1.00\n")
    late = process_of(project.json("run", "sales"), "raw_to_staging")
    assert late["tables"] == []
    assert any("2026-01-01" in warning and "2026-01-02" in warning for warning in late["warnings"])
    assert process_of(project.json("run", "sales"), "raw_to_staging")["skipped"]
    delta = project.table("shop_staging.sales")
    project.json("run", "sales", "--full-refresh")
    assert delta == project.table("shop_staging.sales")
    assert [row["shop"] for row in delta] == ["new"]
    deliver(project, 2, "1,newer,1.00\n")
    deliver(project, 1, "1,older,1.00\n")
    project.json("run", "sales")
    assert [row["shop"] for row in project.table("shop_staging.sales")] == ["newer"]


@pytest.mark.parametrize("says", ["contract", "entry"])
def test_append_from_tables_is_warned_of(tmp_path: Path, says: str) -> None:
    """Its rows come again with their data date; what is appended from raw does not."""
    append = {"write_mode": "append"}
    target = {**BUSINESS["target_tables"]["totals"], **(append if says == "entry" else {})}
    project = shop(tmp_path, {**PROCESSES, "staging_to_business": {**BUSINESS, "target_tables": {"totals": target}}},
                   **append)  # fmt: skip
    if says == "contract":
        project.write("tables/totals.json", {"layer": "business", "database": "shop_business", "table": "totals",
                                             "columns": [{"name": "shop"}], **append})  # fmt: skip
    (warning,) = project.json("validate")["warnings"]
    assert warning["place"].endswith("staging_to_business.target_tables.totals")
    assert "append" in warning["found"]
