"""Archives: the members of a delivery as streams, with caps on number, size and ratio; hostile ones are refused."""

from __future__ import annotations

import gzip
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, NoReturn

from data_framework.modules.data_process.files.limits import RATIO_FROM, STEP, FileLimits
from data_framework.modules.exception import FileContentError, FileLimitError, MemberNameError, NotInThisVersionError
from data_framework.modules.utils.regex import compile_pattern

_DRIVE = re.compile(r"^[A-Za-z]:")
_DIRECTORY_ENTRY = 46  # bytes of a member's entry in the central directory, without its name
_NAME_MOST = 4096


@dataclass(frozen=True)
class Member:
    """One unpacked file of a delivery. `chunks` streams its bytes once."""

    name: str
    chunks: Iterator[bytes]


class Meter:
    """Counts what is unpacked and refuses what exceeds the limits."""

    def __init__(self, packed: int, limits: FileLimits) -> None:
        self._packed = max(packed, 1)
        self._limits = limits
        self.unpacked = 0

    def take(self, data: bytes) -> bytes:
        """Count a step."""
        self.unpacked += len(data)
        if self.unpacked > self._limits.unpacked_bytes:
            self._refuse(f"it unpacks to more than {self._limits.unpacked_bytes:,} bytes", "unpacked_bytes")
        if self.unpacked > RATIO_FROM and self.unpacked / self._packed > self._limits.ratio:
            self._refuse(f"it unpacks to more than {self._limits.ratio:g} times its size", "ratio")
        return data

    @staticmethod
    def _refuse(reason: str, limit: str) -> NoReturn:
        raise FileLimitError(reason=reason, limit=limit)


def members(
    stream: BinaryIO, file_name: str, size: int, zipped: str, pattern: str | None, limits: FileLimits,
    password: str | None = None,
) -> Iterator[Member]:  # fmt: skip
    """Stream the members of a delivery: the file itself, or what its archive holds.

    Args:
        stream: The delivered bytes; seekable for zip.
        file_name: Base name as delivered.
        size: Of the delivered bytes.
        zipped: "", zip or gz.
        pattern: Which members to take, None: the only one.
        limits: Limits of the platform.
        password: Of an encrypted archive.

    Raises:
        FileContentError: It is no such archive, is damaged, encrypted or has a hostile name in it.
        FileLimitError: It exceeds a limit.
        MemberNameError: No member is the delivery's.
    """
    if limits.file_bytes is not None and size > limits.file_bytes:
        raise FileLimitError(reason=f"it has {size:,} bytes, more than {limits.file_bytes:,}", limit="file_bytes")
    meter = Meter(size, limits)
    if zipped == "":
        yield Member(file_name, _steps(stream, meter))
    elif zipped == "gz":
        yield _gzip_member(stream, file_name, pattern, meter)
    elif zipped == "zip":
        yield from _zip_members(stream, size, pattern, limits, meter, password)
    else:
        raise NotInThisVersionError(kind="archive", name=zipped, choices="zip, gz")


def _steps(stream: BinaryIO, meter: Meter) -> Iterator[bytes]:
    while data := stream.read(STEP):
        yield meter.take(data)


# gzip ---------------------------------------------------------------------------------------------------------------
def _gzip_member(stream: BinaryIO, file_name: str, pattern: str | None, meter: Meter) -> Member:
    name = file_name[:-3] if file_name.lower().endswith(".gz") else file_name
    if pattern and not compile_pattern(pattern).fullmatch(name):
        raise MemberNameError(reason=f"its unpacked name {name!r} does not match {pattern!r}")
    return Member(name, _gunzip(stream, meter))


def _gunzip(stream: BinaryIO, meter: Meter) -> Iterator[bytes]:
    with gzip.GzipFile(fileobj=stream) as unpacked:
        while True:
            try:
                data = unpacked.read(STEP)
            except gzip.BadGzipFile as error:
                raise FileContentError(reason=f"it is no gzip archive: {error}") from error
            except (EOFError, zlib.error) as error:
                raise FileContentError(reason=f"its gzip archive is damaged or cut off: {error}") from error
            if not data:
                return
            yield meter.take(data)


# zip ----------------------------------------------------------------------------------------------------------------
@contextmanager
def _zip_errors() -> Iterator[None]:
    try:
        yield
    except zipfile.BadZipFile as error:
        raise FileContentError(reason=f"its zip archive is damaged or none: {error}") from error
    except (EOFError, zlib.error, NotImplementedError, struct.error) as error:
        raise FileContentError(reason=f"its zip archive cannot be unpacked: {error}") from error
    except RuntimeError as error:  # how zipfile says "encrypted" and "bad password"
        raise FileContentError(reason=f"its zip archive is encrypted: {error}") from error


def _zip_members(
    stream: BinaryIO, size: int, pattern: str | None, limits: FileLimits, meter: Meter, password: str | None
) -> Iterator[Member]:
    _check_directory(stream, size, limits)
    with _zip_errors():
        archive = zipfile.ZipFile(stream)
    with archive:
        entries = archive.infolist()
        if len(entries) > limits.members:
            raise FileLimitError(reason=f"its archive has {len(entries):,} members", limit="members")
        for entry in entries:
            check_member_name(entry.filename, link=stat.S_ISLNK(entry.external_attr >> 16))
        files = [entry for entry in entries if not entry.is_dir() and not entry.filename.startswith("__MACOSX/")]
        for name in choose_members([entry.filename for entry in files], pattern):
            entry = next(entry for entry in files if entry.filename == name)
            if entry.flag_bits & 1 and not password:
                raise FileContentError(reason="its zip archive is encrypted and incoming_file has no password")
            yield Member(name, _unzip(archive, entry, meter, password))


def _unzip(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, meter: Meter, password: str | None) -> Iterator[bytes]:
    with _zip_errors():
        opened = archive.open(entry, pwd=password.encode() if password else None)
    with opened:
        while True:
            with _zip_errors():
                data = opened.read(STEP)
            if not data:
                return
            yield meter.take(data)


def _check_directory(stream: BinaryIO, size: int, limits: FileLimits) -> None:
    """Refuse a central directory too large to be read into memory, before it is."""
    tail = min(size, 65_557)
    stream.seek(size - tail)
    end = stream.read(tail)
    stream.seek(0)
    at = end.rfind(b"PK\x05\x06")
    if at < 0 or len(end) < at + 22:
        raise FileContentError(reason="it is no zip archive, or one that is cut off")
    count, length = struct.unpack("<HL", end[at + 10 : at + 16])
    most = limits.members * (_DIRECTORY_ENTRY + _NAME_MOST)
    if (count != 0xFFFF and count > limits.members) or (length != 0xFFFFFFFF and length > most):
        raise FileLimitError(reason=f"its archive has {count:,} members or more", limit="members")
    if length == 0xFFFFFFFF and size > most and size > limits.unpacked_bytes:
        raise FileLimitError(reason="its archive's directory is too large", limit="members")


def check_member_name(name: str, *, link: bool = False) -> None:
    """Refuse names that lead out of a folder, and links.

    Raises:
        FileContentError: The archive is hostile or damaged.
    """
    plain = name.replace("\\", "/")
    if link:
        raise FileContentError(reason=f"its archive holds the link {name!r}")
    if plain.startswith("/") or _DRIVE.match(plain) or ".." in plain.split("/") or "\0" in name:
        raise FileContentError(reason=f"its archive holds a name that leads elsewhere: {name!r}")


def choose_members(names: list[str], pattern: str | None) -> list[str]:
    """The members that are the delivery, sorted by name: those whose base name matches, or the only one.

    Raises:
        MemberNameError: There is none, or several without a pattern to choose by.
    """
    unique = sorted(set(names))
    if len(unique) != len(names):
        raise MemberNameError(reason="its archive holds two members of one name")
    if pattern is None:
        if len(unique) == 1:
            return unique
        held = ", ".join(unique[:5]) or "nothing"
        raise MemberNameError(
            reason=f"its archive holds {len(unique)} files ({held}) and filename_unzipped_pattern is unset"
        )
    wanted = compile_pattern(pattern)
    chosen = [name for name in unique if wanted.fullmatch(name.rsplit("/", 1)[-1])]
    if not chosen:
        held = ", ".join(unique[:5]) or "nothing"
        raise MemberNameError(reason=f"no member of its archive matches {pattern!r}: it holds {held}")
    return chosen
