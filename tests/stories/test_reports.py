"""Reports of a whole run: what is written, what fails alone, and what the run answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from project import ProjectFolder

ORDERS = {"database": "sales_staging", "table": "orders", "primary_keys": ["id"]}
REPORTS = [
    {"name": "All orders", "source_table": "orders", "filename_pattern": "orders_{file_date}.csv",
     "filename_date_format": "yyyyMMdd"},
    {"name": "Empty", "source_table": "orders", "filename_pattern": "empty.csv", "where": "amount > {vars.limit}"},
    {"name": "Wrong", "source_table": "orders", "filename_pattern": "w.csv", "columns": ["custommer"]},
    {"name": "Latin", "source_table": "orders", "filename_pattern": "l.csv", "csv_specs": {"encoding": "latin-1"}},
    {"name": "All orders ", "source_table": "orders", "filename_pattern": "orders_{file_date}.csv",
     "filename_date_format": "yyyyMMdd"},
    {"name": "Means", "source_table": "orders", "filename_pattern": "means.json", "file_format": "json",
     "columns": ["customer", "amount / 3 as third"], "where": "data_date = {file_date}",
     "json_specs": {"format": "columns"}},
]  # fmt: skip


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> ProjectFolder:
    folder = ProjectFolder(tmp_path_factory.mktemp("reports"))
    landing = {"incoming_file": {"file_format": "csv", "filename_pattern": r"orders_.*\.csv"},
               "output_file": {"database": "sales_raw", "table": "orders", "partition_field": "data_date"}}  # fmt: skip
    raw = {"database": "sales_raw", "table": "orders"}
    flow: dict[str, Any] = {
        "landing_to_raw": landing,
        "raw_to_staging": {"source_tables": {"orders": raw}, "target_tables": {"orders": ORDERS}},
        "staging_to_business": {
            "source_tables": {"orders": ORDERS},
            "target_tables": {"orders": {"database": "sales_business", "table": "orders", "primary_keys": ["id"]}},
        },
        "business_to_output": {"source_tables": {"orders": {"database": "sales_business", "table": "orders"}},
                               "vars": {"default": {"limit": 1000}}, "output_reports": REPORTS},
    }  # fmt: skip
    folder.write("platform.json", {"local": {"environment": "local"}})
    folder.write(
        "transformation.json", {"project_id": "shop", "dataflows": {"default": {}, "orders": {"processes": flow}}}
    )
    columns = [{"name": "id", "type": "int"}, {"name": "customer", "type": "string"},
               {"name": "amount", "type": "decimal(10,2)"}, {"name": "at", "type": "timestamp"},
               {"name": "data_date", "type": "date"}]  # fmt: skip
    contract = {"layer": "staging", **ORDERS, "columns": columns, "partition_field": "data_date"}
    folder.write("tables/orders.json", contract)
    folder.land("orders_2026-03-05.csv", "id,customer,amount,at\n2,=bob,1.00,\n1,aña €,10.50,2026-03-05 10:00:00.5\n")
    return folder


@pytest.fixture(scope="module")
def answer(project: ProjectFolder) -> Any:
    return project.json("run", "orders", code=2)


def outputs(answer: Any) -> dict[str, Any]:
    processes = {process["process"]: process for process in answer["processes"]}
    return {entry["name"]: entry for entry in processes["business_to_output"]["outputs"]}


def test_a_report_that_fails_does_not_stop_the_others(answer: Any) -> None:
    assert {name: entry["success"] for name, entry in outputs(answer).items()} == {
        "All orders": True, "Empty": False, "Wrong": False, "Latin": False, "All orders ": False, "Means": True,
    }  # fmt: skip


def test_what_is_written(answer: Any) -> None:
    found = outputs(answer)["All orders"]
    assert found["path"].endswith("/data/output/shop/all_orders/orders_20260305.csv")
    assert Path(found["path"]).read_text(encoding="utf-8") == (
        "id,customer,amount,at,data_date\n1,aña €,10.50,2026-03-05T10:00:00.5Z,2026-03-05\n2,'=bob,1.00,,2026-03-05\n"
    )
    assert (found["rows"], found["escaped"]) == (2, 1)
    means = Path(outputs(answer)["Means"]["path"]).read_text(encoding="utf-8")
    assert means == '{"customer": ["aña €", "=bob"], "third": [3.500000, 0.333333]}\n'


@pytest.mark.parametrize(
    ("name", "message"),
    [("Empty", "has no data"), ("Wrong", "Did you mean 'customer'?"), ("Latin", "U+20AC, which"),
     ("All orders ", "writes the same file")],
)  # fmt: skip
def test_each_error_is_named(answer: Any, name: str, message: str) -> None:
    assert message in outputs(answer)[name]["error"]


def test_nothing_is_left_of_what_failed(project: ProjectFolder, answer: Any) -> None:
    files = {path.name for path in (project.root / "data" / "output").rglob("*") if path.is_file()}
    assert files == {"orders_20260305.csv", "means.json"}


def test_each_file_is_announced(project: ProjectFolder, answer: Any) -> None:
    mails = [path.read_text(encoding="utf-8") for path in (project.root / "data" / "outbox").glob("*.eml")]
    assert sum("was written" in mail for mail in mails) == 2
