"""A lock that dies with the process that holds it."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class ProcessLock:
    """An advisory lock on a file: one holder on this machine, free at once when that holder dies.

    The file exists only while the lock is held, and says in it who holds it.

    Args:
        path: The lock file; its folder is made.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    def acquire(self, owner: str = "") -> bool:
        """Take the lock without waiting; False when another holds it."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        while True:
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(descriptor)
                return False
            if self._is_current(descriptor):
                break
            # The holder we waited for removed this file as it let go: the name belongs to a new file now.
            os.close(descriptor)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, owner.encode("utf-8", "replace"), 0)
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        """Let go; no error when it is not held."""
        if self._descriptor is not None:
            self.path.unlink(missing_ok=True)
            os.close(self._descriptor)
            self._descriptor = None

    def holder(self) -> str:
        """Who holds the lock, as they said; empty when nobody does."""
        try:
            return self.path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""

    def _is_current(self, descriptor: int) -> bool:
        try:
            return os.path.samestat(os.fstat(descriptor), self.path.stat())
        except FileNotFoundError:
            return False
