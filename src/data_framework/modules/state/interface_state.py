"""The contract of the run store: ledger of deliveries, publishes under way, runs, metrics, payloads and claims.

Everything is a JSON document in a collection under a key, so that a backend writes a few primitives (SQLite locally,
conditional puts on S3) and every verb is written once. Documents carry a version; writes can be conditional on it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

from data_framework.modules.exception import ClaimedElsewhereError, ProjectMovedError
from data_framework.modules.state.documents import Document, Put
from data_framework.modules.state.history import History, KeptResults, Publishes
from data_framework.modules.state.ledger import Ledger
from data_framework.modules.state.model import Delivery, Metric, Publish
from data_framework.modules.utils.logger import get_logger

__all__ = ["Delivery", "Document", "Metric", "Publish", "StateInterface"]

_logger = get_logger("state")


class StateInterface(Ledger, Publishes, KeptResults, History):
    """The run store. Verbs are concrete over the primitives of `Documents`.

    Attributes:
        poll_seconds: How often a claim that another holds is asked for again.
    """

    poll_seconds: ClassVar[float] = 0.1

    @contextmanager
    def claim(self, name: str, owner: str, wait_seconds: float = 600.0) -> Iterator[None]:
        """Hold a name for one owner; another waits with a message, then gets `ClaimedElsewhereError` (exit 3).

        Locally a dead owner's claim is free at once; elsewhere its lease runs out.

        Raises:
            ClaimedElsewhereError: It was not free in time.
        """
        self._wait_for(name, owner, wait_seconds)
        try:
            yield
        finally:
            self._release(name)

    def check_home(self, data_root: Path | str, *, note: bool = True) -> None:
        """Note where the local data root is when first asked (if `note`), and refuse one moved or copied since.

        Raises:
            ProjectMovedError: The tables of this data root were written somewhere else and hold paths of there.
        """
        here = os.path.abspath(data_root)  # noqa: PTH100 - a link to the data root is a way to it, not another place
        known = self._get("about", "home")
        if known is None and note:
            self._commit([Put("about", "home", {"data_root": here}, expected=0)])
            known = self._get("about", "home")
        home = known.document["data_root"] if known else here
        if os.path.realpath(home) != os.path.realpath(here):
            raise ProjectMovedError(here=here, home=home)

    def close(self) -> None:
        """Release what is open."""
        self._close()

    def _wait_for(self, name: str, owner: str, wait_seconds: float) -> None:
        began, told = time.monotonic(), False
        while not self._try_claim(name, owner):
            holder = self._holder(name) or "another run"
            if time.monotonic() - began >= wait_seconds:
                raise ClaimedElsewhereError(name=name, holder=holder, seconds=wait_seconds)
            if not told:
                _logger.warning("Waiting for %s, held by %s (up to %g seconds).", name, holder, wait_seconds)
                told = True
            time.sleep(self.poll_seconds)
