"""Errors of reading and writing bytes by layer and key, and of the run store."""

from typing import ClassVar

from data_framework.modules.exception.base import DataFrameworkError


class StorageError(DataFrameworkError):
    """Bytes could not be read or written."""


class StorageReadError(StorageError):
    """An object could not be read."""

    what: ClassVar[str] = "Could not read {key!r} of layer {layer}: {reason}."
    advice: ClassVar[str] = "Check that it is there and readable, then run again."


class StorageWriteError(StorageError):
    """An object could not be written."""

    what: ClassVar[str] = "Could not write {key!r} of layer {layer}: {reason}."
    advice: ClassVar[str] = "Check free space and permissions, then run again."
