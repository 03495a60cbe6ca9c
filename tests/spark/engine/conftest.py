from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from bench import Bench

from data_framework.modules.catalogue.integrations.local.catalogue import LocalCatalogue
from data_framework.modules.data_process.integrations.spark.settings import SparkSettings, local_catalogue
from data_framework.modules.data_process.integrations.spark.spark_data_process import SparkDataProcess
from data_framework.modules.storage.integrations.local_storage import LocalStorage


def engine(root: Path, storage: LocalStorage, catalogue: LocalCatalogue) -> SparkDataProcess:
    return SparkDataProcess(storage, catalogue, SparkSettings(local_catalogue(root)))


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path, partial(engine, tmp_path), lambda frame: frame.toArrow())
    yield made
    made.engine.close()
