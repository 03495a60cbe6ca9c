"""The sheet of a workbook as areas of rows: a large xlsx is read in parts, since its library holds all it reads.

A part is the same workbook with only some rows of the sheet. What a row is like is not looked at: it is cut where a row
ends and the next says its number, so that the library reads every cell as it would have in the whole.
"""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from data_framework.modules.data_process.files.excel_container import Container
from data_framework.modules.data_process.files.excel_errors import sheet_part
from data_framework.modules.data_process.files.limits import STEP

_PART = 4 * 1024 * 1024
_PART_MOST = 4 * _PART
_ROWS = b"<sheetData>"
_CUT = re.compile(rb'</row>\s*(?=<row\s[^<>]*?\br="\d)')
_ABOUT = 64 * 1024
_END = b"</sheetData></worksheet>"


class Area(NamedTuple):
    """Rows of a sheet that lie one after the other: the number of the first, and of their first column."""

    top: int
    left: int
    rows: Iterable[list[Any]]


def whole(sheet: Any) -> Iterator[Area]:
    """The one area of a sheet."""
    yield Area(0, sheet.start[1] if sheet.start else 0, sheet.iter_rows())


def in_parts(container: Container, number: int) -> Iterator[Area] | None:
    """The areas of a sheet by parts; None of one that is small or cannot be cut."""
    if container.kind != "xlsx":
        return None
    with zipfile.ZipFile(container.path) as archive:
        part = sheet_part(archive, number)
        if archive.getinfo(part).file_size <= _PART:
            return None
        with archive.open(part) as stream:
            head = stream.read(STEP)
    return _areas(container, number, part) if head.count(_ROWS) == 1 else None


def _areas(container: Container, number: int, part: str) -> Iterator[Area]:
    import python_calamine as calamine

    frame, some = container.path.with_name("frame.xlsx"), container.path.with_name("part.xlsx")
    with zipfile.ZipFile(container.path) as archive:
        size = min(_write_frame(archive, frame, part), _PART_MOST)
        with archive.open(part) as stream:
            for data in _cut(stream, max(size, _PART)):
                shutil.copy(frame, some)
                with zipfile.ZipFile(some, "a") as target:
                    target.writestr(part, data)
                with calamine.CalamineWorkbook.from_path(some) as book:
                    sheet = book.get_sheet_by_index(number)
                    if sheet.start:
                        yield Area(sheet.start[0], sheet.start[1], sheet.to_python())


def _write_frame(archive: zipfile.ZipFile, path: Path, part: str) -> int:
    """Write what all parts have in common, everything but sheets and pictures; its size: each part reads it anew."""
    folder = part.rpartition("/")[0]
    with zipfile.ZipFile(path, "w") as frame:
        for entry in archive.infolist():
            if entry.filename.rpartition("/")[0] != folder and "/media/" not in entry.filename:
                with archive.open(entry) as source, frame.open(entry.filename, "w") as target:
                    shutil.copyfileobj(source, target, STEP)
    return path.stat().st_size


def _cut(stream: Any, size: int) -> Iterator[bytes]:
    """The document of a sheet as several, each with some of the rows."""
    held = bytearray(stream.read(STEP))
    start = held.index(_ROWS) + len(_ROWS)
    head, cuttable = bytes(held[:start]), b"<!" not in held
    del held[:start]
    while data := stream.read(STEP):
        held += data
        cuttable = cuttable and b"<!" not in data
        if len(held) >= size and cuttable and (cut := _last_cut(held)):
            yield b"".join((head, held[:cut], _END))
            del held[:cut]
    yield head + bytes(held)


def _last_cut(held: bytearray) -> int:
    """Where the last row that can be told apart begins, 0 where none does near the end."""
    found = list(_CUT.finditer(held, len(held) - _ABOUT))
    return found[-1].end() if found else 0
