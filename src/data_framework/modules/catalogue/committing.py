"""One way to commit beside other writers: under the table's lock, computed again when another was faster."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from data_framework.modules.catalogue.interface_catalogue import CatalogueInterface
from data_framework.modules.config.model.tables import TableRef
from data_framework.modules.exception import CommitConflictError

_ATTEMPTS = 12
_PAUSE_SECONDS = 0.05

Answer = TypeVar("Answer")


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
