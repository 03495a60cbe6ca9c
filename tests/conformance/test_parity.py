"""Spark answers every case as the local engine does, and there is nothing that is neither shown nor never asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from data_framework.modules.data_process.integrations.spark.session.settings import SparkSettings, local_catalogue
from data_framework.modules.data_process.integrations.spark.spark_data_process import SparkDataProcess
from data_framework.testing import EngineConformance
from data_framework.testing.engine.bench import Bench

QUICK = {"files_however_they_are_written", "test_everything_is_shown_or_never_asked"}


class TestSpark(EngineConformance):
    @pytest.fixture
    def bench(self, tmp_path: Path, spark: Any) -> Iterator[Bench]:
        settings = SparkSettings(local_catalogue(tmp_path))
        made = Bench(tmp_path, lambda storage, catalogue: SparkDataProcess(storage, catalogue, settings),
                     lambda frame: frame.toArrow())  # fmt: skip
        yield made
        made.engine.close()
