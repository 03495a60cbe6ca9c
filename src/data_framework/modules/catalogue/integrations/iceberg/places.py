"""What a catalogue of Iceberg tables stands on: files somewhere, pointers to metadata somewhere, raw partitions."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from typing import Any, Protocol
from urllib.parse import unquote

from pyiceberg.io import FileIO
from pyiceberg.table.metadata import TableMetadata

from data_framework.modules.catalogue.raw_shape import RawShape
from data_framework.modules.config.model.tables import TableRef


def plain_path(location: str) -> str:
    """Return the plain path of a location: Spark writes `file:/a` or `s3a://b/k`, others `file:///a`, we `/a`.

    Example:
        >>> plain_path("file:/a/b"), plain_path("file:///a%20b"), plain_path("/a%20b"), plain_path("s3a://b/k")
        ('/a/b', '/a b', '/a%20b', 's3://b/k')
    """
    if location.startswith(("s3a://", "s3n://")):
        return f"s3{location[3:]}"
    if not location.startswith("file:"):
        return location
    path = location.removeprefix("file:")
    return unquote("/" + path.lstrip("/"))


class Files(FileIO):
    """The door to the files of tables, and where each table's are."""

    @abstractmethod
    def folder(self, ref: TableRef) -> str:
        """The folder of a table."""

    @abstractmethod
    def layer(self, location: str, database: str, table: str) -> str | None:
        """The layer a location is in, if it is in a table's own folder."""

    @abstractmethod
    def prepare(self, folder: str) -> None:
        """Make a folder, where folders are made."""

    @abstractmethod
    def remove_folder(self, folder: str) -> None:
        """Delete a folder and all in it."""

    @abstractmethod
    def staged(self, folder: str, prefix: str) -> list[str]:
        """The files in or below a folder whose name begins with a prefix."""

    @abstractmethod
    def written_before(self, folder: str, moment: float) -> list[str]:
        """The files in or below a folder that were last written before a moment (seconds since 1970)."""

    @abstractmethod
    def filesystem(self) -> Any | None:
        """The fsspec file system an engine reads and writes these files through; None where paths are plain."""

    @abstractmethod
    def for_arrow(self) -> FileIO:
        """The door PyArrow reads through."""


class Pointers(Protocol):
    """Where each table's current metadata is: the one thing a commit swaps.

    Attributes:
        name: What it is, for messages.
    """

    @property
    def name(self) -> str: ...

    def location(self, database: str, table: str) -> str | None:
        """Where a table's current metadata is, or None when there is no such table."""

    def tables(self) -> list[tuple[str, str, str]]:
        """Every table: database, name, metadata location."""

    def insert(self, database: str, table: str, location: str, metadata: TableMetadata) -> bool:
        """Enter a new table; False when another process was faster."""

    def swap(
        self, database: str, table: str, old: str, new: str, metadata: TableMetadata, expired: Iterable[str] = ()
    ) -> bool:
        """Point a table to new metadata if it still points to the old, noting files nothing will refer to any more."""

    def remove(self, database: str, table: str) -> None:
        """Forget a table."""

    def expired_before(self, database: str, table: str, moment: float) -> list[str]:
        """Files no snapshot refers to since before a moment."""

    def forget_expired(self, database: str, table: str, paths: Iterable[str]) -> None:
        """Note that expired files are deleted."""


class RawPartitions(Protocol):
    """The partitions of raw tables, which are files and no Iceberg tables; a key is layer, database, table."""

    def partitions(self, key: tuple[str, str, str]) -> dict[str, str]:
        """Value → location of a raw table's partitions, in order."""

    def add(self, key: tuple[str, str, str], field: str, value: str, location: str, shape: RawShape) -> None:
        """Enter a partition, and its table on first use."""

    def drop(self, key: tuple[str, str, str], value: str) -> None:
        """Forget a partition."""

    def tables(self) -> list[tuple[str, str, str]]:
        """The raw tables that have partitions."""
