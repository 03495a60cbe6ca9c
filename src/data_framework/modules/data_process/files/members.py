"""What every archive is held to: caps on size, ratio and number, and names that stay where they are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

from data_framework.modules.data_process.files.limits import RATIO_FROM, FileLimits
from data_framework.modules.exception import FileContentError, FileLimitError, MemberNameError
from data_framework.modules.utils.regex import compile_pattern

_DRIVE = re.compile(r"^[A-Za-z]:")


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
        self.count(len(data))
        return data

    def count(self, size: int) -> None:
        """Count so many bytes."""
        self.unpacked += size
        if self.unpacked > self._limits.unpacked_bytes:
            self._refuse(f"it unpacks to more than {self._limits.unpacked_bytes:,} bytes", "unpacked_bytes")
        if self.unpacked > RATIO_FROM and self.unpacked / self._packed > self._limits.ratio:
            self._refuse(f"it unpacks to more than {self._limits.ratio:g} times its size", "ratio")

    @staticmethod
    def _refuse(reason: str, limit: str) -> NoReturn:
        raise FileLimitError(reason=reason, limit=limit)


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
