"""The local run store: one SQLite file in the data root, durable before a verb returns."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

from typing_extensions import override

from data_framework.modules.exception import (
    RunStoreCorruptError,
    RunStoreError,
    RunStoreLockedError,
    RunStoreVersionError,
)
from data_framework.modules.state.documents import Change, Document, Put, Stored
from data_framework.modules.state.interface_state import StateInterface
from data_framework.modules.utils.locks import ProcessLock

_LAST = "\U0010ffff"
_PAGE = 500
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_APPLICATION = 0x44465253


class LocalState(StateInterface):
    """Documents in `state.db` (write-ahead log), claims as locks on files in `.claims/`.

    Args:
        data_root: The local data root; made when something is written.

    Attributes:
        migrations: SQL that lifts the file from version n to n + 1; the file's version is how many were applied.
        busy_seconds: How long a lock of another process is waited for.
    """

    migrations: ClassVar[tuple[str, ...]] = (
        "CREATE TABLE documents (collection TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL, "
        "version INTEGER NOT NULL, PRIMARY KEY (collection, key))",
    )
    busy_seconds: ClassVar[float] = 30.0

    def __init__(self, data_root: Path | str) -> None:
        self.path = Path(data_root) / "state.db"
        self._claims = Path(data_root) / ".claims"
        self._held: dict[str, ProcessLock] = {}
        self._opened: sqlite3.Connection | None = None
        self._guard = threading.RLock()

    @override
    def _get(self, collection: str, key: str) -> Stored | None:
        if self._absent:
            return None
        with self._connection() as connection:
            sql = "SELECT body, version FROM documents WHERE collection = ? AND key = ?"
            row = connection.execute(sql, (collection, key)).fetchone()
        return Stored(json.loads(row[0]), row[1]) if row else None

    @override
    def _commit(self, changes: Sequence[Change]) -> bool:
        with self._connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                done = all(_apply(connection, change) for change in changes)
                connection.execute("COMMIT" if done else "ROLLBACK")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
        return done

    @override
    def _keys(self, collection: str, prefix: str = "", *, start: str = "", limit: int | None = None) -> list[str]:
        sql = "SELECT key FROM documents WHERE collection = ? AND key >= ? AND key < ? ORDER BY key LIMIT ?"
        values = (collection, max(prefix, start), prefix + _LAST, -1 if limit is None else limit)
        if self._absent:
            return []
        with self._connection() as connection:
            return [row[0] for row in connection.execute(sql, values)]

    @override
    def _list(self, collection: str, prefix: str = "") -> Iterator[tuple[str, Document]]:
        sql = "SELECT key, body FROM documents WHERE collection = ? AND key {} ? AND key < ? ORDER BY key LIMIT ?"
        after, comparison = prefix, ">="
        while not self._absent:
            with self._connection() as connection:
                values = (collection, after, prefix + _LAST, _PAGE)
                page = connection.execute(sql.format(comparison), values).fetchall()
            yield from ((key, json.loads(body)) for key, body in page)
            if len(page) < _PAGE:
                return
            after, comparison = page[-1][0], ">"

    @override
    def _try_claim(self, name: str, owner: str) -> bool:
        lock = self._lock(name)
        with self._translated():
            taken = name not in self._held and lock.acquire(f"{owner} (process {os.getpid()})")
        if taken:
            self._held[name] = lock
        return taken

    @override
    def _release(self, name: str) -> None:
        lock = self._held.pop(name, None)
        if lock:
            lock.release()

    @override
    def _holder(self, name: str) -> str:
        return self._lock(name).holder()

    @override
    def _close(self) -> None:
        for name in list(self._held):
            self._release(name)
        with self._guard:
            if self._opened is not None:
                self._opened.close()
                self._opened = None

    @property
    def _absent(self) -> bool:
        """Whether there is nothing to read yet: the file is made by what is written first."""
        try:
            return self._opened is None and not self.path.stat()
        except FileNotFoundError:
            return True
        except OSError:  # what is wrong is said when it is opened
            return False

    def _lock(self, name: str) -> ProcessLock:
        return ProcessLock(self._claims / f"{hashlib.sha256(name.encode()).hexdigest()[:32]}.lock")

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        with self._guard, self._translated():
            if self._opened is None:
                self._opened = self._open()
            yield self._opened

    def _open(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(
            self.path, timeout=self.busy_seconds, isolation_level=None, check_same_thread=False
        )
        try:
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        if self._version(connection) < len(self.migrations):
            self._to_write_ahead(connection)
            self._migrate(connection)
        connection.execute("PRAGMA synchronous = FULL")

    def _version(self, connection: sqlite3.Connection) -> int:
        version, known = int(connection.execute("PRAGMA user_version").fetchone()[0]), len(self.migrations)
        if version > known:
            raise RunStoreVersionError(path=self.path, found=version, known=known)
        tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if tables and connection.execute("PRAGMA application_id").fetchone()[0] != _APPLICATION:
            raise RunStoreCorruptError(path=self.path, reason="it is a database of another program")
        return version

    def _to_write_ahead(self, connection: sqlite3.Connection) -> None:
        # Two processes that make the file at once: SQLite answers "locked" here without waiting.
        deadline = time.monotonic() + self.busy_seconds
        while True:
            try:
                connection.execute("PRAGMA journal_mode = WAL").fetchone()
            except sqlite3.OperationalError as error:
                if _code(error) not in _BUSY or time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
            else:
                return

    def _migrate(self, connection: sqlite3.Connection) -> None:
        connection.execute("BEGIN IMMEDIATE")
        try:
            # Another process may have done it meanwhile.
            for step in range(self._version(connection), len(self.migrations)):
                connection.execute(self.migrations[step])
                connection.execute(f"PRAGMA user_version = {step + 1}")
            connection.execute(f"PRAGMA application_id = {_APPLICATION}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            code = _code(error)
            if code in _BUSY:
                raise RunStoreLockedError(path=self.path, seconds=self.busy_seconds) from error
            kind = RunStoreCorruptError if code in _DAMAGED else RunStoreError
            raise kind(path=self.path, reason=str(error)) from error
        except OSError as error:
            raise RunStoreError(path=self.path, reason=error.strerror or str(error)) from error


def _apply(connection: sqlite3.Connection, change: Change) -> bool:
    if not isinstance(change, Put):
        sql = "DELETE FROM documents WHERE collection = ? AND key = ?"
        connection.execute(sql, (change.collection, change.key))
        return True
    body = json.dumps(change.document, default=_plain)
    if change.expected:
        sql = "UPDATE documents SET body = ?, version = version + 1 WHERE collection = ? AND key = ? AND version = ?"
        return connection.execute(sql, (body, change.collection, change.key, change.expected)).rowcount == 1
    sql = "INSERT INTO documents VALUES (?, ?, ?, 1) ON CONFLICT DO "
    sql += "NOTHING" if change.expected == 0 else "UPDATE SET body = excluded.body, version = version + 1"
    return connection.execute(sql, (change.collection, change.key, body)).rowcount == 1


def _plain(value: object) -> object:
    return dict(value) if isinstance(value, Mapping) else str(value)


def _code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF
