"""What a run does, in order: dates, resuming, failures that stop their own chain only, user code, exit codes."""

from __future__ import annotations

import sys
from copy import deepcopy
from pathlib import Path

from project import ProjectFolder
from shop import (
    BUSINESS,
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


def test_from_a_landed_file_to_a_report(tmp_path: Path) -> None:
    project = shop(tmp_path)
    deliver(project, 1)
    deliver(project, 2, "3,north,4.00\n4,south,x\n")
    answer = project.json("run", "sales")
    assert [process["success"] for process in answer["processes"]] == [True] * 4
    staged = process_of(answer, "raw_to_staging")["tables"]
    assert [(t["file_date"], t["rows_read"], t["rows_written"], t["rows_quarantined"]) for t in staged] == [
        ("2026-01-01", 2, 2, 0), ("2026-01-02", 2, 1, 1),
    ]  # fmt: skip
    assert [entry["rows"] for entry in process_of(answer, "landing_to_raw")["files"]] == [2, 2]
    assert [entry["rows"] for entry in project.json("landing", "status")["files"]] == [2, 2]
    report = (tmp_path / "data/output/shop/totals/totals.csv").read_text()
    assert report == "shop,total\nnorth,5.50\nsouth,2.25\n"
    assert process_of(answer, "business_to_output")["outputs"][0]["rows"] == 2


def test_a_second_run_has_nothing_to_do(tmp_path: Path) -> None:
    project = shop(tmp_path)
    deliver(project, 1)
    project.json("run", "sales")
    answer = project.json("run", "sales")
    assert all(process["skipped"] for process in answer["processes"])


def test_a_blocked_date_stops_its_own_chain_only_and_is_taken_again(tmp_path: Path) -> None:
    project = shop(tmp_path)
    project.write("controls/sales.json", {"controls": [control(blocking=True)]})
    deliver(project, 1, "1,north,-1.00\n")
    deliver(project, 2)
    answer = project.json("run", "sales", code=1)
    staging = process_of(answer, "raw_to_staging")
    assert [table["file_date"] for table in staging["tables"]] == ["2026-01-02"]
    assert staging["error"]["type"] == "ControlsStoppedError"
    assert [row["data_date"] for row in project.table("shop_staging.sales")] == ["2026-01-02"] * 2
    assert process_of(answer, "staging_to_business")["success"]
    again = project.json("run", "sales", code=1)
    assert [result["file_date"] for result in process_of(again, "raw_to_staging")["controls"]] == ["2026-01-01"]
    deliver(project, 1, "1,north,1.00\n")
    mended = project.json("run", "sales")
    assert process_of(mended, "landing_to_raw")["files"][0]["disposition"] == "restated"
    assert len(project.table("shop_staging.sales")) == 3


def test_several_files_of_a_date_are_one_partition(tmp_path: Path) -> None:
    project = shop(tmp_path)
    deliver(project, 1)
    project.json("run", "sales")
    deliver(project, 1, "5,west,1.00\n", suffix="_late")
    project.json("run", "sales")
    assert sorted(row["id"] for row in project.table("shop_staging.sales")) == ["1", "2", "5"]


def test_full_refresh_rebuilds_everything(tmp_path: Path) -> None:
    project = shop(tmp_path)
    deliver(project, 1)
    deliver(project, 2, "3,north,4.00\n")
    project.json("run", "sales")
    before = project.table("shop_staging.sales")
    answer = project.json("run", "sales", "--full-refresh")
    assert process_of(answer, "raw_to_staging")["tables"][0]["rows_read"] == 3
    assert project.table("shop_staging.sales") == before
    assert all(process["skipped"] for process in project.json("run", "sales")["processes"])


def test_dates_processes_and_tables_may_be_chosen(tmp_path: Path) -> None:
    project = shop(tmp_path)
    for day in (1, 2, 3):
        deliver(project, day)
    project.json("run", "sales", "--process", "landing_to_raw")
    answer = project.json("run", "sales", "--process", "raw_to_staging", "--file_date", "2026-01-02")
    assert [table["file_date"] for table in answer["processes"][0]["tables"]] == ["2026-01-02"]
    answer = project.json("run", "sales", "--from", "raw_to_staging", "--through", "raw_to_staging",
                          "--start", "2026-01-03", "--end", "2026-01-09")  # fmt: skip
    assert [table["file_date"] for table in answer["processes"][0]["tables"]] == ["2026-01-03"]
    answer = project.json("run", "sales", "--from", "raw_to_staging")
    assert [table["file_date"] for table in answer["processes"][0]["tables"]] == ["2026-01-01"]


def test_only_the_named_file_is_taken(tmp_path: Path) -> None:
    project = shop(tmp_path)
    deliver(project, 1)
    deliver(project, 2)
    answer = project.json("run", "sales", "--file", "sales_2026-01-02.csv")
    assert [entry["file_name"] for entry in answer["processes"][0]["files"]] == ["sales_2026-01-02.csv"]
    assert project.run("run", "sales", "--file", "../platform.json").code == 2
    assert project.run("run", "sales", "--file", "sales_2027-01-01.csv").code == 2


def test_a_python_stage_reads_and_writes_frames(tmp_path: Path) -> None:
    project = shop(tmp_path)
    (tmp_path / SQL).unlink()
    project.write("transformation/helpers.py", "FACTOR = 2\n")
    project.write(
        "transformation/dataflow/default/staging_to_business.py",
        "from data_framework import DataFlowInterface\n"
        "from transformation.helpers import FACTOR\n\n\n"
        "class ProcessingCoordinator(DataFlowInterface):\n"
        "    def process(self):\n"
        "        sales = self.read_table('sales', columns=['shop', 'amount'])\n"
        "        shops = sales.groupby('shop', as_index=False)\n"
        "        totals = shops.agg(total=('amount', 'sum'), sales=('amount', 'count'))\n"
        "        totals['sales'] = totals['sales'] * FACTOR\n"
        "        self.write(totals, 'totals')\n",
    )
    deliver(project, 1)
    project.json("run", "sales")
    assert project.table("shop_business.totals") == [
        {"shop": "north", "total": "1.50", "sales": "2"}, {"shop": "south", "total": "2.25", "sales": "2"},
    ]  # fmt: skip


def test_what_user_code_does_wrong_is_one_clear_sentence(tmp_path: Path) -> None:
    project = shop(tmp_path)
    (tmp_path / SQL).unlink()
    deliver(project, 1)
    file = "transformation/dataflow/sales/staging_to_business.py"
    head = "from data_framework import DataFlowInterface\n\n\nclass ProcessingCoordinator(DataFlowInterface):\n"
    cases = [
        ("import nowhere_to_be_found\n", 2, "nowhere_to_be_found"),
        (head + "    def process(self):\n        1 / 0\n", 3, "ZeroDivisionError"),
        (head + "    def process(self):\n        import nowhere_to_be_found\n", 2, "nowhere_to_be_found"),
        (head + "    def proces(self):\n        pass\n", 2, "process"),
        ("x = 1\n", 2, "ProcessingCoordinator"),
        ("def broken(:\n", 2, "line 1"),
        (head + "    def process(self):\n        self.read_table('sale')\n", 2, "sales"),
    ]
    for text, code, named in cases:
        project.write(file, text)
        result = (
            project.run("run", "sales", "--process", "staging_to_business")
            if text != cases[0][0]
            else project.run("run", "sales")
        )
        assert result.code == code, (text, result.out, result.err)
        assert named in result.out + result.err
        assert "Traceback" not in result.out + result.err
    project.write(file, cases[1][0])
    assert "Traceback" in project.run("run", "sales", "--process", "staging_to_business", "--debug").err


def test_a_target_without_code_or_source_names_the_file_to_write(tmp_path: Path) -> None:
    project = shop(tmp_path)
    (tmp_path / SQL).unlink()
    deliver(project, 1)
    result = project.run("run", "sales")
    assert result.code == 2
    assert "transformation/dataflow/sales/staging_to_business" in result.out


def test_equal_keys_are_copied(tmp_path: Path) -> None:
    business = {**BUSINESS, "target_tables": {"sales": {"database": "shop_business", "table": "sales_copy"}}}
    project = shop(tmp_path, {"landing_to_raw": LANDING, "raw_to_staging": STAGING, "staging_to_business": business})
    (tmp_path / SQL).unlink()
    deliver(project, 1)
    project.json("run", "sales")
    assert project.table("shop_business.sales_copy") == project.table("shop_staging.sales")


def test_several_targets_of_one_script(tmp_path: Path) -> None:
    targets = {name: {"database": "shop_business", "table": name} for name in ("totals", "shops")}
    project = shop(tmp_path, {**PROCESSES, "staging_to_business": {**BUSINESS, "target_tables": targets}})
    project.write(SQL, f"-- target: totals\n{TOTALS_SQL};\n-- target: shops\nselect distinct shop from sales\n")
    deliver(project, 1)
    project.json("run", "sales")
    assert [row["shop"] for row in project.table("shop_business.shops")] == ["north", "south"]


TOTALS_SQL = "select shop, sum(amount) as total from sales group by shop"


def test_sql_that_names_the_date_runs_once_per_date(tmp_path: Path) -> None:
    source = {"sales": {"database": "shop_staging", "table": "sales", "partition_field": "data_date"}}
    target = {"totals": {"database": "shop_business", "table": "totals", "write_mode": "append"}}
    project = shop(tmp_path, {**PROCESSES, "staging_to_business": {"source_tables": source, "target_tables": target}})
    project.write(SQL, "select {file_date} as day, shop, sum(amount) as total from sales group by shop")
    deliver(project, 1)
    deliver(project, 2)
    project.json("run", "sales")
    days = [(row["day"], row["shop"]) for row in project.table("shop_business.totals")]
    assert days == [(f"2026-01-0{day}", shop) for day in (1, 2) for shop in ("north", "south")]


def test_cancel_next_stage_ends_the_chain_after_landing(tmp_path: Path) -> None:
    project = shop(tmp_path, {**PROCESSES, "landing_to_raw": {**LANDING, "cancel_next_stage": True}})
    deliver(project, 1)
    answer = project.json("run", "sales")
    assert [process["process"] for process in answer["processes"]] == ["landing_to_raw"]
    assert answer["processes"][0]["next_stage"] is False


def test_all_runs_writers_before_readers(tmp_path: Path) -> None:
    project = shop(tmp_path)
    reader = {"processes": {"staging_to_business": {
        "source_tables": {"totals": {"database": "shop_business", "table": "totals"}},
        "target_tables": {"totals": {"database": "shop_business", "table": "copied"}},
    }}}  # fmt: skip
    configure(project, PROCESSES, a_reader=reader)
    deliver(project, 1)
    answer = project.json("run", "--all")
    assert [run["dataflow"] for run in answer["runs"]] == ["sales", "a_reader"]
    assert project.table("shop_business.copied") == project.table("shop_business.totals")


def test_usage_errors_end_with_exit_code_2(tmp_path: Path) -> None:
    project = shop(tmp_path)
    for arguments in (["sales", "--all"], [], ["sale"], ["sales", "--process", "raw_to_stagin"],
                      ["sales", "--file-date", "1/2/2026"], ["sales", "--execution-mode", "fast"],
                      ["sales", "--no-such-option"]):  # fmt: skip
        result = project.run("run", *arguments)
        assert result.code == 2, (arguments, result.out, result.err)
        assert "Traceback" not in result.err
    assert "sales" in project.run("run", "sale").err


def test_a_dry_run_names_what_is_due_and_writes_nothing(tmp_path: Path) -> None:
    project = shop(tmp_path)
    for day in (1, 2):
        deliver(project, day)
    expected = {
        "landing_to_raw": ["sales_2026-01-01.csv", "sales_2026-01-02.csv"],
        "raw_to_staging": ["2026-01-01", "2026-01-02"], "staging_to_business": ["run"], "business_to_output": ["run"],
    }  # fmt: skip
    assert _rehearsed(project) == expected
    project.json("run", "sales")
    assert _rehearsed(project) == {name: [] for name in expected}
    deliver(project, 2, "1,north,9.50\n")
    deliver(project, 3)
    later = {**expected, "landing_to_raw": ["sales_2026-01-02.csv", "sales_2026-01-03.csv"],
             "raw_to_staging": ["2026-01-02", "2026-01-03"]}  # fmt: skip
    assert _rehearsed(project) == later
    assert _rehearsed(project, "--file", "sales_2026-01-03.csv")["raw_to_staging"] == ["2026-01-03"]
    assert _rehearsed(project, "--full-refresh")["raw_to_staging"] == ["full"]
    assert _rehearsed(project, "--from", "raw_to_staging", "--start", "2026-01-01") == {
        "raw_to_staging": ["2026-01-01", "2026-01-02"], "staging_to_business": ["run"], "business_to_output": ["run"],
    }  # fmt: skip
    dates = [table["file_date"] for table in project.json("run", "sales")["processes"][1]["tables"]]
    assert dates == later["raw_to_staging"]


def test_a_dry_run_says_what_it_cannot_know(tmp_path: Path) -> None:
    landing = deepcopy(LANDING)
    landing["incoming_file"]["csv_specs"] = {"date_located": "column", "date_located_column": "day"}
    project = shop(tmp_path, {**PROCESSES, "landing_to_raw": landing})
    deliver(project, 1)
    result = project.run("run", "sales", "--dry-run")
    assert result.code == 0
    assert "would run sales_2026-01-01.csv" in result.out
    assert "say their date only when they are read" in result.out


def _rehearsed(project: ProjectFolder, *arguments: str) -> dict[str, list[str]]:
    """Process → units of a dry run, which leaves every file as it is."""
    before = _everything(project)
    answer = project.json("run", "sales", "--dry-run", *arguments)
    assert _everything(project) == before
    return {process["process"]: process["would_run"] for process in answer["processes"]}


def _everything(project: ProjectFolder) -> dict[str, tuple[int, bytes]]:
    files = sorted(path for path in project.root.rglob("*") if path.is_file())
    return {str(path): (path.stat().st_mtime_ns, path.read_bytes()) for path in files}


def test_plan_reads_no_data(tmp_path: Path) -> None:
    project = shop(tmp_path)
    plan = project.json("plan", "sales")
    assert [entry["per"] for entry in plan["processes"]] == ["file", "date", "run", "run"]
    (totals,) = plan["processes"][2]["tables"]
    assert "sum" in totals["sql"][0].lower()
    assert totals["engines"]["lambda"] == totals["sql"]
    assert "sum(" in totals["engines"]["emr"][0].lower()
    assert "`" in "".join(totals["engines"]["emr"])


def test_the_launcher_runs_one_process(tmp_path: Path) -> None:
    import subprocess

    project = shop(tmp_path)
    deliver(project, 1)
    launcher = Path(__file__).parents[2] / "src/launchers/emr_launcher.py"
    done = subprocess.run([sys.executable, str(launcher), "--dataflow", "sales", "--process", "landing_to_raw"],
                          cwd=project.root, capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert project.json("landing", "status")["files"][0]["disposition"] == "ingested"


def test_an_open_project_reads_without_writing(tmp_path: Path) -> None:
    from data_framework import open_project

    project = shop(tmp_path)
    deliver(project, 1)
    project.json("run", "sales")
    with open_project(tmp_path) as opened:
        coordinator = opened.process("sales", "staging_to_business", file_date="2026-01-01")
        frame = coordinator.read_table("sales", where="amount > 2")
        assert frame["shop"].tolist() == ["south"]
    assert OUTPUT
