"""What keeps a table fast and its folder free of leavings: small files joined, old snapshots forgotten, orphans swept.

All of it is safe beside runs. Joined files are exchanged in one commit that touches nothing others add, a snapshot that
recovery may still look for is not forgotten, and a file that nothing refers to is left alone until it is old.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from data_framework.modules.catalogue import committed
from data_framework.modules.config import TableRef
from data_framework.modules.data_process import Compaction, open_compactor

if TYPE_CHECKING:
    from data_framework.modules.dataflow.runtime import Runtime

_WAITS = "a publish of it is open: run its dataflow first"
_MANY = 1_000_000


@dataclass(frozen=True)
class Upkeep:
    """How a table is kept.

    Attributes:
        snapshots: How many of the latest snapshots stay.
        orphan_seconds: How old a file that nothing refers to must be before it is removed.
    """

    snapshots: int
    orphan_seconds: float


@dataclass(frozen=True)
class Maintained:
    """What was, or would be, done to one table.

    Attributes:
        compaction: Its small files.
        snapshots: How many snapshots are forgotten.
        orphans: The files that are removed.
    """

    ref: TableRef
    compaction: Compaction
    snapshots: int
    orphans: tuple[str, ...]


def planned(runtime: Runtime, ref: TableRef, upkeep: Upkeep) -> Maintained:
    """What `maintain` would do to a table as it is now; nothing is changed."""
    catalogue = runtime.catalogue
    orphans = tuple(catalogue.orphans(ref, time.time() - upkeep.orphan_seconds))
    if _waits(runtime, ref):
        return Maintained(ref, Compaction(left_alone=_WAITS), 0, orphans)
    compaction = open_compactor(runtime.config, runtime.storage, catalogue).plan(ref)
    snapshots = _snapshots(runtime, ref) + (1 if compaction.files_before else 0)
    return Maintained(ref, compaction, max(0, snapshots - upkeep.snapshots), orphans)


def maintain(runtime: Runtime, ref: TableRef, upkeep: Upkeep) -> Maintained:
    """Join small files, forget old snapshots and remove old orphans of one table.

    Raises:
        DataProcessError: Small files could not be joined; the table is as it was.
        CatalogueError: A snapshot or a file could not be removed; the next call tries again.
    """
    catalogue, compaction, gone = runtime.catalogue, Compaction(left_alone=_WAITS), 0
    if not _waits(runtime, ref):
        contract = runtime.config.contract(ref.database, ref.table)
        compactor = open_compactor(runtime.config, runtime.storage, catalogue)
        before = _snapshots(runtime, ref)
        compaction = compactor.compact(ref, contract.sort_order if contract else ())
        committed(catalogue, ref, lambda: catalogue.expire_snapshots(ref, upkeep.snapshots))
        gone = before + (1 if compaction.files_before else 0) - _snapshots(runtime, ref)
    with catalogue.lock(ref):
        orphans = catalogue.orphans(ref, time.time() - upkeep.orphan_seconds)
        catalogue.discard_files(orphans)
    return Maintained(ref, compaction, max(0, gone), tuple(orphans))


def _snapshots(runtime: Runtime, ref: TableRef) -> int:
    return len(runtime.catalogue.history(ref, _MANY))


def _waits(runtime: Runtime, ref: TableRef) -> bool:
    """Whether commits and snapshots must wait: recovery looks among the snapshots for what a killed run committed."""
    publishes = (publish for name in runtime.config.dataflows for publish in runtime.state.open_publishes(name))
    targets = (TableRef(publish.layer, publish.database, publish.table) for publish in publishes)
    return any(ref in {target, target.quarantine} for target in targets)
