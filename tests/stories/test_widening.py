"""type_change: widen: a column whose cells no longer fit gets the next type that holds them all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from project import ProjectFolder
from shop import LANDING, STAGING, configure, deliver

SALES = "shop_staging.sales"


def feed(root: Path, kind: str = "int", **contract: Any) -> ProjectFolder:
    project = ProjectFolder(root)
    project.write("platform.json", {"local": {"environment": "local"}})
    configure(project, {"landing_to_raw": LANDING, "raw_to_staging": STAGING})
    columns = [{"name": "id", "type": "bigint"}, {"name": "shop"}, {"name": "amount", "type": kind}]
    project.write("tables/sales.json", {"layer": "staging", "database": "shop_staging", "table": "sales", "columns":
                  columns, "schema_policy": {"type_change": "widen"}, **contract})  # fmt: skip
    return project


def kind_of(project: ProjectFolder) -> str:
    shown = project.json("tables", "show", SALES)
    found = next(column for column in shown["columns"] if column["name"] == "amount")
    return str(found["type"])


def amounts(project: ProjectFolder) -> list[str]:
    return [row["amount"] for row in project.table(SALES)]


MODES = {
    "append": {"write_mode": "append"},
    "merge": {"primary_keys": ["id"]},
    "date": {"partition_field": "data_date"},
}
STEPS = [
    ("int", "7", "2147483648", "bigint"),
    ("int", "7", "1.25", "decimal(38,2)"),
    ("bigint", "7", "1.25", "decimal(38,2)"),
    ("decimal(5,2)", "1.50", "12345.25", "decimal(38,2)"),
    ("decimal(5,2)", "1.50", "1.125", "decimal(38,3)"),
    ("decimal(5,2)", "1.50", "1e300", "double"),
    ("float", "1.5", "1e300", "double"),
    ("int", "7", "seven", "string"),
    ("double", "1.5", "x", "string"),
]


@pytest.mark.parametrize(("kind", "before", "after", "wide"), STEPS)
@pytest.mark.parametrize("mode", MODES)
def test_a_table_that_has_rows_is_widened(
    tmp_path: Path, kind: str, before: str, after: str, wide: str, mode: str
) -> None:
    project = feed(tmp_path, kind, **MODES[mode])
    deliver(project, 1, f"1,north,{before}\n2,south,\n")
    project.json("run", "sales")
    deliver(project, 2, f"3,west,{after}\n")
    staging = project.json("run", "sales")["processes"][1]
    assert (staging["tables"][0]["rows_quarantined"], staging["tables"][0]["rows_written"]) == (0, 1)
    assert any(f"is {wide} now, no longer {kind}" in warning for warning in staging["warnings"])
    assert kind_of(project) == wide
    assert [float(amount) if wide != "string" and amount else amount for amount in amounts(project)] == [
        value if wide == "string" or not value else float(value) for value in (before, "", after)
    ]  # fmt: skip
    deliver(project, 3, f"4,east,{before}\n")
    staging = project.json("run", "sales")["processes"][1]
    assert not [warning for warning in staging["warnings"] if "no longer" in warning]
    assert (kind_of(project), len(amounts(project))) == (wide, 4)
    assert project.json("tables", "apply")["tables"][0]["changes"] == []
    full = project.json("run", "sales", "--full-refresh")
    assert full["exit_code"] == 0
    assert (kind_of(project), len(amounts(project))) == (wide, 4)


def test_a_new_table_is_made_with_the_wider_type(tmp_path: Path) -> None:
    project = feed(tmp_path)
    deliver(project, 1, "1,north,1\n2,south,2.5\n")
    project.json("run", "sales")
    assert (kind_of(project), amounts(project)) == ("decimal(38,1)", ["1.0", "2.5"])


def test_what_has_no_wider_type_is_set_aside(tmp_path: Path) -> None:
    project = feed(tmp_path, "date", write_mode="append")
    deliver(project, 1, "1,north,2026-01-01\n2,south,soon\n")
    assert project.json("run", "sales")["processes"][1]["tables"][0]["rows_quarantined"] == 1
    assert kind_of(project) == "date"


def test_columns_keep_their_places_and_controls_judge_the_new_type(tmp_path: Path) -> None:
    project = feed(tmp_path, write_mode="append")
    rule = {"control_table_id": "T1", "name": "low", "layer": "staging", "database": "shop_staging", "table": "sales",
            "field": "amount", "algorithm": "is_between", "arguments": {"min": 0, "max": 10}}  # fmt: skip
    project.write("controls/sales.json", {"controls": [rule]})
    deliver(project, 1, "1,north,1\n")
    project.json("run", "sales")
    deliver(project, 2, "2,south,99.5\n")
    (judged,) = [c for c in project.json("run", "sales")["processes"][1]["controls"] if c["name"] == "low"]
    assert (judged["total"], judged["invalid"], judged["error"]) == (1, 1, "")
    assert list(project.table(SALES)[0]) == ["id", "shop", "amount"]
