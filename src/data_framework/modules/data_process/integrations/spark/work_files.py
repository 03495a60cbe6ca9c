"""Work files of a pass: Parquet that every task reaches, written once and read as often as it is asked.

A Spark of one machine keeps them on its disk; a cluster on the project's storage: below the data root, which all its
machines must have, or in the bucket of the scratch layer. They go with the run; what a killed one left is swept.
"""

from __future__ import annotations

import shutil
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from typing_extensions import override

from data_framework.modules.data_process.helpers.libraries import pa, pq
from data_framework.modules.storage import StorageInterface

LAYER, ROOT = "scratch", "work"
#: Nobody knows from afar whether a run is alive: where nothing was written for so long, it is not.
ABANDONED = timedelta(days=2)


class WorkFolder(ABC):
    """A folder of work files."""

    @property
    @abstractmethod
    def address(self) -> str:
        """Where tasks find it."""

    @abstractmethod
    def below(self, name: str) -> WorkFolder:
        """A folder in it."""

    @abstractmethod
    def write(self, table: Any, what: str) -> str:
        """Write an Arrow table as one file of Parquet and answer its address."""

    @abstractmethod
    def parts(self, path: str) -> list[str]:
        """What Spark wrote at a path of `path`: the files' addresses, in the order of the rows."""

    @abstractmethod
    def clear(self) -> None:
        """Remove everything in it."""

    def path(self, what: str) -> str:
        """A new address in it."""
        return f"{self.address}/{what}-{uuid.uuid4().hex}"


class DiskFolder(WorkFolder):
    """A folder of a file system that every machine has: the only machine's own, or a shared one."""

    def __init__(self, root: Path) -> None:
        self._root = root

    @property
    @override
    def address(self) -> str:
        return f"file://{self._root}"  # said, for the default of a cluster may be HDFS

    @override
    def below(self, name: str) -> DiskFolder:
        return DiskFolder(self._root / name)

    @override
    def write(self, table: Any, what: str) -> str:
        self._root.mkdir(parents=True, exist_ok=True)
        path = f"{self.path(what)}.parquet"
        _write(table, path.removeprefix("file://"))
        return path

    @override
    def parts(self, path: str) -> list[str]:
        return [str(file) for file in sorted(Path(path.removeprefix("file://")).glob("part-*.parquet"))]

    @override
    def clear(self) -> None:
        shutil.rmtree(self._root, ignore_errors=True)


class StoredFolder(WorkFolder):
    """A prefix of keys in the scratch layer of a storage."""

    def __init__(self, storage: StorageInterface, key: str) -> None:
        self._storage, self._key = storage, key

    @property
    @override
    def address(self) -> str:
        return self._storage.uri(LAYER, self._key)

    @override
    def below(self, name: str) -> StoredFolder:
        return StoredFolder(self._storage, f"{self._key}/{name}")

    @override
    def write(self, table: Any, what: str) -> str:
        path, sink = f"{self.path(what)}.parquet", pa.BufferOutputStream()
        _write(table, sink)
        self._storage.write(LAYER, self._key_of(path), [sink.getvalue().to_pybytes()])
        return path

    @override
    def parts(self, path: str) -> list[str]:
        below = f"{self._key_of(path)}/part-"
        return [self._storage.uri(LAYER, found.key) for found in self._storage.list(LAYER, below)]

    @override
    def clear(self) -> None:
        self._storage.clear(LAYER, f"{self._key}/")

    def _key_of(self, path: str) -> str:
        return self._key + path.removeprefix(self.address)


@contextmanager
def work_files(storage: StorageInterface, *, alone: bool) -> Iterator[WorkFolder]:
    """A folder of work files for one engine, removed afterwards.

    Args:
        storage: The project's storage.
        alone: Whether Spark is this machine only.
    """
    if alone or "://" not in storage.uri(LAYER, ROOT):
        with storage.work_folder() as folder:
            yield DiskFolder(Path(folder))
        return
    sweep(storage, time.time())
    stored = StoredFolder(storage, f"{ROOT}/{uuid.uuid4().hex[:12]}")
    try:
        yield stored
    finally:
        stored.clear()


def sweep(storage: StorageInterface, now: float) -> None:
    """Remove the folders of runs that were killed."""
    newest: dict[str, int] = {}
    for found in storage.list(LAYER, f"{ROOT}/"):
        name = found.key.split("/")[1]
        newest[name] = max(newest.get(name, 0), found.modified)
    for name, moment in newest.items():
        if moment / 1e9 < now - ABANDONED.total_seconds():
            storage.clear(LAYER, f"{ROOT}/{name}/")


def _write(table: Any, where: Any) -> None:
    pq.write_table(table, where, coerce_timestamps="us", allow_truncated_timestamps=True)
