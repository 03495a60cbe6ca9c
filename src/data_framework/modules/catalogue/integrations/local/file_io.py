"""Files of this machine for PyIceberg: without PyArrow, flushed to disk before anything refers to them."""

from __future__ import annotations

import os
import shutil
from io import BufferedReader, BufferedWriter
from io import FileIO as RawFile
from pathlib import Path
from typing import Any

from pyiceberg.io import FileIO, InputFile, OutputFile
from typing_extensions import override

from data_framework.modules.catalogue.integrations.iceberg.places import Files, plain_path
from data_framework.modules.config.model.tables import TableRef


class _Durable(RawFile):
    """A file that is on disk once it is closed."""

    @override
    def close(self) -> None:
        if not self.closed:
            os.fsync(self.fileno())
        super().close()


class LocalFile(InputFile, OutputFile):
    """One file, to read or to write."""

    def __init__(self, location: str) -> None:
        super().__init__(location)
        self.path = Path(plain_path(location))

    @override
    def __len__(self) -> int:
        return self.path.stat().st_size

    @override
    def exists(self) -> bool:
        return self.path.exists()

    @override
    def open(self, seekable: bool = True) -> BufferedReader:
        return self.path.open("rb")

    @override
    def create(self, overwrite: bool = False) -> BufferedWriter:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        return BufferedWriter(_Durable(self.path, "w" if overwrite else "x"))

    @override
    def to_input_file(self) -> LocalFile:
        return self


class LocalFiles(Files):
    """The files of tables below one folder: `<root>/<layer>/<database>/<table>`."""

    def __init__(self, root: Path) -> None:
        super().__init__()
        self.root = root

    @override
    def new_input(self, location: str) -> LocalFile:
        return LocalFile(location)

    @override
    def new_output(self, location: str) -> LocalFile:
        return LocalFile(location)

    @override
    def delete(self, location: str | InputFile | OutputFile) -> None:
        Path(plain_path(location if isinstance(location, str) else location.location)).unlink(missing_ok=True)

    @override
    def folder(self, ref: TableRef) -> str:
        return str(self.root / ref.layer / ref.database / ref.table)

    @override
    def layer(self, location: str, database: str, table: str) -> str | None:
        path = Path(plain_path(location))
        parts = path.relative_to(self.root).parts if path.is_relative_to(self.root) else ()
        return parts[0] if parts[1:3] == (database, table) else None

    @override
    def prepare(self, folder: str) -> None:
        Path(folder).mkdir(parents=True, exist_ok=True)

    @override
    def remove_folder(self, folder: str) -> None:
        if Path(folder).is_dir():
            shutil.rmtree(folder)

    @override
    def staged(self, folder: str, prefix: str) -> list[str]:
        return [str(path) for path in Path(folder).rglob(f"{prefix}*")]

    @override
    def written_before(self, folder: str, moment: float) -> list[str]:
        found = (path for path in Path(folder).rglob("*") if path.is_file() and not path.is_symlink())
        return sorted(str(path) for path in found if path.stat().st_mtime < moment)

    @override
    def filesystem(self) -> Any | None:
        return None

    @override
    def for_arrow(self) -> FileIO:
        from pyiceberg.io.pyarrow import PyArrowFileIO

        return PyArrowFileIO()
