"""Backends in memory: for tests of what uses a storage or a run store, and as the shortest example of writing one."""

from __future__ import annotations

import io
import itertools
import tempfile
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import BinaryIO

from typing_extensions import override

from data_framework.modules.state import StateInterface
from data_framework.modules.state.documents import Change, Document, Put, Stored
from data_framework.modules.storage import StorageInterface, StoredObject


class MemoryStorage(StorageInterface):
    """Objects in a dictionary."""

    def __init__(self) -> None:
        self._objects: dict[tuple[str, str], tuple[bytes, int]] = {}
        self._moments = itertools.count(1)
        self._guard = threading.Lock()

    @override
    @contextmanager
    def work_folder(self) -> Iterator[str]:
        with tempfile.TemporaryDirectory() as folder:
            yield folder

    @override
    def _list(self, layer: str, prefix: str) -> Iterator[StoredObject]:
        for place, key in sorted(self._objects):
            found = self._stat(place, key)
            if place == layer and key.startswith(prefix) and found:
                yield found

    @override
    def _stat(self, layer: str, key: str) -> StoredObject | None:
        found = self._objects.get((layer, key))
        return StoredObject(layer, key, len(found[0]), found[1]) if found else None

    @override
    def _open(self, layer: str, key: str) -> BinaryIO:
        return io.BytesIO(self._objects[layer, key][0])

    @override
    def _write(self, layer: str, key: str, chunks: Iterable[bytes], *, only_new: bool) -> bool:
        content = b"".join(chunks)
        with self._guard:
            if only_new and (layer, key) in self._objects:
                return False
            self._objects[layer, key] = (content, next(self._moments))
            return True

    @override
    def _move(self, layer: str, key: str, to_layer: str, to_key: str) -> None:
        with self._guard:
            self._objects[to_layer, to_key] = self._objects.pop((layer, key))

    @override
    def _delete(self, layer: str, key: str) -> None:
        self._objects.pop((layer, key), None)

    @override
    def _uri(self, layer: str, key: str) -> str:
        return f"memory://{layer}/{key}"


class MemoryState(StateInterface):
    """Documents in a dictionary.

    Args:
        shared: Another one whose documents and claims this one shares, as two processes share a file.
    """

    def __init__(self, shared: MemoryState | None = None) -> None:
        self._kept: dict[tuple[str, str], Stored] = shared._kept if shared else {}
        self._claims: dict[str, tuple[MemoryState, str]] = shared._claims if shared else {}
        self._guard: threading.RLock = shared._guard if shared else threading.RLock()

    @override
    def _get(self, collection: str, key: str) -> Stored | None:
        return self._kept.get((collection, key))

    @override
    def _commit(self, changes: Sequence[Change]) -> bool:
        with self._guard:
            kept = dict(self._kept)
            for change in changes:
                place = (change.collection, change.key)
                version = kept[place].version if place in kept else 0
                if not isinstance(change, Put):
                    kept.pop(place, None)
                elif change.expected in {None, version}:
                    kept[place] = Stored(change.document, version + 1)
                else:
                    return False
            self._kept.clear()
            self._kept.update(kept)
            return True

    @override
    def _keys(self, collection: str, prefix: str = "", *, start: str = "", limit: int | None = None) -> list[str]:
        with self._guard:
            found = sorted(key for place, key in self._kept if place == collection)
        return [key for key in found if key.startswith(prefix) and key >= start][:limit]

    @override
    def _list(self, collection: str, prefix: str = "") -> Iterator[tuple[str, Document]]:
        for key in self._keys(collection, prefix):
            yield key, self._kept[collection, key].document

    @override
    def _try_claim(self, name: str, owner: str) -> bool:
        with self._guard:
            if name in self._claims:
                return False
            self._claims[name] = (self, owner)
            return True

    @override
    def _release(self, name: str) -> None:
        with self._guard:
            if name in self._claims and self._claims[name][0] is self:
                del self._claims[name]

    @override
    def _holder(self, name: str) -> str:
        return self._claims[name][1] if name in self._claims else ""

    @override
    def _close(self) -> None:
        for name in list(self._claims):
            self._release(name)
