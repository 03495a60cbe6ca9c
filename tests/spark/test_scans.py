"""A plan reads its rows once for the verdict, once for each key, once for each write, and no more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bench import Bench
from conformance.engines import to_arrow
from data_framework.modules.catalogue.integrations.local.catalogue import LocalCatalogue
from data_framework.modules.data_process.integrations.spark.session.settings import SparkSettings, local_catalogue
from data_framework.modules.data_process.integrations.spark.spark_data_process import SparkDataProcess
from data_framework.modules.data_process.plan.model import AggregateCheck, KeyCheck, RowCheck
from data_framework.modules.data_process.sql import parse_condition, parse_expression
from data_framework.modules.storage.integrations.local_storage import LocalStorage

TYPES = {"id": "int", "v": "string", "w": "double"}
SOUND = "id,v,w\n" + "".join(f"{number},a{number % 7},{number}\n" for number in range(1, 200))


@pytest.fixture
def bench(tmp_path: Path, spark: Any) -> Any:
    def engine(storage: LocalStorage, catalogue: LocalCatalogue) -> SparkDataProcess:
        return SparkDataProcess(storage, catalogue, SparkSettings(local_catalogue(tmp_path)))

    made = Bench(tmp_path, engine, to_arrow)
    yield made
    made.engine.close()


class Scans:
    """How often rows were read, as the graphs of Spark's plans say."""

    def __init__(self, session: Any) -> None:
        self._context = session.sparkContext._jsc.sc()
        self._store = session._jsparkSession.sharedState().statusStore()
        self._before = self._last()

    def since(self) -> int:
        """The scans of files or tables since it was asked last."""
        last, before = self._last(), self._before
        self._before = last
        return sum(self._of(number) for number in range(before + 1, last + 1))

    def _last(self) -> int:
        self._context.listenerBus().waitUntilEmpty(20_000)
        every = self._store.executionsList()
        return max((every.apply(place).executionId() for place in range(every.size())), default=-1)

    def _of(self, number: int) -> int:
        nodes = self._store.planGraph(number).allNodes()
        names = [nodes.apply(place).name() for place in range(nodes.size())]
        return sum("Scan " in name and "OneRow" not in name and "ExistingRDD" not in name for name in names)


@pytest.mark.quick
def test_one_scan_for_the_verdict_one_for_each_key_one_for_the_write(bench: Bench) -> None:
    checks = (
        RowCheck("r", "r", ("w",), parse_condition("w > 0")),
        RowCheck("s", "s", ("v",), parse_condition("v like 'a%'")),
        KeyCheck("k", "k", ("w",)), KeyCheck("l", "l", ("v", "id")),
        AggregateCheck("n", "n", (), parse_expression("count(*)")),
    )  # fmt: skip
    plan = bench.plan([bench.csv(SOUND)], TYPES, checks=checks)
    scans = Scans(bench.engine.desk.session)
    prepared = bench.engine.prepare(plan)
    assert scans.since() == 1 + 2
    assert bench.engine.set_aside(prepared, {}) == 0
    assert scans.since() == 0  # nothing is written where nothing is set aside
    bench.engine.commit(prepared, {})
    assert scans.since() == 1
    bench.engine.discard(prepared)


def test_a_merge_judges_its_key_once(bench: Bench) -> None:
    plan = bench.plan([bench.csv(SOUND)], TYPES, write_mode="merge", primary_keys=("id",))
    scans = Scans(bench.engine.desk.session)
    prepared = bench.engine.prepare(plan)
    assert scans.since() == 1 + 1
    bench.engine.commit(prepared, {})
    assert scans.since() == 1
    bench.engine.discard(prepared)
