"""What is named on the command line is what runs: files, folders, dates, and all dataflows beside a wrong one."""

from __future__ import annotations

import json
from pathlib import Path

from project import ProjectFolder
from shop import shop

DAYS = ("2026-01-01", "2026-01-02")


def landed(root: Path) -> ProjectFolder:
    project = shop(root / "shop")
    for number, day in enumerate(DAYS):
        project.land(f"sales_{day}.csv", f"id,shop,amount\n{number},a,1.00\n")
    return project


def dates(project: ProjectFolder, *arguments: str) -> list[str]:
    """The dates that staging was run for."""
    answer = project.json("run", "sales", *arguments)
    (staging,) = [process for process in answer["processes"] if process["process"] == "raw_to_staging"]
    return [table["file_date"] for table in staging["tables"]]


def test_the_folder_and_the_name_of_a_file_are_its_key(tmp_path: Path) -> None:
    project = shop(tmp_path / "shop")
    for folder in ("us", "eu"):  # the same base name twice, eu's arrived later
        project.land(f"{folder}/sales_2026-01-01.csv", f"id,shop,amount\n1,{folder},1.00\n")
    answer = project.json("run", "sales", "--source-file-path", "us/", "--file-name", "sales_2026-01-01.csv")
    assert answer["processes"][0]["files"][0]["disposition"] == "ingested"
    assert [row["shop"] for row in project.table("shop_staging.sales")] == ["us"]
    key = "us/sales_2026-01-01.csv"
    again = project.json("run", "sales", "--source-file-path", key, "--file-name", "sales_2026-01-01.csv")
    assert again["processes"][0]["files"][0]["disposition"] == "duplicate"


def test_a_key_that_is_not_there_is_refused(tmp_path: Path) -> None:
    result = landed(tmp_path).run("run", "sales", "--source-file-path", "uk", "--file-name", f"sales_{DAYS[0]}.csv")
    assert result.code == 2
    assert "uk/sales_2026-01-01.csv" in result.err + result.out


def test_a_later_process_takes_the_date_of_the_file_that_is_named(tmp_path: Path) -> None:
    project = landed(tmp_path)
    project.json("run", "sales", "--process", "landing_to_raw")
    assert dates(project, "--process", "raw_to_staging", "--file-name", f"sales_{DAYS[1]}.csv") == [DAYS[1]]
    assert dates(project, "--from", "raw_to_staging", "--file", f"sales_{DAYS[0]}.csv") == [DAYS[0]]


def test_a_later_process_refuses_a_file_that_was_never_landed(tmp_path: Path) -> None:
    project = landed(tmp_path)
    project.json("run", "sales", "--process", "landing_to_raw")
    answer = project.json("run", "sales", "--process", "raw_to_staging", "--file", "sales_2026-09-09.csv", code=2)
    assert "never landed" in json.dumps(answer)


def test_a_file_and_dates_narrow_each_other(tmp_path: Path) -> None:
    project = landed(tmp_path)
    project.json("run", "sales")
    assert dates(project, "--file", f"sales_{DAYS[1]}.csv", "--start", DAYS[0]) == [DAYS[1]]


def test_all_goes_on_beside_dataflows_without_processes_or_without_the_one_that_is_named(tmp_path: Path) -> None:
    project = landed(tmp_path)
    document = json.loads((project.root / "transformation.json").read_text())
    document["dataflows"]["aa"] = {"processes": {}}
    document["dataflows"]["bb"] = {
        "processes": {"common_to_output": {"source_tables": {}, "output_reports": []}},
    }
    project.write("transformation.json", document)
    answer = project.json("run", "--all", "--process", "landing_to_raw")
    assert [run["dataflow"] for run in answer["runs"]] == ["sales"]
    assert project.run("run", "--all", "--process", "staging_to_common").code == 2


def test_looking_does_not_pin_the_place_of_a_project(tmp_path: Path) -> None:
    project = landed(tmp_path)
    project.json("landing", "status")
    project.json("runs", "list")
    moved = ProjectFolder(project.root.rename(tmp_path / "moved"))
    assert moved.json("run", "sales")["success"]


def test_a_date_that_is_none_and_a_row_that_is_not_there_are_refused(tmp_path: Path) -> None:
    project = shop(tmp_path / "shop")
    project.land("sales_2026-01-01.csv", "id,shop,amount\n1,a,x\n2,a,1\n")
    project.json("run", "sales")
    for command in (["replay"], ["discard"], ["show"]):
        result = project.run("quarantine", *command, "shop_staging.sales", "--data-date", "2026-13-77")
        assert (result.code, "is no date" in result.err) == (2, True)
    assert project.run("quarantine", "discard", "shop_staging.sales", "--id", "nope").code == 2
    assert project.json("quarantine", "show", "shop_staging.sales")["rows_total"] == 1


def test_a_ragged_row_of_a_feed_without_contract_is_set_aside(tmp_path: Path) -> None:
    project = shop(tmp_path / "shop")
    (project.root / "tables" / "sales.json").unlink()
    project.land("sales_2026-01-01.csv", "id,shop,amount\n1,a,2\n2,b\n")
    answer = project.json("run", "sales", "--through", "raw_to_staging")
    (table,) = answer["processes"][1]["tables"]
    assert (table["rows_read"], table["rows_written"], table["rows_quarantined"]) == (2, 1, 1)
    (warning,) = answer["processes"][1]["warnings"]
    assert warning == (
        "shop_staging.sales has no contract: its columns are made as text; `data-framework tables infer FILE` "
        "proposes one"
    )
    again = project.json("run", "sales", "--process", "raw_to_staging", "--file-date", "2026-01-01")
    assert again["processes"][0]["warnings"] == []


def test_deleted_rows_are_said(tmp_path: Path) -> None:
    project = landed(tmp_path)
    project.json("run", "sales")
    project.land(f"sales_{DAYS[0]}.csv", "id,shop,amount\n7,c,1.00\n")
    assert "; 1 deleted" in project.run("run", "sales").out
