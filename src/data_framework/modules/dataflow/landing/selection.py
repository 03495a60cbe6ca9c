"""Which landed files belong to a dataflow: by `config_match_by`, else by `filename_pattern`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from data_framework.modules.dataflow.landing.dating import sorting_date
from data_framework.modules.exception import (
    DataFrameworkError,
    NotOfDataflowError,
    OutsideLandingError,
    SeveralDataflowsError,
    StorageError,
)
from data_framework.modules.state import Delivery
from data_framework.modules.utils.regex import compile_pattern

if TYPE_CHECKING:
    from data_framework.modules.config import Config, Dataflow
    from data_framework.modules.dataflow.runtime import Runtime
    from data_framework.modules.storage import StoredObject

LAYER, PROCESS = "landing", "landing_to_raw"


@dataclass(frozen=True)
class Landed:
    """A landed object and whose it is: one dataflow's, or (none or several) nobody's, and why."""

    stored: StoredObject
    owners: tuple[str, ...] = ()
    reason: str = ""

    @property
    def dataflow(self) -> str:
        """The one dataflow it belongs to, or ""."""
        return self.owners[0] if len(self.owners) == 1 else ""


@dataclass
class Selection:
    """The landed files a run takes, in order of file date, arrival and key.

    Attributes:
        files: Files of the dataflow to take now.
        errors: Files that several dataflows claim, this one among them.
    """

    files: list[StoredObject] = field(default_factory=list)
    errors: list[DataFrameworkError] = field(default_factory=list)


def select(runtime: Runtime, dataflow: Dataflow, names: Sequence[str] = (), prefix: str = "") -> Selection:
    """Select the landed files of a dataflow.

    Args:
        runtime: Storage, run store and configuration.
        dataflow: Whose files.
        names: Files named by the user, by key, base name or path: exactly these, seen or not. Without any, every
            file not yet seen.
        prefix: Only keys that begin with it.

    Raises:
        OutsideLandingError: A named file is not in the landing layer.
        NotOfDataflowError: A named file is not this dataflow's.
    """
    found = Selection()
    seen = set() if names else runtime.state.seen(dataflow.name)
    listed = _named(runtime, names) if names else runtime.storage.list(LAYER, prefix)
    for stored in listed:
        if not names and (stored.problem or not _claims(dataflow, stored.name)):
            continue  # `landing status` says of these whose they are
        landed = judge(runtime.config, stored)
        if landed.dataflow == dataflow.name:
            found.files += [stored] if identity(stored) not in seen else []
        elif dataflow.name in landed.owners:
            found.errors.append(SeveralDataflowsError(key=stored.key, dataflows=", ".join(landed.owners)))
        elif names:
            reason = landed.reason or f"it belongs to {landed.dataflow!r}"
            raise NotOfDataflowError(key=stored.key, dataflow=dataflow.name, reason=reason)
    incoming = dataflow.process(PROCESS).incoming_file
    zone = runtime.config.platform.time_zone
    found.files.sort(key=lambda one: (sorting_date(incoming, one, zone), one.modified, one.key))
    return found


def judge(config: Config, stored: StoredObject) -> Landed:
    """Say whose a landed object is."""
    if stored.problem:
        return Landed(stored, reason=f"it is {stored.problem}")
    owners = tuple(dataflow.name for dataflow in config.dataflows.values() if _claims(dataflow, stored.name))
    if len(owners) > 1:
        return Landed(stored, owners, f"several dataflows claim it: {', '.join(owners)}")
    return Landed(
        stored, owners, "" if owners else "no dataflow's config_match_by or filename_pattern matches its name"
    )


def identity(stored: StoredObject) -> str:
    """What makes a landed object the same one, as the ledger knows it."""
    return Delivery("", stored.key, stored.size, stored.modified, stored.version).identity


def _claims(dataflow: Dataflow, name: str) -> bool:
    process = dataflow.processes.get(PROCESS)
    if process is None or process.incoming_file is None:
        return False
    matched = dataflow.matches(name)
    if matched is not None:
        return matched
    return compile_pattern(process.incoming_file.filename_pattern).fullmatch(name) is not None


def _named(runtime: Runtime, names: Sequence[str]) -> Iterator[StoredObject]:
    listed: list[StoredObject] | None = None
    for name in names:
        key = _key(runtime, name)
        stored = _stat(runtime, key)
        if stored is None and "/" not in key:
            listed = list(runtime.storage.list(LAYER)) if listed is None else listed
            same = [one for one in listed if one.name == key]
            stored = max(same, key=lambda one: one.modified, default=None)
        if stored is None:
            raise OutsideLandingError(name=name, reason="there is no such file")
        if stored.problem:
            raise OutsideLandingError(name=name, reason=f"it is {stored.problem}")
        yield stored


def _key(runtime: Runtime, name: str) -> str:
    """Turn what the user named into a key: an absolute path must lie below the landing folder."""
    base = runtime.storage.uri(LAYER, "x")[:-1]
    if "://" in base:
        if "://" in name and not name.startswith(base):
            raise OutsideLandingError(name=name, reason=f"it is not below {base}")
        return name.removeprefix(base)
    path = Path(name)
    root = Path(runtime.config.data_root) / LAYER
    if path.is_absolute():
        try:
            return path.relative_to(root).as_posix()
        except ValueError as error:
            raise OutsideLandingError(name=name, reason=f"it is not below {root}") from error
    if (Path.cwd() / path).is_relative_to(root) and (Path.cwd() / path).exists() and ".." not in path.parts:
        return (Path.cwd() / path).relative_to(root).as_posix()
    return path.as_posix()


def _stat(runtime: Runtime, key: str) -> StoredObject | None:
    try:
        return runtime.storage.stat(LAYER, key)
    except StorageError as error:
        raise OutsideLandingError(name=key, reason=str(error.context.get("reason") or error.message)) from error
