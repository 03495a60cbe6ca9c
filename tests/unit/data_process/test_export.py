"""Exports: values never altered, rows in a stable order, raw files each with their own dialect."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data_framework.modules.config.model.tables import TableRef
from data_framework.modules.data_process.export import ExportRequest, _Rows, _write, export_raw
from data_framework.modules.data_process.files.csv_dialect import CsvDialect
from data_framework.modules.data_process.files.limits import FileLimits
from data_framework.modules.data_process.raw_rows import RawRows
from data_framework.modules.exception import DataFrameworkError, ExportError, NotInThisVersionError
from data_framework.modules.state import Delivery
from data_framework.modules.storage.integrations.local_storage import LocalStorage

RAW = TableRef("raw", "shop_raw", "orders")


def written(table: pa.Table, path: Path, **request: Any) -> str:
    rows = _Rows(table.schema, iter(table.to_batches()), [(n, n) for n in table.column_names], ordered=True)
    _write(rows, ExportRequest(path, **request))
    return path.read_text("utf-8")


def test_csv_writes_every_type_exactly(tmp_path: Path) -> None:
    at, amounts = datetime(2024, 1, 2, 3, 4, 5, 120000, tzinfo=UTC), ("1.10", "", "0.00", "-3.50", "9.99")
    table = pa.table({
        "text": ["", None, 'a "b", c', "x\ny", " pad "],
        "amount": pa.array([Decimal(x) if x else None for x in amounts], pa.decimal128(38, 2)),
        "day": [date(2024, 1, 2)] * 5,
        "at": pa.array([at, None, at.replace(microsecond=0), at, at], pa.timestamp("us", "UTC")),
        "flag": [True, False, None, True, True],
        "real": [0.1, 1e20, None, float("nan"), -0.5],
        "tags": [["a"], [], None, ["b", None], ["c"]],
        "blob": [b"\x00\x01", None, b"", b"a", b"b"],
    })  # fmt: skip
    path = tmp_path / "out.csv"
    text = written(table, path)
    assert text.startswith(
        'text,amount,day,at,flag,real,tags,blob\n"",1.10,2024-01-02,2024-01-02T03:04:05.12Z,true,0.1'
    )
    with path.open(newline="", encoding="utf-8") as file:
        read = {row[0]: row for row in csv.reader(file)}
    assert read['a "b", c'] == ['a "b", c', "0.00", "2024-01-02", "2024-01-02T03:04:05Z", "", "", "", ""]
    assert read["x\ny"][5:7] == ["nan", '["b",null]']
    assert read[" pad "][1] == "9.99"
    assert "\n,,2024-01-02,,false,1e+20,[],\n" in text


def test_rows_are_ordered_by_all_columns(tmp_path: Path) -> None:
    table = pa.table({"a": [2, 1, None, 1], "b": ["x", "z", "n", "a"]})
    assert written(table, tmp_path / "o.csv") == "a,b\n1,a\n1,z\n2,x\n,n\n"
    assert written(table, tmp_path / "o.csv", header=False) == "1,a\n1,z\n2,x\n,n\n"


def test_parquet_keeps_types(tmp_path: Path) -> None:
    table = pa.table({"a": pa.array([Decimal("2.50"), None], pa.decimal128(10, 2)), "b": ["", None]})
    path = tmp_path / "deep" / "out.parquet"
    rows = _Rows(table.schema, iter(table.to_batches()), [("a", "a"), ("b", "b")], ordered=True)
    assert _write(rows, ExportRequest(path)) == 2
    assert pq.read_table(path).to_pylist() == [{"a": Decimal("2.50"), "b": ""}, {"a": None, "b": None}]


@pytest.mark.parametrize("name", ["out.xls", "out.json", "out"])
def test_other_formats_are_refused(name: str) -> None:
    with pytest.raises(NotInThisVersionError, match=r"csv, parquet"):
        assert ExportRequest(Path(name)).format


def test_what_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ExportError):
        written(pa.table({"a": [1]}), tmp_path / "file" / "out.csv")

    def broken() -> Iterable[pa.RecordBatch]:
        yield pa.record_batch({"a": [1]})
        raise OSError("the source is gone")

    with pytest.raises(ExportError, match="gone"):
        _write(_Rows(pa.schema([("a", pa.int64())]), iter(broken()), [("a", "a")]), ExportRequest(tmp_path / "out.csv"))
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


# raw ----------------------------------------------------------------------------------------------------------------
def delivery(storage: LocalStorage, name: str, content: bytes, columns: dict[str, str], **dialect: Any) -> Delivery:
    key = f"shop_raw/orders/data_date=2024-01-01/{name}"
    storage.write("raw", key, [content])
    lines = content.count(b"\n")
    member = {"dialect": CsvDialect(lines=lines, **dialect).to_dict(), "columns": columns}
    form = "json_lines" if name.endswith("l") else "csv"
    return Delivery("orders", name, len(content), 1, file_name=name, raw_keys=(key,), in_force=True,
                    reader={"format": form, "members": [member]})  # fmt: skip


@pytest.fixture
def storage(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path / "data")


def export(storage: LocalStorage, deliveries: list[Delivery], out: Path, **request: Any) -> tuple[str, int, int]:
    done = export_raw(RawRows(storage, deliveries, FileLimits()), RAW, ExportRequest(out, **request))
    return out.read_text("utf-8"), done.rows, done.rows_left_out


def test_raw_files_keep_their_names_dialects_and_text(storage: LocalStorage, tmp_path: Path) -> None:
    content = b'Id;A\xf1o;Note\n1;2024;""\n2;;"x;y"\nbroken\n'
    first = delivery(
        storage, "a.csv", content, {"Id": "id", "Año": "ano", "Note": "note"}, delimiter=";", encoding="latin-1"
    )
    second = delivery(storage, "b.csv", b"id,extra\n007,1.50\n", {"id": "id", "extra": "extra"})
    text, rows, left_out = export(storage, [first, second], tmp_path / "out.csv")
    assert text == 'Id,Año,Note,extra\n1,2024,"",\n2,,x;y,\n007,,,1.50\n'
    assert (rows, left_out) == (3, 1)


def test_raw_conditions_use_the_names_of_columns(storage: LocalStorage, tmp_path: Path) -> None:
    one = delivery(storage, "a.csv", b"Id,Name\n1,a\n2,b'c\n", {"Id": "id", "Name": "name"})
    assert export(storage, [one], tmp_path / "o.csv", where="name = 'b''c'", header=False)[:2] == ("2,b'c\n", 1)
    with pytest.raises(DataFrameworkError):
        export(storage, [one], tmp_path / "o.csv", where="name = 'x'; drop table t")
    with pytest.raises(DataFrameworkError):
        export(storage, [one], tmp_path / "o.csv", where="name in (select content from read_text('/etc/passwd'))")


def test_raw_json_lines_keep_their_text(storage: LocalStorage, tmp_path: Path) -> None:
    lines = b'{"A b":"1.0","n":null}\n{"A b":"","n":"[1,2]"}\n'
    one = delivery(storage, "a.jsonl", lines, {"A b": "a_b", "n": "n"})
    assert export(storage, [one], tmp_path / "o.csv")[0] == 'A b,n\n1.0,\n"","[1,2]"\n'


def test_a_raw_table_without_files_is_refused_one_without_rows_is_not(storage: LocalStorage, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="no columns"):
        export(storage, [], tmp_path / "o.csv")
    empty = delivery(storage, "a.csv", b"a,b\n", {"a": "a", "b": "b"})
    assert export(storage, [empty], tmp_path / "o.csv") == ("a,b\n", 0, 0)


def test_names_delivered_twice_stay(storage: LocalStorage, tmp_path: Path) -> None:
    one = delivery(storage, "a.csv", b"x,x\n1,2\n", {"x": "x", "x_2": "x_2"})
    one.reader["members"][0]["names"] = ["x", "x"]
    assert export(storage, [one], tmp_path / "o.csv")[0] == "x,x\n1,2\n"


def test_a_workbook_holds_what_the_table_holds(tmp_path: Path) -> None:
    table = pa.table({
        "text": ["=1+1", "https://x.org", "007", "+34", ""],
        "amount": pa.array([Decimal("1.10"), Decimal("12345678901234567.89"), None, Decimal("-0.5"), Decimal(7)],
                           pa.decimal128(38, 2)),
        "count": [2**62, 1, None, 3, 4], "ratio": [1 / 3, float("nan"), 1e300, None, 0.0],
        "day": [date(2024, 1, 2), date(1850, 1, 1), None, None, None],
        "at": pa.array([datetime(2024, 1, 2, 3, 4, 5, 120000, tzinfo=UTC), datetime(2024, 1, 1, 0, 0, 0, 1), None, None,
                        None], pa.timestamp("us", "UTC")),
        "good": [True, False, None, None, None], "list": [[1, 2], None, None, None, None],
    })  # fmt: skip
    rows = _Rows(table.schema, iter(table.to_batches()), [(name, name.title()) for name in table.column_names])
    path = tmp_path / "out.xlsx"
    assert _write(rows, ExportRequest(path)) == 5
    sheet = openpyxl.load_workbook(path).active
    found = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert found[0] == [name.title() for name in table.column_names]
    assert [row[0] for row in found[1:]] == ["=1+1", "https://x.org", "007", "+34", ""]
    assert {cell.data_type for cell in sheet["A"][:5]} == {"s"}
    assert [row[1] for row in found[1:]] == [1.1, "12345678901234567.89", None, -0.5, 7]
    assert found[1][2:] == [
        str(2**62),
        1 / 3,
        datetime(2024, 1, 2),
        datetime(2024, 1, 2, 3, 4, 5, 120000),
        True,
        "[1, 2]",
    ]
    assert found[2][3:6] == ["nan", "1850-01-01", "2024-01-01T00:00:00.000001"]
    assert (
        _write(_Rows(table.schema, iter(table.to_batches()), [("text", "text")]), ExportRequest(path, header=False))
        == 5
    )
    assert openpyxl.load_workbook(path).active["A1"].value == "=1+1"


def test_a_text_too_long_for_a_cell_is_said(tmp_path: Path) -> None:
    table = pa.table({"text": ["x" * 40_000]})
    rows = _Rows(table.schema, iter(table.to_batches()), [("text", "text")])
    with pytest.raises(ExportError, match="row 2 has a text of 40,000 characters"):
        _write(rows, ExportRequest(tmp_path / "out.xlsx"))
    assert not (tmp_path / "out.xlsx").exists()
