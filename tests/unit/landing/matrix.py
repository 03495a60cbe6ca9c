"""What is landed in every combination that is said to work: data for `test_matrix`, and for the page of formats."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import lzma
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape

import pyarrow as pa
import xlsxwriter
from odf import opendocument
from odf import table as odf
from odf.text import P
from pyarrow import parquet

from stories.keys.archive import encrypted_zip
from unit.landing.xlsb import xlsb

NAMES = ["id", "name", "day"]
ROWS = [["1", 'x, "y"', "2026-01-05"], ["2", "ñ", "2026-01-05"]]


@dataclass(frozen=True)
class Format:
    """How the records are written in one format.

    Attributes:
        write: Encoding → bytes; a format that says itself how it is written takes no notice of it.
        incoming: How the configuration says it.
        specs: The key that its encoding goes below, "" where it has none.
    """

    write: Callable[[str], bytes]
    incoming: Mapping[str, Any] = field(default_factory=dict)
    specs: str = ""


def _csv(encoding: str) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([NAMES, *ROWS])
    return out.getvalue().encode(encoding)


def _records() -> list[dict[str, str]]:
    return [dict(zip(NAMES, row, strict=True)) for row in ROWS]


def _json(encoding: str) -> bytes:
    return json.dumps({"a": {"b": _records()}}, ensure_ascii=False).encode(encoding)


def _json_lines(encoding: str) -> bytes:
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in _records()).encode(encoding)


def _xml(encoding: str) -> bytes:
    rows = "".join("<r>" + "".join(f"<{k}>{escape(v)}</{k}>" for k, v in one.items()) + "</r>" for one in _records())
    return f'<?xml version="1.0" encoding="{encoding.removesuffix("-sig")}"?><all>{rows}</all>'.encode(encoding)


def _fixed(encoding: str) -> bytes:
    return "".join("".join(f"{cell:<12}" for cell in row).rstrip() + "\n" for row in ROWS).encode(encoding)


def _parquet(encoding: str) -> bytes:
    out = io.BytesIO()
    parquet.write_table(pa.table([list(cells) for cells in zip(*ROWS, strict=True)], names=NAMES), out)
    return out.getvalue()


def _xlsx(encoding: str) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"strings_to_numbers": False}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate([NAMES, *ROWS]):
            sheet.write_row(number, 0, row)
    return out.getvalue()


def xls_of(rows: list[list[str]]) -> bytes:
    """A workbook of Excel 97 whose cells are text."""
    import xlwt

    book, out = xlwt.Workbook(), io.BytesIO()
    sheet = book.add_sheet("Data")
    for number, row in enumerate(rows):
        for place, cell in enumerate(row):
            sheet.write(number, place, cell)
    book.save(out)
    return out.getvalue()


def ods_of(rows: list[list[str]]) -> bytes:
    """A workbook of OpenDocument whose cells are text."""
    book, out, sheet = opendocument.OpenDocumentSpreadsheet(), io.BytesIO(), odf.Table(name="Data")
    for row in rows:
        line = odf.TableRow()
        for cell in row:
            made = odf.TableCell(valuetype="string")
            made.addElement(P(text=cell))
            line.addElement(made)
        sheet.addElement(line)
    book.spreadsheet.addElement(sheet)
    book.save(out)
    return out.getvalue()


_PLACES = [{"name": name, "start": 1 + 12 * place, "length": 12} for place, name in enumerate(NAMES)]
FORMATS: dict[str, Format] = {
    "csv": Format(_csv, {"file_format": "csv"}, "csv_specs"),
    "json": Format(_json, {"file_format": "json", "json_specs": {"source_level": "a.b"}}, "json_specs"),
    "json_lines": Format(_json_lines, {"file_format": "json_lines"}, "json_specs"),
    "xml": Format(_xml, {"file_format": "xml", "xml_specs": {"xpath": "/all/r"}}, "xml_specs"),
    "fixed_width": Format(_fixed, {"file_format": "fixed_width", "fixed_width_specs": {"columns": _PLACES}},
                          "fixed_width_specs"),
    "parquet": Format(_parquet, {"file_format": "parquet"}),
    "xlsx": Format(_xlsx, {"file_format": "xlsx"}),
    "xlsb": Format(lambda _: xlsb([NAMES, *ROWS]), {"file_format": "xlsb"}),
    "xls": Format(lambda _: xls_of([NAMES, *ROWS]), {"file_format": "xls"}),
    "ods": Format(lambda _: ods_of([NAMES, *ROWS]), {"file_format": "ods"}),
}  # fmt: skip


# archives -----------------------------------------------------------------------------------------------------------
def _tar(name: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        entry = tarfile.TarInfo(name)
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def _zip(*names: str) -> Callable[[str, bytes], bytes]:
    def packed(name: str, content: bytes) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for one in names or (name,):
                archive.writestr(one, content)
        return out.getvalue()

    return packed


PASSWORD = "open sesame"
Pack = Callable[[str, bytes], bytes]
ARCHIVES: dict[str, tuple[str, Pack]] = {
    "none": ("", lambda _, content: content),
    "zip": ("zip", _zip()),
    "zip, several members": ("zip", _zip("part1", "part2")),
    "zip, password": ("zip", lambda name, content: encrypted_zip(name, content, PASSWORD.encode())),
    "gz": ("gz", lambda _, content: gzip.compress(content)),
    "tar": ("tar", _tar),
    "tar.gz": ("tar", lambda name, content: gzip.compress(_tar(name, content))),
    "tar.bz2": ("tar", lambda name, content: bz2.compress(_tar(name, content))),
    "tar.xz": ("tar", lambda name, content: lzma.compress(_tar(name, content))),
}

# encodings, dates, faults, engines ----------------------------------------------------------------------------------
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "latin-1", "cp1252", "auto"]
DATES: dict[str, dict[str, Any]] = {
    "filename": {"date_located": "filename"},
    "column": {"date_located": "column", "date_located_column": "day"},
    "arrival": {"date_located": "arrival"},
}
FAULTS: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "cut off": lambda content: content[: len(content) * 2 // 3],
    "another format": lambda _: b"%PDF-1.7\n\x00\xff\xfe",
    "cut off in its archive": lambda content: content,
}
ENGINES = ["lambda", "emr"]

# What cannot be: a combination without meaning; shown as a dash.
_SAY_THEMSELVES = ("parquet", "xlsx", "xlsb", "xls", "ods")
MEANINGLESS: frozenset[tuple[str, str]] = frozenset(
    {(kind, encoding) for kind in _SAY_THEMSELVES for encoding in ENCODINGS}
    | {(kind, "cut off") for kind in ("csv", "fixed_width")}  # what is left of it is a whole file
)

# What is landed. Workbooks take a process each, and unpacking comes before the format and knows nothing of it: each
# archive is landed with some kind of workbook, and the source of the date along with it.
WORKBOOKS: dict[str, dict[str, str]] = {
    "xlsx": {"none": "filename", "zip": "column", "zip, several members": "arrival", "tar.gz": "filename"},
    "xlsb": {"none": "filename", "zip": "column", "gz": "arrival", "tar.bz2": "filename"},
    "xls": {"none": "filename", "zip": "column", "tar": "arrival", "tar.xz": "filename"},
    "ods": {"none": "filename", "zip": "column", "zip, password": "arrival"},
}
CASES: dict[str, list[tuple[str, str]]] = {
    "archive": [(k, a) for k in FORMATS for a in WORKBOOKS.get(k, ARCHIVES)],
    "encoding": [(k, e) for k in FORMATS for e in ENCODINGS],
    "date": [(k, d) for k in FORMATS for d in DATES],
    "fault": [(k, f) for k in FORMATS for f in FAULTS],
}
CASES = {what: [pair for pair in pairs if pair not in MEANINGLESS] for what, pairs in CASES.items()}
CHOICES: dict[str, list[str]] = {
    "archive": [*ARCHIVES], "encoding": ENCODINGS, "date": [*DATES], "fault": [*FAULTS], "engine": ENGINES,
}  # fmt: skip
