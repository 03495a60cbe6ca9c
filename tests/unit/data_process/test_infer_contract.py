"""Contracts proposed from files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import xlsxwriter
from pyarrow import parquet

from data_framework.modules.config.model.tables import TableContract
from data_framework.modules.data_process.files.local_text import Hints
from data_framework.modules.data_process.infer_contract import infer_contract
from data_framework.modules.exception import (
    FileContentError,
    NotInThisVersionError,
    SampleReadError,
    UnknownChoiceError,
)


def types(path: Path) -> dict[str, str]:
    contract = infer_contract(path)
    TableContract.model_validate(contract)
    return {column["name"]: column["type"] for column in contract["columns"]}


def test_types_are_those_every_cell_fits(tmp_path: Path) -> None:
    path = tmp_path / "meter_readings_20260301.csv"
    path.write_text(
        "Meter ID;Zip;Value (kWh);Count;Big;Ok;Day;At;Note;Empty;Real\n"
        "a1;007;1.50;1;12345678901;true;2026-01-02;2026-01-02T03:04:05;x;;1e5\n"
        "a2;123;-20.125;;1;FALSE;2026-01-03;2026-01-02 03:04;1;;2\n"
    )
    assert types(path) == {
        "meter_id": "string", "zip": "string", "value_kwh": "decimal(10,3)", "count": "int", "big": "bigint",
        "ok": "boolean", "day": "date", "at": "timestamp", "note": "string", "empty": "string", "real": "double",
    }  # fmt: skip
    contract = infer_contract(path, "shop_staging")
    assert (contract["database"], contract["table"]) == ("shop_staging", "meter_readings")


def test_dates_of_another_format_name_it_only_when_it_is_sure(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("sure,unsure,at\n31/12/2026,01/02/2026,31/12/2026 10:30\n01/02/2026,03/04/2026,01/01/2026 00:00\n")
    columns = infer_contract(path)["columns"]
    assert columns == [
        {"name": "sure", "type": "date", "formats": ["%d/%m/%Y"]},
        {"name": "unsure", "type": "string"},
        {"name": "at", "type": "timestamp", "formats": ["%d/%m/%Y %H:%M"]},
    ]


def test_json_records_are_read_too(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"id": 1, "x": 1.5, "tags": ["a"]}\n{"id": 2, "extra": true}\n')
    assert types(path) == {"id": "int", "x": "decimal(10,1)", "tags": "string", "extra": "boolean"}
    path = tmp_path / "b.json"
    path.write_text('[{"id": 1}, {"id": null}]')
    assert types(path) == {"id": "int"}


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(SampleReadError):
        infer_contract(tmp_path / "missing.csv")
    with pytest.raises(NotInThisVersionError):
        infer_contract(tmp_path / "a.pdf")
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(FileContentError):
        infer_contract(tmp_path / "empty.csv")


ROWS = [["id", "name", "seen"], *([n, f"x{n % 3}", f"2026-01-{n:02}" if n % 5 else "NA"] for n in range(1, 31))]


def _book(path: Path) -> None:
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("About").write(0, 0, "title")
        sheet = book.add_worksheet("Data")
        for number, row in enumerate(ROWS):
            sheet.write_row(number, 0, row)


def _xml(path: Path) -> None:
    records = "".join(f"<r><id>{a}</id><name>{b}</name><seen>{c}</seen></r>" for a, b, c in ROWS[1:])
    path.write_text(f"<all><head/>{records}</all>")


def _parquet(path: Path) -> None:
    columns = [list(column) for column in zip(*ROWS[1:], strict=True)]
    parquet.write_table(pa.table(columns, names=ROWS[0]), path)


def _nested(path: Path) -> None:
    path.write_text(json.dumps({"a": {"b": [dict(zip(ROWS[0], row, strict=True)) for row in ROWS[1:]]}}))


def _fixed(path: Path) -> None:
    path.write_text("".join(f"{a:<4}{b:<6}{c:>12}\r\n" for a, b, c in ROWS[1:]), encoding="cp1252", newline="")


FIXED = Hints(columns=("id:1:4", "name:5:6", "seen:11:12"))


def test_a_column_of_fixed_width_has_a_place(tmp_path: Path) -> None:
    _fixed(tmp_path / "a.txt")
    for text in ("id", "id:0:4", "id:1:x", ":1:4"):
        with pytest.raises(UnknownChoiceError, match="NAME:START:LENGTH"):
            infer_contract(tmp_path / "a.txt", hints=Hints(columns=(text,)))


@pytest.mark.parametrize(
    ("write", "name", "hints"),
    [(_fixed, "a.txt", FIXED), (_fixed, "a", FIXED),
     (_book, "a.xlsx", Hints(sheet="1")), (_book, "a.xlsx", Hints(sheet="Data")), (_xml, "a.xml", Hints(xpath="//r")),
     (_parquet, "a.parquet", Hints()), (_nested, "a.json", Hints(source_level="a.b"))],
)  # fmt: skip
def test_every_format_proposes_the_same(tmp_path: Path, write: Any, name: str, hints: Hints) -> None:
    write(tmp_path / name)
    contract = infer_contract(tmp_path / name, hints=hints)
    TableContract.model_validate(contract)
    assert contract["columns"] == [
        {"name": "id", "type": "int", "nullable": False}, {"name": "name", "type": "string", "nullable": False},
        {"name": "seen", "type": "date", "null_values": ["NA"]},
    ]  # fmt: skip
    assert contract["primary_keys"] == ["id"]


def test_every_row_counts_not_only_the_first(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    numbers = "".join(f"{n},{n % 7},{n // 7},1\n" for n in range(140_000))
    path.write_text(f"id,day,place,late\n{numbers}0,9,30000,x\n")
    contract = infer_contract(path)
    assert [column["type"] for column in contract["columns"]] == ["int", "int", "int", "string"]
    assert contract["primary_keys"] == ["id", "day"]
