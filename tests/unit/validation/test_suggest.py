"""`controls suggest`: proposed controls hold on the file, are worth keeping, and say what they were proposed from."""

from __future__ import annotations

import json
import resource
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from data_framework.cli import app
from data_framework.modules.config import read_controls
from data_framework.modules.exception import FileContentError, NotInThisVersionError, SampleReadError
from data_framework.modules.validation import check_file, suggest_controls

ROWS = 200


def line(n: int) -> str:
    return ",".join([
        f"{n:05}", f"u{n}@example.org", ("ES", "PT", "FR", "DE")[n % 4], ("Spain", "Portugal", "France", "G")[n % 4],
        f"{n % 7 - 1}", f"{n / ROWS:.3f}", "" if n % 10 == 0 else f"{n * 1.5:.2f}", f"2024-{n % 12 + 1:02}-15",
        f"AB-{n * 7919 % 1000:03}", ("tea", " tea")[n % 2],
    ])  # fmt: skip


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    head = "id,email,country,name,score,share,amount,day,code,note"
    path.write_text("\n".join([head, *map(line, range(ROWS))]) + "\n")
    return path


def told(found: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {one["name"]: one.get("arguments", {}) for one in found}


def test_what_all_rows_bear_out_is_proposed(file: Path) -> None:
    found, rows = suggest_controls(file)
    controls = told(found)
    assert rows == ROWS
    assert controls["row_count"] == {"min": 100}
    assert "id is_primary_key" in controls
    assert "id is_not_null" not in controls, "the key says so already"
    assert "email is_email" in controls
    assert controls["country is_in"] == {"values": ["DE", "ES", "FR", "PT"]}
    assert "country is_country_code" in controls
    assert controls["score is_between"] == {"min": -1, "max": 5}
    assert controls["share is_between"] == {"min": 0, "max": 1}
    assert controls["amount completeness"] == {"min": 0.9}
    assert "amount is_positive" in controls
    assert "day is_not_in_future" in controls
    assert controls["code matches_regex"] == {"pattern": r"AB\-[0-9]{3}", "mode": "full"} or controls[
        "code matches_regex"
    ] == {"pattern": r"[A-Z]{2}\-[0-9]{3}", "mode": "full"}  # fmt: skip
    assert "note is_trimmed" not in controls
    assert all(one["_evidence"] for one in found)


def test_what_decides_what_is_proposed(tmp_path: Path) -> None:
    path = tmp_path / "cities.csv"
    lines = [f"{n % 12},{n % 12 // 3},{n % 5}" for n in range(300)]
    path.write_text("\n".join(["city,region,other", *lines]) + "\n")
    controls = told(suggest_controls(path)[0])
    assert controls["region determines"] == {"fields": ["city"]}
    assert not {"other determines", "city determines"} & set(controls)


def test_every_proposal_holds_on_the_file_and_fails_on_another(file: Path, tmp_path: Path) -> None:
    out = tmp_path / "controls.json"
    done = CliRunner().invoke(app(), ["controls", "suggest", "--data", str(file), "--out", str(out), "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["rows"] == ROWS
    controls = read_controls(out)
    found = check_file(file, controls)
    assert {(one.rag, one.invalid, one.error) for one in found.controls} == {("green", 0, "")}
    other = tmp_path / "other.csv"
    other.write_text(file.read_text().splitlines()[0] + "\n1,x,XX,Spain,9,2,-1,2999-01-01,zz,\n1,y,,,,,,,,\n")
    red = {one.name for one in check_file(other, controls).controls if one.rag == "red"}
    assert {"id is_primary_key", "country is_in", "email is_email", "share is_between", "code matches_regex",
            "day is_not_in_future", "row_count"} <= red  # fmt: skip


def test_a_file_too_small_to_bear_anything_out_gets_no_controls(tmp_path: Path) -> None:
    path = tmp_path / "few.csv"
    path.write_text("a\n1\n2\n")
    assert suggest_controls(path) == ([], 2)


@pytest.mark.parametrize(
    ("name", "text", "error"),
    [("a.png", "x", NotInThisVersionError), ("a.parquet", "x", SampleReadError), ("a.jsonl", "{", FileContentError)],
)
def test_a_file_that_is_none_is_refused(tmp_path: Path, name: str, text: str, error: type[Exception]) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(error):
        suggest_controls(tmp_path / name)


def test_names_and_values_are_never_pasted_into_sql(tmp_path: Path) -> None:
    path = tmp_path / "it's.csv"
    head = '"a\'b","x""; drop table rows; --"'
    path.write_text("\n".join([head, *(f"it's {n % 3},\"' or 1=1 --\"" for n in range(60))]) + "\n")
    controls = told(suggest_controls(path)[0])
    assert controls["a_b is_in"] == {"values": ["it's 0", "it's 1", "it's 2"]}


def test_a_table_of_the_project_is_profiled_and_its_controls_are_bound_to_it(tmp_path: Path) -> None:
    root = tmp_path / "shop"
    run = CliRunner().invoke
    assert run(app(), ["init", str(root)]).exit_code == 0
    landed = root / "data" / "landing" / "orders" / "orders_2026-01-03.csv"
    rows = [f"{n},tea,{n % 5 + 1},2.50,2026-01-03 10:00:00" for n in range(100, 150)]
    landed.write_text("\n".join(["Order ID,Product,Quantity,Unit price,Ordered at", *rows]) + "\n")
    done = run(app(), ["run", "--all", "--project", str(root)])
    done = run(app(), ["controls", "suggest", "shop_staging.orders", "--project", str(root), "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)["controls"]
    assert {(one["layer"], one["database"], one["table"]) for one in found} == {("staging", "shop_staging", "orders")}
    assert len({one["control_table_id"] for one in found}) == len(found) > 3
    (root / "controls" / "found.json").write_text(json.dumps({"controls": found}))
    assert run(app(), ["validate", "--project", str(root)]).exit_code == 0


def test_memory_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "large.parquet"
    with duckdb.connect() as connection:
        connection.execute(
            "copy (select range as id, md5(range::varchar) as h, range % 9 as k from range(1500000)) "
            f"to '{path}' (format parquet)"
        )
    assert pq.ParquetFile(path).metadata.num_rows == 1_500_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found, rows = suggest_controls(path)
    assert rows == 1_500_000
    assert "id is_primary_key" in told(found)
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < 700
