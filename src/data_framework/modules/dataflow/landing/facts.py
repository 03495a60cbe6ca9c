"""What takes reading to know of a landed file, for the file controls that ask for it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from data_framework.modules.data_process.files.csv_dialect import CsvDialect
from data_framework.modules.data_process.files.csv_reader import records
from data_framework.modules.data_process.files.limits import STEP, FileLimits
from data_framework.modules.dataflow.landing.intake import Taken
from data_framework.modules.dataflow.landing.reading import ReadMember

if TYPE_CHECKING:
    from data_framework.modules.dataflow.runtime import Runtime
    from data_framework.modules.state import Delivery

_COMPANION_MOST = 64 * 1024


class Facts:
    """Reads what is asked of one delivery.

    Args:
        runtime: Storage and run store.
        delivery: The delivery, with its content hash.
        taken: Its members as they were taken in.
        members: The same, read.
        limits: Limits of the platform.
    """

    def __init__(
        self, runtime: Runtime, delivery: Delivery, taken: Sequence[Taken], members: Sequence[ReadMember],
        limits: FileLimits,
    ) -> None:  # fmt: skip
        self._runtime, self._delivery, self._limits = runtime, delivery, limits
        self._taken, self._members = taken, members

    def age(self) -> float:
        """Seconds since it was modified."""
        return max(time.time() - self._delivery.modified / 1e9, 0.0)

    def rows(self) -> int:
        """Its records: as converted, or of CSV as read for it."""
        return sum(self._count(member) if member.rows is None else member.rows for member in self._members)

    def twin(self) -> str:
        """The name of another file in force with the same content."""
        mine = self._delivery
        others = self._runtime.state.in_force(mine.database, mine.table)
        return next((one.file_name for one in others
                     if one.content_hash == mine.content_hash and one.identity != mine.identity), "")  # fmt: skip

    def checksum(self, algorithm: str) -> str:
        """The checksum of the landed object."""
        digest = hashlib.new(algorithm)
        with self._runtime.storage.open_read("landing", self._delivery.key) as stream:
            while data := stream.read(STEP):
                digest.update(data)
        return digest.hexdigest()

    def companion(self, name: str) -> str | None:
        """The beginning of a file beside the landed one."""
        folder = self._delivery.key.rpartition("/")[0]
        if "/" in name or name in {"", ".", ".."}:
            return None
        key = f"{folder}/{name}" if folder else name
        found = self._runtime.storage.stat("landing", key)
        if found is None or found.problem:
            return None
        with self._runtime.storage.open_read("landing", key) as stream:
            return stream.read(_COMPANION_MOST).decode("utf-8-sig", "replace")

    def encodings(self) -> tuple[str, ...]:
        """The codecs of its members."""
        return tuple(dict.fromkeys(one.encoding for one in self._taken if one.encoding))

    def _count(self, member: ReadMember) -> int:
        dialect = CsvDialect.from_dict(member.dialect)
        with self._runtime.storage.open_read("raw", member.key) as stream:
            return sum(1 for _ in records(stream, dialect, len(member.names), self._limits))
