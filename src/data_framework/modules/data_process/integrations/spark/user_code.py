"""User code inside tasks: workers have no folder of the project, so its modules travel with the functions."""

from __future__ import annotations

import importlib
from contextlib import suppress

from pyspark import cloudpickle

_PACKAGE = "transformation"


def travels() -> None:
    """Let functions of the project's own modules be sent to tasks as they are, not by the name of their module."""
    with suppress(ImportError):  # a project may have no code
        cloudpickle.register_pickle_by_value(importlib.import_module(_PACKAGE))  # type: ignore[no-untyped-call]
