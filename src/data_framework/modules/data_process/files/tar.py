"""Tar archives, plain or packed by gzip, bzip2 or xz, read once as a stream and never written out."""

from __future__ import annotations

import bz2
import gzip
import lzma
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from typing_extensions import override

from data_framework.modules.data_process.files.limits import STEP, FileLimits
from data_framework.modules.data_process.files.members import Member, Meter, check_member_name, choose_members
from data_framework.modules.exception import FileContentError, FileLimitError
from data_framework.modules.utils.regex import compile_pattern

_HEADER_MOST = 1024 * 1024
_XZ_MEMORY = 256 * 1024 * 1024
_WITH_BODY = (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE, tarfile.GNUTYPE_LONGNAME,
              tarfile.GNUTYPE_LONGLINK)  # fmt: skip


def tar_members(stream: BinaryIO, pattern: str | None, limits: FileLimits, meter: Meter) -> Iterator[Member]:
    """Stream the members of a tar archive that are the delivery, in the archive's order.

    Raises:
        FileContentError: It is none, is damaged, or holds something hostile.
        FileLimitError: It exceeds a limit.
        MemberNameError: No member is the delivery's, or (without a pattern) several might be.
    """
    names: list[str] = []
    unpacked: Any = _Unpacked(stream, meter)
    with _errors(), tarfile.open(fileobj=unpacked, mode="r|", tarinfo=_Entry) as archive:
        for number, entry in enumerate(archive, 1):
            if number > limits.members:
                raise FileLimitError(reason=f"its archive has more than {limits.members:,} members", limit="members")
            _check(entry)
            if not entry.isfile() or entry.name.startswith("__MACOSX/"):
                continue
            names.append(entry.name)
            if _wanted(entry.name, names, pattern):
                opened = archive.extractfile(entry)
                assert opened is not None
                yield Member(entry.name, _steps(opened))
            vars(archive)["members"] = []  # it remembers every entry
        while unpacked.read(STEP):
            pass  # what is packed may be damaged behind the archive's end
    choose_members(names, pattern)


def _wanted(name: str, names: list[str], pattern: str | None) -> bool:
    if pattern is None:
        return len(names) == 1
    return compile_pattern(pattern).fullmatch(name.rsplit("/", 1)[-1]) is not None


def _steps(opened: Any) -> Iterator[bytes]:
    with _errors():
        while data := opened.read(STEP):
            yield data


def _check(entry: tarfile.TarInfo) -> None:
    check_member_name(entry.name, link=entry.issym() or entry.islnk())
    if entry.issparse():
        raise FileContentError(reason=f"its archive holds the sparse file {entry.name!r}")
    if not (entry.isfile() or entry.isdir()):
        raise FileContentError(reason=f"its archive holds {entry.name!r}, which is no plain file")


class _Entry(tarfile.TarInfo):
    """An entry whose headers are small: tarfile takes long names and attributes into memory as they come."""

    @classmethod
    @override
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> _Entry:
        entry = super().frombuf(buf, encoding, errors)
        if entry.type in _WITH_BODY and entry.size > _HEADER_MOST:
            raise FileContentError(reason=f"its archive has a header of {entry.size:,} bytes")
        return entry


@contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except (tarfile.TarError, EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile, OverflowError) as error:
        raise FileContentError(reason=f"its tar archive is damaged, cut off or none: {error}") from error


class _Unpacked:
    """The bytes of the archive, unpacked as they are asked for and counted."""

    def __init__(self, stream: BinaryIO, meter: Meter) -> None:
        self._meter = meter
        head = _Headed(stream, stream.read(6))
        if head.head[:2] == b"\x1f\x8b":
            self._source: Any = gzip.GzipFile(fileobj=head)  # type: ignore[call-overload]
        elif head.head[:3] == b"BZh":
            self._source = _Decompressed(head, bz2.BZ2Decompressor)
        elif head.head == b"\xfd7zXZ\x00":
            self._source = _Decompressed(head, lambda: lzma.LZMADecompressor(memlimit=_XZ_MEMORY))
        else:
            self._source = head

    def read(self, size: int) -> bytes:
        return self._meter.take(self._source.read(size))


class _Headed:
    """A stream whose first bytes have been looked at."""

    def __init__(self, stream: BinaryIO, head: bytes) -> None:
        self._stream, self.head, self._rest = stream, head, head

    def read(self, size: int = -1) -> bytes:
        data, self._rest = self._rest, b""
        if not data:
            return self._stream.read(size)
        if 0 <= size < len(data):
            data, self._rest = data[:size], data[size:]
        return data


class _Decompressed:
    """The output of bzip2 or xz, never more of it in memory than is asked for; streams may follow each other."""

    def __init__(self, source: _Headed, make: Any) -> None:
        self._source, self._make = source, make
        self._decompressor = make()
        self._begun = False

    def read(self, size: int) -> bytes:
        while True:
            data = b""
            if self._decompressor.eof:
                data = self._decompressor.unused_data or self._source.read(STEP)
                if not data.strip(b"\0"):
                    return b""
                self._decompressor = self._make()
            elif self._decompressor.needs_input and not (data := self._source.read(STEP)):
                raise EOFError("it ends too early")
            if out := self._decompressor.decompress(data, max_length=size):
                return bytes(out)
