"""One way to commit beside other writers: under the table's lock, computed again when another was faster.

A table comes into being with its first commit: until then it is only reserved, and nobody sees it.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from data_framework.modules.catalogue.interface_catalogue import CatalogueInterface, DataFile, Snapshot, TableSchema
from data_framework.modules.config.model.tables import TableRef
from data_framework.modules.exception import CommitConflictError, SchemaChangeError

_ATTEMPTS = 12
_PAUSE_SECONDS = 0.05

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Standing:
    """A table as a change finds it.

    Attributes:
        snapshot: The current one, None of a table without rows so far.
        files: Its data files.
        create: What it is made as with its first commit, None where it is there.
    """

    snapshot: Snapshot | None
    files: list[DataFile]
    create: TableSchema | None

    @property
    def base(self) -> int | None:
        """The snapshot a change is computed from."""
        return self.snapshot.snapshot_id if self.snapshot else None


def standing(catalogue: CatalogueInterface, ref: TableRef, schema: TableSchema) -> Standing:
    """A table as it is now, or as it was reserved.

    Args:
        catalogue: Where it is.
        ref: The table.
        schema: What files were staged for.

    Raises:
        SchemaChangeError: Another process made it otherwise meanwhile; a new run takes its columns as they are.
    """
    if not catalogue.exists(ref):
        return Standing(None, [], replace(schema, field_ids={}, properties={}))
    if not schema.field_ids.items() <= catalogue.schema(ref).field_ids.items():
        raise SchemaChangeError(table=str(ref), reason="another process has just made it with other columns")
    return Standing(catalogue.snapshot(ref), catalogue.files(ref), None)


def committed(catalogue: CatalogueInterface, ref: TableRef, compute: Callable[[], Answer]) -> Answer:
    """Compute a change from the table as it is now and commit it, a bounded number of times.

    Args:
        catalogue: Where the table is.
        ref: The table.
        compute: Reads the table, commits and answers; called again when the table has moved on.

    Raises:
        CommitConflictError: Other writers were faster every time.
    """
    for attempt in range(1, _ATTEMPTS):
        try:
            with catalogue.lock(ref):
                return compute()
        except CommitConflictError:
            time.sleep(random.uniform(0, _PAUSE_SECONDS * attempt))
    with catalogue.lock(ref):
        return compute()
