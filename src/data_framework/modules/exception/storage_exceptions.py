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


class UnsafeKeyError(StorageError):
    """A key or layer would leave the place it belongs to."""

    exit_code: ClassVar[int] = 2
    what: ClassVar[str] = "{key!r} is no key of layer {layer!r}: {reason}."
    advice: ClassVar[str] = "Name an object by its path below the layer, with '/' between the parts."


class RunStoreError(StorageError):
    """The run store could not be used."""

    what: ClassVar[str] = "Could not use the run store {path}: {reason}."
    advice: ClassVar[str] = "Check free space and permissions, then run again."


class RunStoreCorruptError(RunStoreError):
    """The run store's file is damaged or something else."""

    what: ClassVar[str] = "The run store {path} is damaged or no run store: {reason}."
    advice: ClassVar[str] = "Put it back from a backup. Without it the data root has to be built again from landing."


class RunStoreLockedError(RunStoreError):
    """Another process kept the run store locked for too long."""

    what: ClassVar[str] = "The run store {path} was locked by another process for {seconds:g} seconds."
    advice: ClassVar[str] = "Close programs that have it open (a database browser?), then run again."


class RunStoreVersionError(RunStoreError):
    """The run store was written by a newer version of the framework."""

    exit_code: ClassVar[int] = 2
    what: ClassVar[str] = "The run store {path} has version {found}; this data-framework knows versions up to {known}."
    advice: ClassVar[str] = "Update data-framework: a newer one has written here."


class ProjectMovedError(RunStoreError):
    """The local data root was moved or copied; its tables hold absolute paths."""

    exit_code: ClassVar[int] = 2
    what: ClassVar[str] = "This data root is {here}, but its tables were written at {home} and hold paths of there."
    advice: ClassVar[str] = (
        "Move it back to {home}; or build it again here: keep {here}/landing, remove everything else in {here}, "
        "and run the dataflows."
    )


class ClaimedElsewhereError(RunStoreError):
    """Another run holds what this one needs, and did not let go in time."""

    what: ClassVar[str] = "{name} is still held by {holder} after {seconds:g} seconds."
    advice: ClassVar[str] = "Wait for that run to end, or allow more time with --wait, then run again."


class LeaseLostError(RunStoreError):
    """A claim ran out while this run worked on what it is for, and another run has it now."""

    what: ClassVar[str] = "The claim {name!r} in {path} was lost: it could not be renewed in time."
    advice: ClassVar[str] = "Run again: what was published counts, what was not is done again."


class UnknownRunError(RunStoreError):
    """There is no run of that id, or more than one that begins so."""

    exit_code: ClassVar[int] = 2
    what: ClassVar[str] = "{count} runs have an id that begins with {run_id!r}."
    advice: ClassVar[str] = "Choose one of the ids that `data-framework runs list` prints."
