"""A large sheet read in parts is what it is when it is read whole."""

import datetime as dt
import zipfile

import pytest
import xlsxwriter
from pyarrow import parquet

from data_framework.modules.data_process.files.excel_container import open_container
from data_framework.modules.data_process.files.excel_parts import in_parts
from data_framework.modules.data_process.files.excel_sheet import read_sheet
from data_framework.modules.data_process.files.limits import FileLimits

ROWS = 30_000


def fill(sheet, further_left):
    """Titles, a header with blanks between its names, dates, and at the end what no part before has had."""
    sheet.write_row(1, 2, ["a title"])
    sheet.write_row(4, 2, ["id", "text", "", "when", "", "value"])
    for number in range(ROWS):
        if number % 7:  # some rows are missing
            sheet.write_row(5 + number, 2, [number, f"text {number % 50} <&>", "", None, "", number / 7])
            sheet.write_datetime(5 + number, 5, dt.datetime(2026, 1, 1) + dt.timedelta(minutes=number))
    sheet.write_row(5 + ROWS, 2, [1, True, "in a blank column", "no date", "", "=1/0", "further right"])
    sheet.write_formula(5 + ROWS, 7, "=1/0", None, "#DIV/0!")
    if further_left:
        sheet.write(6 + ROWS, 0, "further left")


def book(folder, further_left=False, in_memory=True):
    with xlsxwriter.Workbook(str(folder / "cut.xlsx"), {"constant_memory": not in_memory}) as made:
        made.add_worksheet("other").write(0, 0, "not this")
        fill(made.add_worksheet("large"), further_left)
    with zipfile.ZipFile(folder / "cut.xlsx") as cut, zipfile.ZipFile(folder / "whole.xlsx", "w") as whole:
        for entry in cut.infolist():  # where there is a comment nothing is cut
            whole.writestr(entry, cut.read(entry).replace(b"<sheetData>", b"<sheetData><!-- -->"))


def areas(path):
    return len(list(in_parts(open_container(path, FileLimits(), None), 1)))


def read(path, skipped, cells):
    found = read_sheet(path, path.with_suffix(".parquet"), FileLimits(), None, "large", skipped, cells)
    return found, parquet.read_table(path.with_suffix(".parquet"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("parts")
    book(folder)
    assert (areas(folder / "cut.xlsx") > 1, areas(folder / "whole.xlsx")) == (True, 1)
    return folder


@pytest.mark.parametrize(("skipped", "cells"), [(4, None), (0, "D5:H9000")])
def test_parts_are_as_the_whole(folder, skipped, cells):
    assert read(folder / "cut.xlsx", skipped, cells) == read(folder / "whole.xlsx", skipped, cells)


def test_the_last_rows(folder):
    found, table = read(folder / "cut.xlsx", 4, None)
    assert found["names"] == ["id", "text", "", "when", "value", ""]
    assert found["columns"] == ["id", "text", "column_3", "when", "value", "column_6"]
    assert found["rows"] == table.num_rows == ROWS - len(range(0, ROWS, 7)) + 1
    assert table.slice(table.num_rows - 1).to_pylist() == [
        {"id": "1", "text": "true", "column_3": "in a blank column", "when": "no date", "value": "#DIV/0!",
         "column_6": "further right"}
    ]  # fmt: skip


def test_a_part_that_begins_further_left(tmp_path):
    book(tmp_path, further_left=True, in_memory=False)
    assert read(tmp_path / "cut.xlsx", 4, None) == read(tmp_path / "whole.xlsx", 4, None)
