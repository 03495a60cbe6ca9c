"""A small binary workbook (xlsb), written by hand: no library for Python that we use writes one."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Iterable, Sequence

ERRORS = {"#NULL!": 0x00, "#DIV/0!": 0x07, "#VALUE!": 0x0F, "#REF!": 0x17, "#NAME?": 0x1D, "#NUM!": 0x24, "#N/A": 0x2A}
_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="bin" ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/>'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/></Types>'
)
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def xlsb(rows: Iterable[Sequence[object]], name: str = "Data") -> bytes:
    """A workbook of one sheet; texts that are names of errors become error cells."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", _TYPES)
        archive.writestr("_rels/.rels", _relations("officeDocument", "xl/workbook.bin"))
        archive.writestr("xl/_rels/workbook.bin.rels", _relations("worksheet", "worksheets/sheet1.bin"))
        archive.writestr("xl/workbook.bin", _workbook(name))
        archive.writestr("xl/worksheets/sheet1.bin", _sheet([list(row) for row in rows]))
    return out.getvalue()


def _relations(kind: str, target: str) -> str:
    space = "http://schemas.openxmlformats.org/package/2006/relationships"
    return (f'<Relationships xmlns="{space}"><Relationship Id="rId1" Type="{_OFFICE}/{kind}" Target="{target}"/>'
            "</Relationships>")  # fmt: skip


def _workbook(name: str) -> bytes:
    sheet = _record(156, struct.pack("<II", 0, 1) + _text("rId1") + _text(name))
    return _record(131) + _record(143) + sheet + _record(144) + _record(132)


def _sheet(rows: list[list[object]]) -> bytes:
    width = max(map(len, rows))
    parts = [_record(129), _record(148, struct.pack("<IIII", 0, len(rows) - 1, 0, width - 1)), _record(145)]
    for number, row in enumerate(rows):
        parts.append(_record(0, struct.pack("<IIHBBBI", number, 0, 300, 0, 0, 0, 0)))
        parts += [_cell(place, value) for place, value in enumerate(row) if value is not None]
    return b"".join([*parts, _record(146), _record(130)])


def _cell(column: int, value: object) -> bytes:
    place = struct.pack("<II", column, 0)
    if isinstance(value, bool):
        return _record(4, place + bytes([value]))
    if isinstance(value, int | float):
        return _record(5, place + struct.pack("<d", value))
    if value in ERRORS:
        return _record(3, place + bytes([ERRORS[str(value)]]))
    return _record(6, place + _text(str(value)))


def _text(value: str) -> bytes:
    data = value.encode("utf-16-le")
    return struct.pack("<I", len(data) // 2) + data


def _record(number: int, payload: bytes = b"") -> bytes:
    kind = bytes([number]) if number < 128 else bytes([number & 0x7F | 0x80, number >> 7])
    size, length = len(payload), bytearray()
    while True:
        length.append(size & 0x7F | (0x80 if size > 0x7F else 0))
        size >>= 7
        if not size:
            return kind + bytes(length) + payload
