from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench import Bench
from conformance.engines import to_arrow
from data_framework.modules.catalogue.integrations.local.catalogue import LocalCatalogue
from data_framework.modules.data_process.integrations.spark.session.settings import SparkSettings, local_catalogue
from data_framework.modules.data_process.integrations.spark.spark_data_process import SparkDataProcess
from data_framework.modules.storage.integrations.local_storage import LocalStorage
from spark.small import SMALL


@pytest.fixture
def bench(tmp_path: Path, spark: Any) -> Iterator[Bench]:
    def engine(storage: LocalStorage, catalogue: LocalCatalogue) -> SparkDataProcess:
        return SparkDataProcess(storage, catalogue, SparkSettings(local_catalogue(tmp_path), extra=SMALL))

    made = Bench(tmp_path, engine, to_arrow)
    yield made
    made.engine.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of histories drawn at random one of each kind is enough here: the other engine meets them all."""
    here = Path(__file__).parent
    items[:] = [item for item in items if here not in item.path.parents or _seed(item) < 1]


def _seed(item: pytest.Item) -> int:
    call = getattr(item, "callspec", None)
    return int(call.params.get("seed", 0)) if call else 0
