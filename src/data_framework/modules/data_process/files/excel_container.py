"""What a workbook comes in: a zip archive that is held to limits, or an old Office document; decrypted if need be."""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path

from data_framework.modules.data_process.files.limits import STEP, FileLimits
from data_framework.modules.data_process.files.members import Meter
from data_framework.modules.exception import FileContentError, FileLimitError

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ERROR_MARKS = (b't="e"', b"t='e'")


@dataclass(frozen=True)
class Container:
    """A workbook ready to be read.

    Attributes:
        kind: xlsx, xlsb, ods or xls.
        with_errors: Names of the parts that may hold error cells.
    """

    path: Path
    kind: str
    with_errors: frozenset[str] = field(default_factory=frozenset)


def open_container(path: Path, limits: FileLimits, password: str | None) -> Container:
    """Check a workbook's container, so that its reader meets nothing larger than the limits allow.

    Raises:
        FileContentError: It is none, or is encrypted and the password is not right.
        FileLimitError: It exceeds a limit.
    """
    with path.open("rb") as stream:
        head = stream.read(8)
    if head == _OLE:
        path, head = _decrypted(path, password)
    if head == _OLE:
        return Container(path, "xls")
    if not head.startswith(b"PK"):
        raise FileContentError(reason="it is no workbook: neither a zip archive nor an Office document")
    return _checked(path, limits)


def _decrypted(path: Path, password: str | None) -> tuple[Path, bytes]:
    """The workbook inside an encrypted one; an old one that is not encrypted is itself."""
    import msoffcrypto
    from msoffcrypto.exceptions import DecryptionError, FileFormatError, InvalidKeyError, ParseError

    target = path.with_name("decrypted")
    try:
        with path.open("rb") as stream:
            office = msoffcrypto.OfficeFile(stream)
            if not office.is_encrypted():
                return path, _OLE
            if not password:
                raise FileContentError(reason="its workbook is encrypted and excel_specs has no password")
            office.load_key(password=password)
            with target.open("wb") as out:
                office.decrypt(out)
    except (DecryptionError, FileFormatError, InvalidKeyError, ParseError, ValueError, OSError) as error:
        raise FileContentError(reason=f"its workbook cannot be decrypted: {error or type(error).__name__}") from error
    with target.open("rb") as stream:
        return target, stream.read(8)


def _checked(path: Path, limits: FileLimits) -> Container:
    """Unpack every part once, counting: sizes in the directory may lie."""
    size = path.stat().st_size
    meter = Meter(size, limits)
    found: set[str] = set()
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if len(entries) > limits.members:
                raise FileLimitError(reason=f"its workbook has {len(entries):,} parts", limit="members")
            _declared(entries, limits, size)
            names = {entry.filename for entry in entries}
            for entry in entries:
                if _unpacked(archive, entry, meter):
                    found.add(entry.filename)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise FileContentError(reason=f"its workbook is damaged: {error}") from error
    kind = "xlsb" if "xl/workbook.bin" in names else "ods" if "content.xml" in names else "xlsx"
    return Container(path, kind, frozenset(found))


def _declared(entries: list[zipfile.ZipInfo], limits: FileLimits, size: int) -> None:
    """Refuse by what the directory says, before anything is unpacked."""
    meter = Meter(size, limits)
    for entry in entries:
        meter.count(entry.file_size)


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, meter: Meter) -> bool:
    """Count a part, and look for error cells in it."""
    looked_for, tail, found = entry.filename.endswith(".xml"), b"", False
    with archive.open(entry) as part:
        while data := part.read(STEP):
            meter.take(data)
            if looked_for and not found:
                found = any(mark in data or mark in tail + data[:16] for mark in _ERROR_MARKS)
                tail = data[-16:]
    return found
