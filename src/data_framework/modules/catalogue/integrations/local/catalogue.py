"""The catalogue of one machine: Iceberg tables below a folder, their names in one SQLite file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from typing_extensions import override

from data_framework.modules.catalogue.integrations.iceberg.catalogue import IcebergCatalogue
from data_framework.modules.catalogue.integrations.local.file_io import LocalFiles
from data_framework.modules.catalogue.integrations.local.metastore import Metastore
from data_framework.modules.catalogue.integrations.local.raw_tables import RawTables
from data_framework.modules.config.model.tables import TableRef
from data_framework.modules.exception import ProjectMovedError, TableLockedError


class LocalCatalogue(IcebergCatalogue):
    """Iceberg tables in `<data root>/<layer>/<database>/<table>`, named in `<data root>/catalogue.db`.

    Args:
        data_root: The folder of all layers.
        name: The Iceberg catalogue's name, as Spark and others address it.
        keep_snapshots: How many of a table's latest snapshots a commit leaves.
        lock_seconds: How long to wait for another writer of the same table.
    """

    def __init__(
        self, data_root: Path, name: str = "iceberg_catalog", keep_snapshots: int = 30, lock_seconds: float = 600.0
    ) -> None:
        self._root = data_root.resolve()
        self._metastore = Metastore(self._root / "catalogue.db", name)
        super().__init__(self._metastore, RawTables(self._metastore), LocalFiles(self._root), keep_snapshots)
        self._lock_seconds = lock_seconds
        self._locks: dict[TableRef, Any] = {}
        self._stay_where_written()

    @override
    @contextmanager
    def lock(self, ref: TableRef) -> Iterator[None]:
        from filelock import FileLock, Timeout

        if ref not in self._locks:
            folder = self._root / ".locks"
            folder.mkdir(exist_ok=True)
            self._locks[ref] = FileLock(folder / f"{ref.layer}.{ref.database}.{ref.table}.lock")
        try:
            held = self._locks[ref].acquire(timeout=self._lock_seconds)
        except Timeout as error:
            raise TableLockedError(table=str(ref), seconds=self._lock_seconds) from error
        with held:
            yield

    def _stay_where_written(self) -> None:
        """Refuse a data root that was moved or copied: its tables point to files elsewhere."""
        here, written = str(self._root), self._metastore.setting("data_root")
        if written == here:
            return
        if written and (self._metastore.tables() or self._raw.tables()):
            raise ProjectMovedError(here=here, home=written)
        self._metastore.keep_setting("data_root", here)
