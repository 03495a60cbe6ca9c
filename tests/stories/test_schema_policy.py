"""Every value of `schema_policy`: what becomes of new columns, missing ones and cells that do not fit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from project import ProjectFolder, Result
from shop import LANDING, STAGING, shop

NAME = "shop_staging.sales"
FIRST = "id,shop,amount\n1,a,1.00\n2,b,2.00\n"
NEW = "id,shop,amount,colour\n3,a,3.00,red\n4,b,4.00,\n"
MISSING = "id,amount\n3,3.00\n"
UNFIT = "id,shop,amount\n3,a,three\n4,b,4.00\n"


def told(tmp_path: Path, second: str, code: int = 0, **policy: str) -> tuple[ProjectFolder, Result]:
    """Deliver two days and answer the second one's run."""
    processes = {"landing_to_raw": LANDING, "raw_to_staging": STAGING}
    project = shop(tmp_path, processes, schema_policy=policy, primary_keys=["id"], write_mode="merge")
    project.land("sales_2026-01-01.csv", FIRST)
    project.json("run", "sales")
    project.land("sales_2026-01-02.csv", second)
    result = project.run("run", "sales", "--json")
    assert result.code == code, result.err
    return project, result


def ids(project: ProjectFolder) -> list[str]:
    return sorted(row["id"] for row in project.table(NAME))


def rebuilt_is_the_same(project: ProjectFolder) -> None:
    before = project.table(NAME)
    project.json("run", "sales", "--full-refresh")
    assert project.table(NAME) == before


def reasons(project: ProjectFolder) -> list[tuple[str, str]]:
    rows = project.json("quarantine", "show", NAME)["rows"]
    return [(reason["kind"], reason["field"]) for row in rows for reason in row["_reasons"]]


@pytest.mark.parametrize("policy", [{}, {"new_columns": "discard"}])
def test_new_columns_are_discarded_with_a_warning_and_raw_keeps_them(tmp_path: Path, policy: dict[str, str]) -> None:
    project, result = told(tmp_path, NEW, **policy)
    assert "colour" in str(result.json["processes"][1]["warnings"])
    assert "colour" not in project.table(NAME)[0]
    assert [row["colour"] for row in project.table("shop_raw.sales")] == ["", "", "red", ""]
    assert ids(project) == ["1", "2", "3", "4"]
    rebuilt_is_the_same(project)


def test_new_columns_evolve_the_table_as_text(tmp_path: Path) -> None:
    project, _ = told(tmp_path, NEW, new_columns="evolve")
    assert {row["id"]: row["colour"] for row in project.table(NAME)} == {"1": "", "2": "", "3": "red", "4": ""}
    columns = {column["name"]: column["type"] for column in project.json("tables", "show", NAME)["columns"]}
    assert columns["colour"] == "string"
    rebuilt_is_the_same(project)
    project.land("sales_2026-01-03.csv", "id,shop,amount\n5,c,5.00\n")
    project.json("run", "sales")
    assert {row["id"]: row["colour"] for row in project.table(NAME)}["5"] == ""


def test_new_columns_freeze_the_delivery(tmp_path: Path) -> None:
    project, result = told(tmp_path, NEW, code=1, new_columns="freeze")
    (file,) = [file for process in result.json["processes"] for file in process["files"]]
    assert file["disposition"] == "rejected"
    assert "not in the contract: colour" in file["reasons"][0]
    assert ids(project) == ["1", "2"]


def test_rows_with_a_value_in_a_new_column_are_set_aside(tmp_path: Path) -> None:
    project, _ = told(tmp_path, NEW, new_columns="quarantine")
    assert ids(project) == ["1", "2", "4"]
    assert reasons(project) == [("cast", "colour")]
    rebuilt_is_the_same(project)


@pytest.mark.parametrize("policy", [{}, {"missing_columns": "null"}])
def test_a_missing_column_is_null(tmp_path: Path, policy: dict[str, str]) -> None:
    project, _ = told(tmp_path, MISSING, **policy)
    assert {row["id"]: row["shop"] for row in project.table(NAME)} == {"1": "a", "2": "b", "3": ""}
    rebuilt_is_the_same(project)


def test_a_missing_column_freezes_the_delivery(tmp_path: Path) -> None:
    project, result = told(tmp_path, MISSING, code=1, missing_columns="freeze")
    (file,) = [file for process in result.json["processes"] for file in process["files"]]
    assert (file["disposition"], "missing: shop" in file["reasons"][0]) == ("rejected", True)
    assert ids(project) == ["1", "2"]


@pytest.mark.parametrize("policy", [{}, {"type_change": "quarantine"}])
def test_cells_that_do_not_fit_are_set_aside(tmp_path: Path, policy: dict[str, str]) -> None:
    project, _ = told(tmp_path, UNFIT, **policy)
    assert ids(project) == ["1", "2", "4"]
    assert reasons(project) == [("cast", "amount")]
    rebuilt_is_the_same(project)


def test_cells_that_do_not_fit_freeze_the_table(tmp_path: Path) -> None:
    project, result = told(tmp_path, UNFIT, code=1, type_change="freeze")
    assert "amount (1)" in json.dumps(result.json)
    assert ids(project) == ["1", "2"]
    project.land("sales_2026-01-02.csv", UNFIT.replace("three", "3.00"))
    project.json("run", "sales")
    assert ids(project) == ["1", "2", "3", "4"]


@pytest.mark.parametrize(
    ("contract", "place", "said"),
    [({"delete_when": "shp = 'a'"}, "delete_when", "Did you mean 'shop'?"),
     ({"delete_when": "shop ="}, "delete_when", "shop ="),
     ({"delete_when": "id in (select id from others)"}, "delete_when", "others"),
     ({"sequence_by": "amnt"}, "sequence_by", "Did you mean 'amount'?"),
     ({"order_by": ["amnt desc"]}, "order_by[0]", "Did you mean 'amount'?")],
)  # fmt: skip
def test_validate_knows_what_a_contract_may_name(
    tmp_path: Path, contract: dict[str, Any], place: str, said: str
) -> None:
    processes = {"landing_to_raw": LANDING, "raw_to_staging": STAGING}
    project = shop(tmp_path, processes, primary_keys=["id"], write_mode="merge", **contract)
    (error,) = project.json("validate", code=2)["errors"]
    assert error["place"] == place
    assert said in json.dumps(error, ensure_ascii=False)


def drift(project: ProjectFolder) -> dict[str, Any]:
    return json.loads((project.root / "data/output/shop/schema_drift/shop_staging.sales.json").read_text())


def patched(contract: dict[str, Any], patch: list[dict[str, Any]]) -> dict[str, Any]:
    """Apply a JSON Patch (RFC 6902), as far as proposals go."""
    for step in patch:
        *path, last = step["path"].split("/")[1:]
        inner: Any = contract
        for key in path:
            inner = inner[int(key)] if isinstance(inner, list) else inner[key]
        if isinstance(inner, list) and last == "-":
            inner.append(step["value"])
        else:
            inner[int(last) if isinstance(inner, list) else last] = step["value"]
    return contract


def test_drift_proposes_a_patch_that_takes_the_delivery(tmp_path: Path) -> None:
    second = "id,shop,amounts,at,size\n3,a,3.00,05/02/2026,L\nx4,b,4.00,25/02/2026,M\nx7,b,4.00,25/02/2026,M\n"
    project, result = told(tmp_path, second)
    assert "output/shop/schema_drift" in str(result.json["processes"][1]["warnings"])
    found = drift(project)
    assert found["new_columns"] == ["amounts", "at", "size"]
    assert (found["missing_columns"], found["columns_that_do_not_fit"]) == (["amount"], ["id"])
    contract = json.loads((project.root / "tables/sales.json").read_text())
    project.write("tables/sales.json", patched(contract, found["patch"]))
    columns = {column["name"]: column for column in contract["columns"]}
    assert (columns["at"]["type"], columns["at"]["formats"]) == ("date", ["%d/%m/%Y"])
    assert columns["amount"]["aliases"] == ["amounts"]
    project.json("tables", "apply", "--recreate")
    project.json("run", "sales", "--full-refresh")
    assert {row["id"]: (row["amount"], row["at"]) for row in project.table(NAME)} == {
        "1": ("1.00", ""), "2": ("2.00", ""), "3": ("3.00", "2026-02-05"), "x4": ("4.00", "2026-02-25"),
        "x7": ("4.00", "2026-02-25"),
    }  # fmt: skip


@pytest.mark.parametrize(("cell", "patch"), [
    ("many", []),
    ("n/a", []),
    ("N/A", [{"op": "add", "path": "/columns/2/null_values", "value": ["N/A"]}]),
])  # fmt: skip
def test_a_few_cells_that_do_not_fit_are_no_drift(tmp_path: Path, cell: str, patch: list[dict[str, Any]]) -> None:
    """They are in quarantine; only a word for null that would let every cell fit is proposed."""
    project, result = told(tmp_path, f"id,shop,amount\n3,a,3.00\n4,b,{cell}\n5,c,5.00\n")
    assert ("drift" in str(result.json["processes"][1]["warnings"])) == bool(patch)
    assert (drift(project)["patch"] if patch else []) == patch


def test_what_was_expected_is_no_drift(tmp_path: Path) -> None:
    project, _ = told(tmp_path, MISSING)
    assert not (project.root / "data/output").exists()


def test_a_frozen_delivery_has_the_patch_beside_its_reasons(tmp_path: Path) -> None:
    project, _ = told(tmp_path, NEW, code=1, new_columns="freeze")
    (path,) = (project.root / "data/rejected").rglob("*.contract_patch.json")
    assert path.with_name(path.name.replace("contract_patch", "reasons")).exists()
    assert json.loads(path.read_text())["patch"] == [
        {"op": "add", "path": "/columns/-", "value": {"name": "colour", "type": "string"}}
    ]


def test_a_column_named_like_the_partition_of_raw_keeps_what_was_delivered(tmp_path: Path) -> None:
    processes = {"landing_to_raw": LANDING, "raw_to_staging": STAGING}
    project = shop(tmp_path, processes, partition_field=None, write_mode="append")
    project.land("sales_2026-01-01.csv", "id,shop,amount,data_date\n1,a,1.00,2025-12-31\n")
    project.json("run", "sales")
    assert [row["data_date"] for row in project.table(NAME)] == ["2025-12-31"]
