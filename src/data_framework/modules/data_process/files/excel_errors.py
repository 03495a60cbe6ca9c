"""The error cells of a sheet as Excel shows them: the reader of workbooks leaves them empty."""

from __future__ import annotations

import posixpath
import struct
import zipfile
from collections.abc import Iterator
from typing import Any

from data_framework.modules.data_process.files.excel_container import Container

Place = tuple[int, int]  # row and column, from 0
_CODES = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A",
          0x2B: "#GETTING_DATA"}  # fmt: skip
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_CALCEXT = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
_REPEATED_MOST = 1_000


def error_cells(container: Container, number: int, names: list[str]) -> dict[Place, str]:
    """The error cells of one sheet.

    Args:
        container: The workbook.
        number: Of the sheet.
        names: Of all its sheets.
    """
    if container.kind == "xlsx":
        return _of_xlsx(container, number) if container.with_errors else {}
    return {"xlsb": _of_xlsb, "xls": _of_xls, "ods": _of_ods}[container.kind](container, number)


# xlsx ---------------------------------------------------------------------------------------------------------------
def _of_xlsx(container: Container, number: int) -> dict[Place, str]:
    with zipfile.ZipFile(container.path) as archive:
        part = sheet_part(archive, number)
        if part not in container.with_errors:
            return {}
        with archive.open(part) as stream:
            return _errors(stream)


def sheet_part(archive: zipfile.ZipFile, number: int) -> str:
    """The part of an xlsx that holds a sheet."""
    sheets = _parsed(archive.read("xl/workbook.xml")).findall(".//{*}sheet")
    identity = next(value for key, value in sheets[number].items() if key.endswith("}id"))
    return _part(archive, "xl/_rels/workbook.xml.rels", identity)


def _parsed(data: bytes) -> Any:
    from lxml import etree

    return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))


def _part(archive: zipfile.ZipFile, relations: str, identity: str) -> str:
    """The part that holds a sheet, by the workbook's relations."""
    links = _parsed(archive.read(relations))
    target = str(next(link.get("Target") for link in links if link.get("Id") == identity))
    return target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join("xl", target))


def _errors(stream: Any) -> dict[Place, str]:
    found: dict[Place, str] = {}
    row_number = -1
    for row in _elements(stream, "{*}row"):
        row_number = int(row.get("r", row_number + 2)) - 1
        column = -1
        for cell in row:
            place = cell.get("r")
            column = _column(place) if place else column + 1
            if cell.get("t") == "e":
                found[row_number, column] = cell.findtext("{*}v") or ""
    return found


def _elements(stream: Any, tag: str) -> Iterator[Any]:
    """The elements of a name, each forgotten when the next is asked for."""
    from lxml import etree

    for _, element in etree.iterparse(stream, tag=tag, resolve_entities=False, no_network=True, load_dtd=False):
        yield element
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]


def _column(place: str) -> int:
    number = 0
    for letter in place.rstrip("0123456789").upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


# xlsb: records of a number, a length and so many bytes ---------------------------------------------------------------
_ROW, _ERROR, _FORMULA_ERROR, _SHEET = 0, 3, 11, 156


def _of_xlsb(container: Container, number: int) -> dict[Place, str]:
    with zipfile.ZipFile(container.path) as archive:
        with archive.open("xl/workbook.bin") as book:
            sheets = [_relation(data) for kind, data in _records(book) if kind == _SHEET]
        part = _part(archive, "xl/_rels/workbook.bin.rels", sheets[number])
        found: dict[Place, str] = {}
        row = -1
        with archive.open(part) as sheet:
            for kind, data in _records(sheet):
                if kind == _ROW:
                    (row,) = struct.unpack_from("<I", data)
                elif kind in {_ERROR, _FORMULA_ERROR}:
                    found[row, struct.unpack_from("<I", data)[0]] = _CODES.get(data[8], "#ERROR")
        return found


def _relation(data: bytes) -> str:
    (length,) = struct.unpack_from("<I", data, 8)
    return data[12 : 12 + 2 * length].decode("utf-16-le")


def _records(stream: Any) -> Iterator[tuple[int, bytes]]:
    while first := stream.read(1):
        kind = first[0] if first[0] < 0x80 else first[0] & 0x7F | stream.read(1)[0] << 7
        size = shift = 0
        while True:
            (byte,) = stream.read(1)
            size |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        yield kind, stream.read(size)


# xls: records of a number, a length and so many bytes, in a stream of an Office document ------------------------------
_XLS_SHEET, _XLS_ERROR, _XLS_FORMULA, _XLS_BEGIN, _XLS_END = 0x85, 0x205, 0x06, 0x809, 0x0A


def _of_xls(container: Container, number: int) -> dict[Place, str]:
    import olefile  # type: ignore[import-untyped]

    with olefile.OleFileIO(container.path) as office:
        data = office.openstream("Workbook" if office.exists("Workbook") else "Book").read()
    sheets = [struct.unpack_from("<I", data, at)[0] for kind, at, _ in _old_records(data, 0) if kind == _XLS_SHEET]
    found: dict[Place, str] = {}
    depth = 0
    for kind, at, size in _old_records(data, sheets[number]):
        depth += (kind == _XLS_BEGIN) - (kind == _XLS_END)
        if depth == 0:
            break
        code = _old_error(kind, data[at : at + size])
        if code is not None:
            row, column = struct.unpack_from("<HH", data, at)
            found[row, column] = _CODES.get(code, "#ERROR")
    return found


def _old_records(data: bytes, start: int) -> Iterator[tuple[int, int, int]]:
    """Number, place and length of each record."""
    at = start
    while at + 4 <= len(data):
        kind, size = struct.unpack_from("<HH", data, at)
        yield kind, at + 4, size
        at += 4 + size


def _old_error(kind: int, data: bytes) -> int | None:
    if kind == _XLS_ERROR and len(data) >= 8 and data[7]:
        return data[6]
    if kind == _XLS_FORMULA and len(data) >= 14 and data[12:14] == b"\xff\xff" and data[6] == 2:
        return data[8]
    return None


# ods ----------------------------------------------------------------------------------------------------------------
def _of_ods(container: Container, number: int) -> dict[Place, str]:
    found: dict[Place, str] = {}
    with zipfile.ZipFile(container.path) as archive, archive.open("content.xml") as stream:
        table, row_number, seen = None, 0, -1
        for row in _elements(stream, f"{_TABLE}table-row"):
            parent = next(row.iterancestors(f"{_TABLE}table"))
            if parent is not table:
                table, row_number, seen = parent, 0, seen + 1
            repeated = int(row.get(f"{_TABLE}number-rows-repeated", "1"))
            if seen == number:
                found |= _ods_errors(row, row_number, min(repeated, _REPEATED_MOST))
            row_number += repeated
    return found


def _ods_errors(row: Any, number: int, repeated: int) -> dict[Place, str]:
    found: dict[Place, str] = {}
    column = 0
    for cell in row:
        times = int(cell.get(f"{_TABLE}number-columns-repeated", "1"))
        if cell.get(f"{_CALCEXT}value-type") == "error":
            text = "".join(cell.itertext())
            places = [
                (number + down, column + right)
                for down in range(repeated)
                for right in range(min(times, _REPEATED_MOST))
            ]
            found |= dict.fromkeys(places, text)
        column += times
    return found
