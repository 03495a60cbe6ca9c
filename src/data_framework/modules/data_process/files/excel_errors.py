"""The error cells of a sheet as Excel shows them: the reader of workbooks leaves them empty."""

from __future__ import annotations

import posixpath
import zipfile
from typing import Any

from data_framework.modules.data_process.files.excel_container import Container

Place = tuple[int, int]  # row and column, from 0


def error_cells(container: Container, number: int, names: list[str]) -> dict[Place, str]:
    """The error cells of one sheet.

    Args:
        container: The workbook.
        number: Of the sheet.
        names: Of all its sheets.
    """
    if container.kind == "xlsx" and container.with_errors:
        return _of_xlsx(container, number)
    return {}


def _of_xlsx(container: Container, number: int) -> dict[Place, str]:
    with zipfile.ZipFile(container.path) as archive:
        part = _part(archive, number)
        if part not in container.with_errors:
            return {}
        with archive.open(part) as stream:
            return _errors(stream)


def _part(archive: zipfile.ZipFile, number: int) -> str:
    """The part that holds a sheet, by the workbook's relations."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    book = etree.fromstring(archive.read("xl/workbook.xml"), parser)
    links = etree.fromstring(archive.read("xl/_rels/workbook.xml.rels"), parser)
    sheets = book.findall(".//{*}sheet")
    identity = next(value for key, value in sheets[number].items() if key.endswith("}id"))
    target = next(link.get("Target") for link in links if link.get("Id") == identity)
    return target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join("xl", target))


def _errors(stream: Any) -> dict[Place, str]:
    from lxml import etree

    found: dict[Place, str] = {}
    row_number = -1
    rows = etree.iterparse(stream, tag="{*}row", resolve_entities=False, no_network=True, load_dtd=False)
    for _, row in rows:
        row_number = int(row.get("r", row_number + 2)) - 1
        column = -1
        for cell in row:
            place = cell.get("r")
            column = _column(place) if place else column + 1
            if cell.get("t") == "e":
                found[row_number, column] = cell.findtext("{*}v") or ""
        row.clear()
        while row.getprevious() is not None:
            del row.getparent()[0]
    return found


def _column(place: str) -> int:
    number = 0
    for letter in place.rstrip("0123456789").upper():
        number = number * 26 + ord(letter) - 64
    return number - 1
