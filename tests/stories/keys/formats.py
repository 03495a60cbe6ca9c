"""What becomes of landed files that are no CSV: the keys of XML, Excel and fixed width."""

from __future__ import annotations

import io
from typing import Any

import msoffcrypto
import xlsxwriter

from stories.keys.landing import INCOMING, PROCESS, date_cases, documents
from stories.keys.world import Case, World

STAGED = "tables.shop_staging.sales"
XML = """<?xml version="1.0"?><sales><more><sale id="3"><shop>c</shop></sale></more>
<sale id="1"><shop>ñ</shop><amount>1</amount></sale></sales>"""
DATED_XML = """<a><r><sold>2026-02-03</sold><booked>2026-04-05</booked><several>2026-05-06</several></r>
<r><sold>2026-02-03</sold><booked>2026-04-05</booked><several>2026-05-07</several></r></a>"""
FIXED = "  1 ñ    1\n  2 NA   2\nlast line\n"
FIXED_COLUMNS = [{"name": "id", "start": 1, "length": 3}, {"name": "shop", "start": 5, "length": 4},
                 {"name": "amount", "start": 9, "length": 3}]  # fmt: skip
DATED = ["sold", "booked", "several"], ["2026-02-03", "2026-04-05", "2026-05-06"], ["2026-02-03", "2026-04-05",
                                                                                    "2026-05-07"]  # fmt: skip
DATED_FIXED = "".join(f"{' '.join(row)}\n" for row in DATED[1:])
DATED_COLUMNS = [{"name": name, "start": 1 + 11 * place, "length": 10} for place, name in enumerate(DATED[0])]


def workbook(**sheets: Any) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return buffer.getvalue()


def locked(content: bytes) -> bytes:
    plain, out = io.BytesIO(content), io.BytesIO()
    msoffcrypto.OfficeFile(plain).encrypt("open sesame", out)
    return out.getvalue()


def _fixed(text: str, columns: Any, staging: bool = True) -> World:
    incoming = {"file_format": "fixed_width", "fixed_width_specs": {"columns": columns}}
    return World(documents(incoming, staging), {"sales_2026-01-02.txt": text, "sales_2026-01-03.txt": ""})


_BOOK = {"Sales": [["id", "shop", "amount"], [1, "a", 1], [2, "b", 2]], "More": [["id", "shop"], [3, "c"]]}
_OPEN = ((*INCOMING, "xml_specs", "xpath"), "//sale")
WORLDS = {
    "xml": World(documents({"file_format": "xml"}), {"sales_2026-01-01.xml": XML}),
    "dated xml": World(
        documents({"file_format": "xml", "xml_specs": {"xpath": "//r"}}, staging=False),
        {"sales_2026-01-02.xml": DATED_XML},
    ),
    "excel": World(documents({"file_format": "xlsx"}), {"sales_2026-01-01.xlsx": workbook(**_BOOK)}),
    "locked excel": World(
        documents({"file_format": "xlsx"}), {"sales_2026-01-01.xlsx": locked(workbook(**_BOOK))},
        files={"secret.txt": "open sesame"},
    ),
    "dated excel": World(
        documents({"file_format": "xlsx"}, staging=False), {"sales_2026-01-02.xlsx": workbook(Dated=DATED)}
    ),
    "fixed": _fixed(FIXED, FIXED_COLUMNS),
    "dated fixed": _fixed(DATED_FIXED, DATED_COLUMNS, staging=False),
}  # fmt: skip


def _case(name: str, world: str, value: Any, sees: str = STAGED, *given: Any) -> Case:
    return Case(f"{PROCESS}incoming_file.{name}", world, (*INCOMING, *name.split(".")), value, sees, given)


def _of_columns(key: str, value: Any) -> Case:
    at = (*INCOMING, "fixed_width_specs", "columns")
    first = {**FIXED_COLUMNS[0], key: value}
    name = f"{PROCESS}incoming_file.fixed_width_specs.columns[].{key}"
    return Case(name, "fixed", at, [first, *FIXED_COLUMNS[1:]], STAGED)


CASES = [
    _case("xml_specs.encoding", "xml", "latin-1", STAGED, _OPEN),
    _case("xml_specs.xpath", "xml", "//sale"),
    *date_cases("dated xml", ("xml_specs",)),
    _case("excel_specs.sheet", "excel", "More"),
    _case("excel_specs.header_position", "excel", 1, "files"),
    _case("excel_specs.range", "excel", "A1:B2"),
    _case("excel_specs.password", "locked excel", "file:secret.txt", "files"),
    *date_cases("dated excel", ("excel_specs",)),
    _case("fixed_width_specs.encoding", "fixed", "latin-1"),
    *(_of_columns(key, value) for key, value in (("name", "weight"), ("start", 4), ("length", 2))),
    _case("fixed_width_specs.preamble_lines", "fixed", 1),
    _case("fixed_width_specs.footnote_lines", "fixed", 1, "counts"),
    _case("fixed_width_specs.null_value", "fixed", "NA"),
    _case("fixed_width_specs.trim", "fixed", False),
    _case("fixed_width_specs.empty_file", "fixed", "accept", "files"),
    *date_cases("dated fixed", ("fixed_width_specs",)),
]
