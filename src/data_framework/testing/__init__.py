"""Shipped tests and backends in memory: a backend of your own certifies itself by inheriting a suite (with pytest)."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from data_framework.testing.engine.conformance import EngineConformance
    from data_framework.testing.memory import MemoryState, MemoryStorage
    from data_framework.testing.state_conformance import StateConformance
    from data_framework.testing.storage_conformance import StorageConformance

__all__ = ["EngineConformance", "MemoryState", "MemoryStorage", "StateConformance", "StorageConformance"]

_HOMES = {
    "EngineConformance": "engine.conformance", "MemoryState": "memory", "MemoryStorage": "memory",
    "StateConformance": "state_conformance", "StorageConformance": "storage_conformance",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    """Load a name when it is asked for: the backends in memory need no pytest, the suites do."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
