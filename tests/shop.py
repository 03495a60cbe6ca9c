"""A small shop: one feed of sales a day, through every layer. The stories of the chain are told with it."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

from project import ProjectFolder

LANDING = {
    "incoming_file": {
        "file_format": "csv",
        "filename_pattern": r"sales_\d{4}-\d{2}-\d{2}(_\w+)?\.csv",
        "csv_specs": {
            "date_located": "filename",
            "date_located_filename": {"regex": r"(\d{4})-(\d{2})-(\d{2})"},
        },
    },
    "output_file": {"database": "shop_raw", "table": "sales", "partition_field": "data_date"},
}
STAGING = {"target_tables": {"sales": {"database": "shop_staging", "table": "sales"}}}
BUSINESS = {
    "source_tables": {"sales": {"database": "shop_staging", "table": "sales"}},
    "target_tables": {"totals": {"database": "shop_business", "table": "totals"}},
}
OUTPUT = {
    "source_tables": {"totals": {"database": "shop_business", "table": "totals"}},
    "output_reports": [
        {
            "name": "Totals",
            "source_table": "totals",
            "columns": ["shop", "total"],
            "file_format": "csv",
            "filename_pattern": "totals.csv",
        }
    ],
}
PROCESSES = {
    "landing_to_raw": LANDING,
    "raw_to_staging": STAGING,
    "staging_to_business": BUSINESS,
    "business_to_output": OUTPUT,
}
CONTRACT = {
    "layer": "staging", "database": "shop_staging", "table": "sales", "partition_field": "data_date",
    "columns": [
        {"name": "id", "type": "bigint"}, {"name": "shop", "type": "string"},
        {"name": "amount", "type": "decimal(10,2)"}, {"name": "data_date", "type": "date"},
    ],
}  # fmt: skip
TOTALS = "select shop, sum(amount) as total, count(*) as sales from sales group by shop"
SQL = "transformation/dataflow/sales/staging_to_business.sql"


def shop(root: Path, processes: dict[str, Any] | None = None, **contract: Any) -> ProjectFolder:
    project = ProjectFolder(root)
    project.write("platform.json", {"local": {"environment": "local"}})
    configure(project, PROCESSES if processes is None else processes)
    project.write("tables/sales.json", {**CONTRACT, **contract})
    project.write(SQL, TOTALS)
    return project


def configure(project: ProjectFolder, processes: dict[str, Any], **dataflows: Any) -> None:
    named = {"sales": {"processes": deepcopy(processes)}, **dataflows}
    project.write("transformation.json", {"project_id": "shop", "dataflows": named})


def deliver(project: ProjectFolder, day: int, rows: str = "1,north,1.50\n2,south,2.25\n", suffix: str = "") -> None:
    project.land(f"sales_2026-01-{day:02d}{suffix}.csv", f"id,shop,amount\n{rows}")


def control(**changes: Any) -> dict[str, Any]:
    return {
        "control_master_id": "C1", "control_table_id": "T1", "name": "amount is not negative", "layer": "staging",
        "database": "shop_staging", "table": "sales", "field": "amount", "level": "Data",
        "algorithm_type": "Data Framework", "algorithm": "is_between", "arguments": {"min": 0}, **changes,
    }  # fmt: skip


def process_of(answer: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(process for process in answer["processes"] if process["process"] == name)
    return found
