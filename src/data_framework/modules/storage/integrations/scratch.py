"""Scratch space of one process below the data root; what killed processes left is swept."""

from __future__ import annotations

import itertools
import shutil
import uuid
import weakref
from pathlib import Path

from data_framework.modules.utils.locks import ProcessLock


class Scratch:
    """Names for scratch files and folders, in one folder of this process that is removed when it ends.

    The folder is guarded by a lock that dies with the process: a folder whose lock is free belongs to nobody.

    Args:
        root: Where the folders of all processes lie.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._own: Path | None = None
        self._numbers = itertools.count(1)

    def file(self) -> Path:
        """A path for one scratch file; the caller removes it."""
        return self._home() / f"file-{next(self._numbers)}"

    def folder(self) -> Path:
        """A new, empty folder."""
        made = self._home() / f"task-{next(self._numbers)}"
        made.mkdir()
        return made

    def remove(self, folder: Path) -> None:
        """Remove a folder and all in it."""
        shutil.rmtree(folder, ignore_errors=True)

    def _home(self) -> Path:
        if self._own is None or not self._own.is_dir():
            self._root.mkdir(parents=True, exist_ok=True)
            sweep(self._root)
            own, lock = self._claimed()
            own.mkdir()
            weakref.finalize(self, _end, own, lock)
            self._own = own
        return self._own

    def _claimed(self) -> tuple[Path, ProcessLock]:
        while True:
            own = self._root / uuid.uuid4().hex[:12]
            lock = ProcessLock(own.with_suffix(".lock"))
            # A sweep of another process may look at the lock file just as it is made.
            if lock.acquire():
                return own, lock


def sweep(root: Path) -> None:
    """Remove what dead processes left; folders of living ones stay."""
    for found in list(root.iterdir()):
        lock = ProcessLock(found.with_suffix(".lock"))
        if lock.acquire():
            shutil.rmtree(found.with_suffix(""), ignore_errors=True)
            lock.release()


def _end(own: Path, lock: ProcessLock) -> None:
    shutil.rmtree(own, ignore_errors=True)
    lock.release()
