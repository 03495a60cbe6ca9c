"""Archives: the members of a delivery as streams; hostile ones are refused."""

from __future__ import annotations

import gzip
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from data_framework.modules.data_process.files.limits import STEP, FileLimits
from data_framework.modules.data_process.files.members import Member, Meter, check_member_name, choose_members
from data_framework.modules.data_process.files.tar import tar_members
from data_framework.modules.exception import FileContentError, FileLimitError, MemberNameError
from data_framework.modules.utils.regex import compile_pattern

_DIRECTORY_ENTRY = 46  # bytes of a member's entry in the central directory, without its name
_NAME_MOST = 4096
_AES = 99  # how a zip archive says that a member is encrypted by AES


def members(
    stream: BinaryIO, file_name: str, size: int, zipped: str, pattern: str | None, limits: FileLimits,
    password: str | None = None,
) -> Iterator[Member]:  # fmt: skip
    """Stream the members of a delivery: the file itself, or what its archive holds.

    Args:
        stream: The delivered bytes; seekable for zip.
        file_name: Base name as delivered.
        size: Of the delivered bytes.
        zipped: "", zip, gz or tar.
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
        yield from tar_members(stream, pattern, limits, meter)


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
        archive = _opened(stream)
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


def _opened(stream: BinaryIO) -> zipfile.ZipFile:
    """Open an archive; one encrypted by AES needs a library of its own."""
    archive = zipfile.ZipFile(stream)
    if all(entry.compress_type != _AES for entry in archive.infolist()):
        return archive
    import pyzipper

    return pyzipper.AESZipFile(stream)  # type: ignore[no-any-return]


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
