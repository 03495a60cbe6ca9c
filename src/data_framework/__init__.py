"""Data Platform Framework: whole dataflows, landed file to report, from JSON configuration.

Public names are imported when first used, so that importing the package costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from data_framework.launcher import open_project
    from data_framework.modules.config import Config, open_config
    from data_framework.modules.dataflow import DataFlowInterface
    from data_framework.modules.exception import DataFrameworkError

__version__ = "0.1.0"
__all__ = ["Config", "DataFlowInterface", "DataFrameworkError", "open_config", "open_project"]

_HOMES = {
    "Config": "data_framework.modules.config",
    "DataFlowInterface": "data_framework.modules.dataflow",
    "DataFrameworkError": "data_framework.modules.exception",
    "open_config": "data_framework.modules.config",
    "open_project": "data_framework.launcher",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
