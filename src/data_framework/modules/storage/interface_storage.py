"""The contract of a storage: bytes by layer and key, streamed both ways, published whole or not at all."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import BinaryIO, ClassVar

from data_framework.modules.exception import (
    DataFrameworkError,
    StorageError,
    StorageReadError,
    StorageWriteError,
    UnsafeKeyError,
)
from data_framework.modules.utils.logger import get_logger

_LAYER = re.compile(r"[a-z0-9][a-z0-9_-]*")
_logger = get_logger("storage")


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
    """Bytes by layer and key. A key never leaves its layer: `..`, absolute keys and outside links are refused.

    The verbs check keys and translate errors once for every backend; a backend writes the private primitives.

    Attributes:
        failures: What the backend's library raises when it fails.
    """

    failures: ClassVar[tuple[type[Exception], ...]] = (OSError,)

    def list(self, layer: str, prefix: str = "") -> Iterator[StoredObject]:
        """List objects whose key begins with a prefix, sorted by key; what is no plain object carries a `problem`."""
        check_layer(layer)
        if prefix:
            check_key(layer, prefix.rstrip("/"))
        with self._translated(StorageReadError, layer, prefix):
            yield from self._list(layer, prefix)

    def stat(self, layer: str, key: str) -> StoredObject | None:
        """Describe one object, or None."""
        check_key(layer, key)
        with self._translated(StorageReadError, layer, key):
            return self._stat(layer, key)

    @contextmanager
    def open_read(self, layer: str, key: str) -> Iterator[BinaryIO]:
        """Open an object for streaming.

        Raises:
            StorageReadError: It is missing, unreadable or not a plain object.
        """
        check_key(layer, key)
        with self._translated(StorageReadError, layer, key):
            found = self._stat(layer, key)
            if found is None or found.problem:
                reason = found.problem if found else "there is no such object"
                raise StorageReadError(layer=layer, key=key, reason=reason)
            stream = self._open(layer, key)
        with stream:
            yield stream

    def write(self, layer: str, key: str, chunks: Iterable[bytes]) -> StoredObject:
        """Write an object from a stream, atomically: readers see the old or the new, never a part.

        Raises:
            StorageWriteError: It could not be written; nothing is left behind.
        """
        check_key(layer, key)
        with self._translated(StorageWriteError, layer, key):
            self._write(layer, key, chunks, only_new=False)
            written = self._stat(layer, key)
        if written is None:
            raise StorageWriteError(layer=layer, key=key, reason="it was removed while it was written")
        _logger.debug("wrote %s/%s, %d bytes", layer, key, written.size)
        return written

    def create(self, layer: str, key: str, chunks: Iterable[bytes]) -> bool:
        """Write an object only if there is none; False when there was."""
        check_key(layer, key)
        with self._translated(StorageWriteError, layer, key):
            return self._write(layer, key, chunks, only_new=True)

    def move(self, layer: str, key: str, to_layer: str, to_key: str) -> None:
        """Move an object (copy and delete where there is no rename), replacing what is there.

        Raises:
            StorageReadError: There is no such object, or it is not a plain one.
        """
        check_key(layer, key)
        check_key(to_layer, to_key)
        found = self.stat(layer, key)
        if found is None or found.problem:
            reason = found.problem if found else "there is no such object"
            raise StorageReadError(layer=layer, key=key, reason=reason)
        with self._translated(StorageWriteError, to_layer, to_key):
            self._move(layer, key, to_layer, to_key)

    def delete(self, layer: str, key: str) -> None:
        """Delete an object; no error when there is none."""
        check_key(layer, key)
        with self._translated(StorageWriteError, layer, key):
            self._delete(layer, key)

    def clear(self, layer: str, prefix: str) -> None:
        """Delete every object whose key begins with a prefix; what is no plain object stays."""
        check_key(layer, prefix.rstrip("/"))
        with self._translated(StorageWriteError, layer, prefix):
            self._clear(layer, prefix)

    def uri(self, layer: str, key: str) -> str:
        """What an engine opens: an absolute path or an s3:// address."""
        check_key(layer, key)
        return self._uri(layer, key)

    @abstractmethod
    def work_folder(self) -> AbstractContextManager[str]:
        """A local scratch folder for one task, removed afterwards (leftovers of killed runs are swept)."""

    @abstractmethod
    def _list(self, layer: str, prefix: str) -> Iterator[StoredObject]:
        """List, sorted by key."""

    @abstractmethod
    def _stat(self, layer: str, key: str) -> StoredObject | None:
        """Describe one object or what stands in its place."""

    @abstractmethod
    def _open(self, layer: str, key: str) -> BinaryIO:
        """Open a plain object."""

    @abstractmethod
    def _write(self, layer: str, key: str, chunks: Iterable[bytes], *, only_new: bool) -> bool:
        """Publish whole or not at all; with `only_new` answer False when there is one."""

    @abstractmethod
    def _move(self, layer: str, key: str, to_layer: str, to_key: str) -> None:
        """Move a plain object."""

    @abstractmethod
    def _delete(self, layer: str, key: str) -> None:
        """Delete, if it is there."""

    def _clear(self, layer: str, prefix: str) -> None:
        """Delete what begins with a prefix: one by one where the backend knows no better."""
        for found in list(self._list(layer, prefix)):
            if not found.problem:
                self._delete(layer, found.key)

    @abstractmethod
    def _uri(self, layer: str, key: str) -> str:
        """The address of an object."""

    @contextmanager
    def _translated(self, kind: type[StorageError], layer: str, key: str) -> Iterator[None]:
        try:
            yield
        except self.failures as error:
            ours = {"hint": error.hint} if isinstance(error, DataFrameworkError) else {}
            said = error.message.removesuffix(".") if isinstance(error, DataFrameworkError) else ""
            reason = said or getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise kind(layer=layer, key=key, reason=reason[:1].lower() + reason[1:], **ours) from error


def check_layer(layer: str) -> None:
    """Refuse what is no name of a layer.

    Raises:
        UnsafeKeyError: It is empty, a path, or starts with a point.
    """
    if not _LAYER.fullmatch(layer):
        raise UnsafeKeyError(
            layer=layer, key="", reason="the layer's name may have lower-case letters, digits, - and _"
        )


def check_key(layer: str, key: str) -> None:
    """Refuse a key that leaves its layer or that no backend could keep.

    Raises:
        UnsafeKeyError: It is empty or absolute, has empty parts, `.`, `..` or a NUL, or is no text.
    """
    check_layer(layer)
    reason = key_problem(key)
    if reason:
        raise UnsafeKeyError(layer=layer, key=printable_key(key), reason=reason)


def printable_key(key: str) -> str:
    """Return a key as text that can be stored and printed: bytes that are no UTF-8 are spelled out."""
    return key.encode("utf-8", "backslashreplace").decode("utf-8")


def is_text(name: str) -> bool:
    """Whether a name from a file system is text, not stray bytes."""
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def key_problem(key: str) -> str:
    """Say why a key may not be used; "" of one that may."""
    if not key:
        return "it is empty"
    if key.startswith("/"):
        return "it is absolute"
    parts = key.split("/")
    if "" in parts:
        return "a part of it is empty"
    if ".." in parts or "." in parts:
        return "it has '.' or '..' in it"
    if "\0" in key or not is_text(key):
        return "it is no text"
    return ""
