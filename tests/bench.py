"""The bench of engines over the local catalogue, for an engine that is made here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from data_framework.modules.catalogue.integrations.local.catalogue import LocalCatalogue
from data_framework.modules.storage.integrations.local_storage import LocalStorage
from data_framework.testing.engine import bench


class Bench(bench.Bench):
    """An engine over a real catalogue.

    Args:
        root: The data root.
        engine: Makes the engine.
        arrow: Turns a frame of the engine's into an Arrow table.
    """

    def __init__(
        self, root: Path, engine: Callable[[LocalStorage, LocalCatalogue], Any], arrow: Callable[[Any], Any]
    ) -> None:
        catalogue = LocalCatalogue(root)
        super().__init__(root, catalogue, engine(LocalStorage(root), catalogue), arrow)
