"""An encrypted zip archive: Python reads them but does not write them."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator


def encrypted_zip(name: str, content: bytes, password: bytes) -> bytes:
    """A zip archive of one stored member, with the encryption every unpacker knows (PKWARE's)."""
    check = zlib.crc32(content)
    body = bytes(_encrypted(b"\0" * 11 + bytes([check >> 24]) + content, password))
    plain = name.encode()
    common = struct.pack("<HHHHHIIIHH", 20, 1, 0, 0, 33, check, len(body), len(content), len(plain), 0)
    local = b"PK\x03\x04" + common + plain + body
    central = b"PK\x01\x02" + struct.pack("<H", 20) + common + struct.pack("<HHHII", 0, 0, 0, 0, 0) + plain
    return local + central + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local), 0)


def _encrypted(data: bytes, password: bytes) -> Iterator[int]:
    keys = (0x12345678, 0x23456789, 0x34567890)
    for byte in password:
        keys = _next(keys, byte)
    for byte in data:
        mixed = keys[2] | 2
        yield byte ^ (mixed * (mixed ^ 1) >> 8 & 0xFF)
        keys = _next(keys, byte)


def _next(keys: tuple[int, int, int], byte: int) -> tuple[int, int, int]:
    first = _crc(keys[0], byte)
    second = ((keys[1] + (first & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
    return first, second, _crc(keys[2], second >> 24)


def _crc(value: int, byte: int) -> int:
    return zlib.crc32(bytes([byte]), value ^ 0xFFFFFFFF) ^ 0xFFFFFFFF
