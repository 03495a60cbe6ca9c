"""The contract of a storage: bytes by layer and key, streamed both ways, published whole or not at all."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import BinaryIO


@dataclass(frozen=True)
class StoredObject:
    """One object: its layer and key (posix, relative to the layer), size in bytes, time and version.

    Attributes:
        modified: Modification time in nanoseconds since the epoch.
        version: Version id where the backend has one, else "".
        problem: Why it may not be opened (a folder, pipe, device, a link that leads out of the data root), or "".
    """

    layer: str
    key: str
    size: int
    modified: int
    version: str = ""
    problem: str = ""

    @property
    def name(self) -> str:
        """The base name."""
        return self.key.rsplit("/", 1)[-1]


class StorageInterface(ABC):
    """Bytes by layer and key. A key never leaves its layer: `..`, absolute keys and outside links are refused."""

    @abstractmethod
    def list(self, layer: str, prefix: str = "") -> Iterator[StoredObject]:
        """List objects below a prefix, recursively, sorted by key; things that are no plain files carry a `problem`."""

    @abstractmethod
    def stat(self, layer: str, key: str) -> StoredObject | None:
        """Describe one object, or None."""

    @abstractmethod
    def open_read(self, layer: str, key: str) -> AbstractContextManager[BinaryIO]:
        """Open an object for streaming.

        Raises:
            StorageReadError: It is missing, unreadable or not a plain object.
        """

    @abstractmethod
    def write(self, layer: str, key: str, chunks: Iterable[bytes]) -> StoredObject:
        """Write an object from a stream, atomically: readers see the old or the new, never a part.

        Raises:
            StorageWriteError: It could not be written; nothing is left behind.
        """

    @abstractmethod
    def create(self, layer: str, key: str, chunks: Iterable[bytes]) -> bool:
        """Write an object only if there is none; False when there was."""

    @abstractmethod
    def move(self, layer: str, key: str, to_layer: str, to_key: str) -> None:
        """Move an object (copy and delete where there is no rename)."""

    @abstractmethod
    def delete(self, layer: str, key: str) -> None:
        """Delete an object; no error when there is none."""

    @abstractmethod
    def uri(self, layer: str, key: str) -> str:
        """What an engine opens: an absolute path or an s3:// address."""

    @abstractmethod
    def work_folder(self) -> AbstractContextManager[str]:
        """A local scratch folder for one task, removed afterwards (leftovers of killed runs are swept)."""
