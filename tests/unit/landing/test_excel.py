"""Workbooks, taken into raw as text."""

import datetime as dt
import io
import zipfile
from decimal import Decimal
from itertools import zip_longest

import msoffcrypto
import openpyxl
import pytest
import xlsxwriter
import xlwt
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from odf import opendocument
from odf import table as odf
from odf.text import P
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from pyarrow import parquet
from python_calamine import CalamineWorkbook

from unit.landing.xlsb import ERRORS, xlsb

ROWS = [["id", "name"], [1, "x"], [2, "ñ"]]
TEXT = [{"id": "1", "name": "x"}, {"id": "2", "name": "ñ"}]


def write(book, name, rows, start=(0, 0)):
    sheet = book.add_worksheet(name)
    for number, row in enumerate(rows):
        sheet.write_row(start[0] + number, start[1], row)
    return sheet


def xlsx(fill=None, **options):
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, options) as book:
        if fill:
            fill(book)
        else:
            write(book, "Data", ROWS)
    return buffer.getvalue()


def xls():
    book = xlwt.Workbook()
    sheet = book.add_sheet("Data")
    for number, row in enumerate(ROWS):
        for column, cell in enumerate(row):
            sheet.write(number, column, cell)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def ods(rows=ROWS, repeated=0):
    book = opendocument.OpenDocumentSpreadsheet()
    sheet = odf.Table(name="Data")
    for row in rows:
        line = odf.TableRow(**({"numberrowsrepeated": repeated} if repeated else {}))
        for cell in row:
            kind = {"valuetype": "float", "value": cell} if isinstance(cell, int) else {"valuetype": "string"}
            found = odf.TableCell(**kind, **({"numbercolumnsrepeated": repeated} if repeated else {}))
            found.addElement(P(text=str(cell)))
            line.addElement(found)
        sheet.addElement(line)
    book.spreadsheet.addElement(sheet)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def locked(content):
    plain, out = io.BytesIO(content), io.BytesIO()
    msoffcrypto.OfficeFile(plain).encrypt("open sesame", out)
    return out.getvalue()


@pytest.fixture
def excel(feed):
    feed.incoming |= {"file_format": "xlsx", "date_located": "arrival", "compare_with_previous_file": False}
    feed.count = 0

    def read(content, code="ingested", **specs):
        """What raw holds of a workbook, or why it was refused."""
        feed.incoming["excel_specs"] = specs
        feed.count += 1
        got = feed.one(f"{feed.count}.xlsx", content)
        assert got.disposition == code, got.reasons
        if code == "rejected":
            return got.reasons[0]
        return parquet.read_table(io.BytesIO(feed.files("raw")[got.raw_keys[0]]), partitioning=None).to_pylist()

    read.feed = feed
    return read


@pytest.mark.parametrize(
    "content",
    [xlsx(), xls(), ods(), xlsb(ROWS), xlsx(constant_memory=True)],
    ids=["xlsx", "xls", "ods", "xlsb", "inline"],
)
def test_kinds(excel, content):
    assert excel(content) == TEXT


def ods_with_errors():
    """LibreOffice writes an error as an empty text whose kind it says in an attribute of its own."""
    buffer, out = io.BytesIO(ods([["id", "name"], [1, "E"], [2, "x"], [3, "E"]])), io.BytesIO()
    space = b"urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"
    error = (b'<table:table-cell office:value-type="string" office:string-value="" calcext:value-type="error" '
             b'xmlns:calcext="' + space + b'"><text:p>#DIV/0!</text:p>')  # fmt: skip
    with zipfile.ZipFile(buffer) as plain, zipfile.ZipFile(out, "w") as made:
        for name in plain.namelist():
            content = plain.read(name)
            cell = b'<table:table-cell office:value-type="string"><text:p>E</text:p>'
            made.writestr(name, content.replace(cell, error))
    return out.getvalue()


def xls_with_errors():
    book = xlwt.Workbook()
    book.add_sheet("First").write(0, 0, "nothing")
    sheet = book.add_sheet("Data")
    for number, row in enumerate([["id", "name"], [1, None], [2, "x"], [3, None]]):
        for column, cell in enumerate(row):
            if cell is not None:
                sheet.write(number, column, cell)
    for number in (1, 3):
        sheet.row(number).set_cell_error(1, "#DIV/0!")
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "content",
    [xlsb([["id", "name"], [1, "#DIV/0!"], [2, "x"], [3, "#DIV/0!"]]), xls_with_errors(), ods_with_errors()],
    ids=["xlsb", "xls", "ods"],
)
def test_errors_are_kept_in_every_kind(excel, content):
    found = excel(content, sheet="Data")
    assert found == [{"id": "1", "name": "#DIV/0!"}, {"id": "2", "name": "x"}, {"id": "3", "name": "#DIV/0!"}]


def test_every_error_of_a_binary_workbook(excel):
    content = xlsb([["e", "b", "n"], *([name, True, -0.5] for name in ERRORS)])
    assert excel(content) == [{"e": name, "b": "true", "n": "-0.5"} for name in ERRORS]


@pytest.mark.parametrize("sheet", ["Data", 1, "D.t.", "first"])
def test_sheets(excel, sheet):
    def fill(book):
        hidden = write(book, "Hidden", [["h"], [1]])
        write(book, "Data", ROWS).activate()
        hidden.hide()
        write(book, "Other", [["o"], [1]])

    content = xlsx(fill)
    assert excel(content, sheet=sheet) == TEXT
    assert excel(content, sheet="Hidden") == [{"h": "1"}]
    assert "no sheet answers to 'Nope'" in excel(content, "rejected", sheet="Nope")
    assert "2 sheets answer to '.*[ar].*'" in excel(content, "rejected", sheet=".*[ar].*")
    assert "no sheet answers to 3" in excel(content, "rejected", sheet=3)


@pytest.mark.parametrize(
    "specs",
    [{"header_position": 3}, {"range": "C5:D7"}, {"range": "C:D", "header_position": 3}, {"range": "c5"},
     {"range": "A4:D7"}, {"range": "C3:D7", "header_position": 2}],
)  # fmt: skip
def test_where_the_table_is(excel, specs):
    def fill(book):
        sheet = write(book, "Data", ROWS, (4, 2))
        sheet.write(0, 2, "A title")
        sheet.write(2, 4, "aside") if "range" in specs and ":" in specs["range"] else None
        sheet.write(9, 2, "") if "header_position" in specs else None

    assert excel(xlsx(fill), **specs) == TEXT


def test_what_cells_mean(excel):
    def fill(book):
        day, moment, clock, long = (
            book.add_format({"num_format": form}) for form in ("yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss", "hh:mm", "[h]:mm")
        )
        sheet = write(book, "Data", [["a", "b", "c", "d", "e", "f"]])
        sheet.write_datetime(1, 0, dt.date(2026, 1, 5), day)
        sheet.write_datetime(1, 1, dt.datetime(2026, 1, 5, 12, 30), moment)
        sheet.write_datetime(1, 2, dt.time(12, 30), clock)
        sheet.write_number(1, 3, 1.5, long)
        sheet.write_boolean(1, 4, True)
        sheet.write_number(1, 5, 1 / 3)
        sheet.write_formula(2, 0, "=1/0", None, "#DIV/0!")
        sheet.write_formula(2, 1, "=NA()", None, "#N/A")
        sheet.write_formula(2, 2, "=1+1", None, 2)
        sheet.write_string(2, 3, " 007 ")
        sheet.merge_range(2, 4, 3, 5, "merged", day)
        sheet.write_number(3, 0, 1e20)

    first = {"a": "2026-01-05", "b": "2026-01-05T12:30:00", "c": "12:30:00", "d": "36:00:00", "e": "true",
             "f": "0.3333333333333333"}  # fmt: skip
    second = {"a": "#DIV/0!", "b": "#N/A", "c": "2", "d": " 007 ", "e": "merged", "f": None}
    third = {"a": "100000000000000000000", **dict.fromkeys("bcdef")}
    assert excel(xlsx(fill)) == [first, second, third]


@pytest.mark.parametrize("old", [False, True])
def test_both_epochs(excel, old):
    def fill(book):
        sheet = write(book, "Data", [["day"]])
        sheet.write_datetime(1, 0, dt.date(2026, 1, 5), book.add_format({"num_format": "dd/mm/yyyy"}))

    assert excel(xlsx(fill, date_1904=old)) == [{"day": "2026-01-05"}]


def test_headers_that_are_blank_or_repeated(excel):
    rows = [["a", "", "A", 2026, "a"], [1, 2, 3, 4, 5]]
    assert excel(xlsx(lambda book: write(book, "Data", rows))) == [
        {"a": "1", "column_2": "2", "A_2": "3", "2026": "4", "a_3": "5"}
    ]


def test_passwords(excel, monkeypatch):
    monkeypatch.setenv("BOOK_WORD", "wrong")
    content = locked(xlsx())
    assert "no password" in excel(content, "rejected")
    assert "cannot be decrypted" in excel(content, "rejected", password="env:BOOK_WORD")
    monkeypatch.setenv("BOOK_WORD", "open sesame")
    assert excel(content, password="env:BOOK_WORD") == TEXT


def changed(content, name, change):
    """A workbook with one part changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            data = old.read(entry)
            new.writestr(entry.filename, change(data) if entry.filename == name else data)
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
REFUSED = {
    "empty": (b"", "no workbook"),
    "text": (b"id\n1\n", "no workbook"),
    "no workbook": (changed(xlsx(), "xl/workbook.xml", lambda _: b"<a/>"), ""),
    "cut off": (xlsx()[:-100], "damaged"),
    "no XML": (changed(xlsx(), SHEET, lambda data: data[:-40]), "workbook"),
    "a bomb": (changed(xlsx(), SHEET, lambda data: data + b" " * 200_000_000), "times its size"),
    "a far cell": (changed(xlsx(), SHEET, lambda data: data.replace(b'r="B3"', b'r="XFD1048576"')), "memory"),
    "far columns": (changed(xlsx(), SHEET, lambda data: data.replace(b'r="B1"', b'r="XFD1"')), "columns"),
    "repeated cells": (ods([["id"], ["x"]], 1_000_000), ""),
    "no header": (xlsx(lambda book: book.add_worksheet()), "no header"),
    "an old document": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000), "workbook"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_workbooks_that_are_refused(excel, name):
    content, reason = REFUSED[name]
    assert len(content) < 3_000_000
    excel.feed.platform["limits"] = {"memory": "600 MiB"}
    assert reason in excel(content, "rejected")
    assert excel.feed.files("raw") == {}


def test_many_parts(excel):
    excel.feed.platform["limits"] = {"members": 5}
    assert "parts" in excel(xlsx(), "rejected")


# the same as others read --------------------------------------------------------------------------------------------
WORDS = st.characters(exclude_categories=["C", "Z"])
CELLS = st.one_of(
    st.text(WORDS, max_size=8).filter(lambda text: not text.startswith(("_x", "="))),
    st.tuples(st.text(WORDS, min_size=1, max_size=3), st.sampled_from(["\n", " ", "\n\n", "\t"]),
              st.sampled_from(["", "x", "007"])).map("".join).filter(lambda text: not text.startswith(("_x", "="))),
    st.sampled_from(["#DIV/0!", "#N/A", "#NAME?", "#NUM!", "#REF!", "#VALUE!"]),
    st.integers(-(10**15), 10**15), st.floats(allow_nan=False, allow_infinity=False, width=32), st.booleans(),
    st.dates(dt.date(1901, 1, 1)),
    st.datetimes(dt.datetime(1901, 1, 1), dt.datetime(9999, 1, 1)).map(lambda moment: moment.replace(microsecond=0)),
    st.none(),
)  # fmt: skip


MERGED = st.sampled_from(["A{0}:B{0}", "B{0}:C{1}", "A{0}:A{1}"])


def _writable(cell, old):
    """A cell that a workbook can hold: with the epoch of 1904, no day before it."""
    if old and isinstance(cell, dt.date) and cell.year < 1904:
        return cell.replace(year=2000, day=1)
    return None if isinstance(cell, str) and not cell.replace("\n", "").replace("\t", "").isprintable() else cell


def _same(text, cell):
    """Whether a text is what a cell of another reader says."""
    if cell in (None, ""):
        return text is None
    if isinstance(cell, bool):
        return text == str(cell).lower()
    if isinstance(cell, int | float):
        return Decimal(text) == Decimal(repr(cell))
    if isinstance(cell, dt.datetime) and len(text) == 10:
        return text == cell.date().isoformat() and cell.time() == dt.time()
    return text == (cell.isoformat() if isinstance(cell, dt.date | dt.time) else cell)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=12), st.booleans(), st.lists(MERGED, max_size=2))
def test_values_are_what_two_others_agree_on(tmp_path_factory, rows, old, merged):
    from data_framework.modules.data_process.files.excel_sheet import read_sheet
    from data_framework.modules.data_process.files.limits import FileLimits

    book = openpyxl.Workbook()
    if old:
        book.epoch = CALENDAR_MAC_1904
    book.active.append(["a", "b", "c"])
    for row in rows:
        book.active.append([_writable(cell, old) for cell in row])
    for place, cells in enumerate(merged):
        book.active.merge_cells(cells.format(2 + 2 * place, 3 + 2 * place))
    folder = tmp_path_factory.mktemp("book")
    book.save(folder / "a.xlsx")
    read_sheet(folder / "a.xlsx", folder / "a.parquet", FileLimits(), None, "first", 0, None)
    ours = [list(row.values()) for row in parquet.read_table(folder / "a.parquet").to_pylist()]
    one = [[c.value for c in row] for row in openpyxl.load_workbook(folder / "a.xlsx").active.iter_rows(min_row=2)]
    other = CalamineWorkbook.from_path(folder / "a.xlsx").get_sheet_by_index(0).to_python()[1:]
    both = zip_longest(one, other, fillvalue=["", "", ""])  # the other does not read errors
    read = [pair for pair in both if any(cell not in ("", None) for row in pair for cell in row)]
    assert len(ours) == len(read)
    for mine, (left, right) in zip(ours, read, strict=True):
        for text, first, second in zip(mine, left, right, strict=True):
            assert _same(text, first) or _same(text, second), (text, first, second)
