"""A struct that gains fields: old rows have null there, whatever is merged, rebuilt or joined afterwards."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from project import ProjectFolder
from shop import LANDING, STAGING, shop

NAME = "shop_staging.sales"
PROCESSES: dict[str, Any] = {
    "landing_to_raw": {
        **LANDING,
        "incoming_file": {"file_format": "json_lines", "filename_pattern": r"sales_\d{4}-\d{2}-\d{2}\.jsonl",
                          "json_specs": {"date_located": "filename"}},
    },
    "raw_to_staging": STAGING,
}  # fmt: skip


def contract(project: ProjectFolder, place: str, tags: str) -> None:
    found = json.loads((project.root / "tables/sales.json").read_text())
    found["columns"] = [
        {"name": "id", "type": "bigint"},
        {"name": "place", "type": place},
        {"name": "tags", "type": tags},
    ]
    project.write("tables/sales.json", found)


def rows(project: ProjectFolder) -> dict[str, tuple[Any, Any]]:
    return {row["id"]: (json.loads(row["place"]), json.loads(row["tags"])) for row in project.table(NAME)}


@pytest.mark.parametrize("apply", [False, True])
def test_a_struct_gains_fields(tmp_path: Path, apply: bool) -> None:
    project = shop(tmp_path, PROCESSES, primary_keys=["id"], write_mode="merge", partition_field=None)
    contract(project, "struct<city:string>", "array<struct<k:string>>")
    project.land("sales_2026-01-01.jsonl", '{"id": 1, "place": {"city": "Lugo"}, "tags": [{"k": "a"}]}\n'
                 '{"id": 2, "place": {"city": "Vigo"}, "tags": []}\n')  # fmt: skip
    project.json("run", "sales")
    contract(project, "struct<zip:int,city:string>", "array<struct<k:string,n:int>>")
    if apply:
        project.json("tables", "apply")
    project.land("sales_2026-01-02.jsonl", '{"id": 2, "place": {"zip": 36201, "city": "Vigo"}, "tags": [{"n": 7}]}\n')
    project.json("run", "sales")
    expected = {"1": ({"city": "Lugo", "zip": None}, [{"k": "a", "n": None}]),
                "2": ({"city": "Vigo", "zip": 36201}, [{"k": None, "n": 7}])}  # fmt: skip
    assert rows(project) == expected
    project.json("tables", "maintain")
    assert rows(project) == expected
    contract(project, "struct<zip:int>", "array<struct<n:int>>")
    project.land("sales_2026-01-03.jsonl", '{"id": 3, "place": {"zip": 1, "city": "left out"}, "tags": [{"n": 1}]}\n')
    project.json("run", "sales")
    assert rows(project) == {**expected, "3": ({"city": "left out", "zip": 1}, [{"k": None, "n": 1}])}
    project.json("run", "sales", "--full-refresh")
    assert rows(project) == {**expected, "3": ({"city": "left out", "zip": 1}, [{"k": None, "n": 1}])}
