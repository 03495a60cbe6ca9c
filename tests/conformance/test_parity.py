"""Spark answers every case as the local engine does, and there is nothing that is neither shown nor never asked."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.engines import to_arrow
from data_framework.testing import EngineConformance


class TestSpark(EngineConformance):
    technology = "emr"

    @pytest.fixture(autouse=True)
    def _started(self, spark: Any) -> None:
        """Its session is small, and there is one."""

    @staticmethod
    def arrow(frame: Any) -> Any:
        return to_arrow(frame)
