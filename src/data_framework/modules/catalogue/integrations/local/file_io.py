"""Files of this machine for PyIceberg: without PyArrow, flushed to disk before anything refers to them."""

from __future__ import annotations

import os
from io import BufferedReader, BufferedWriter
from io import FileIO as RawFile
from pathlib import Path
from urllib.parse import unquote

from pyiceberg.io import FileIO, InputFile, OutputFile
from typing_extensions import override


def local_path(location: str) -> str:
    """Return the plain path of a location: Spark writes `file:/a`, others `file:///a`, this framework `/a`.

    Example:
        >>> local_path("file:/a/b"), local_path("file:///a%20b"), local_path("/a%20b")
        ('/a/b', '/a b', '/a%20b')
    """
    if not location.startswith("file:"):
        return location
    path = location.removeprefix("file:")
    return unquote("/" + path.lstrip("/"))


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
        self.path = Path(local_path(location))

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


class LocalFileIO(FileIO):
    """The door to local files that tables are loaded with."""

    @override
    def new_input(self, location: str) -> LocalFile:
        return LocalFile(location)

    @override
    def new_output(self, location: str) -> LocalFile:
        return LocalFile(location)

    @override
    def delete(self, location: str | InputFile | OutputFile) -> None:
        Path(local_path(location if isinstance(location, str) else location.location)).unlink(missing_ok=True)
