"""The engine of many machines: the same plans and verbs on Spark SQL, Spark DataFrames at the user's surface."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from pyspark.sql import DataFrame
from typing_extensions import override

from data_framework.modules.aws import AwsSettings
from data_framework.modules.catalogue import CatalogueInterface
from data_framework.modules.data_process.files.limits import FileLimits
from data_framework.modules.data_process.integrations.spark.aside.quarantine import set_aside
from data_framework.modules.data_process.integrations.spark.desk import Desk
from data_framework.modules.data_process.integrations.spark.explain import explain
from data_framework.modules.data_process.integrations.spark.failures import SPARK_ERRORS
from data_framework.modules.data_process.integrations.spark.one_pass.audit import Auditor
from data_framework.modules.data_process.integrations.spark.one_pass.batches import batches_of
from data_framework.modules.data_process.integrations.spark.one_pass.culprits import without_culprits
from data_framework.modules.data_process.integrations.spark.one_pass.holding import hold
from data_framework.modules.data_process.integrations.spark.one_pass.prepare import pin
from data_framework.modules.data_process.integrations.spark.one_pass.prepared import Pinned
from data_framework.modules.data_process.integrations.spark.one_pass.query import run_query
from data_framework.modules.data_process.integrations.spark.session.sessions import open_session
from data_framework.modules.data_process.integrations.spark.session.settings import SparkSettings
from data_framework.modules.data_process.integrations.spark.user_code import travels
from data_framework.modules.data_process.integrations.spark.verbs.tables import TableVerbs
from data_framework.modules.data_process.integrations.spark.work_files import work_files
from data_framework.modules.data_process.integrations.spark.writing.publish import publish
from data_framework.modules.data_process.interface_data_process import Prepared
from data_framework.modules.data_process.plan.model import QueryCheck, QuerySource, TablePlan, TableSource, Written
from data_framework.modules.data_process.sql import bind, parse_select

if TYPE_CHECKING:
    from data_framework.modules.config import Config
    from data_framework.modules.data_process.sizing import Sizing
    from data_framework.modules.storage import StorageInterface


class SparkDataProcess(TableVerbs):
    """Spark inside and at the surface.

    Args:
        storage: Where work files go.
        catalogue: The tables.
        settings: What the session is opened with, when it is first needed.
        limits: What a raw file may be at most.
        keep_snapshots: How many of a table's latest snapshots a commit leaves.
        aws: How tasks reach the raw layer, where it is a bucket.
    """

    name = "emr"

    def __init__(
        self, storage: StorageInterface, catalogue: CatalogueInterface, settings: SparkSettings,
        limits: FileLimits | None = None, keep_snapshots: int = 30, aws: AwsSettings | None = None,
    ) -> None:  # fmt: skip
        self._storage, self._catalogue, self._settings = storage, catalogue, settings
        self._limits, self._keep_snapshots = limits or FileLimits(), keep_snapshots
        self._aws = aws
        self._open = ExitStack()

    @classmethod
    @override
    def of(cls, config: Config, storage: StorageInterface, catalogue: CatalogueInterface, sizing: Sizing) -> Self:
        settings = SparkSettings.of(config, sizing)
        limits, kept = FileLimits.of(config.platform.limits), config.platform.retention.snapshots
        reached = replace(config.aws.settings, region=config.aws.region, account="") if settings.on_aws else None
        return cls(storage, catalogue, settings, limits, kept, reached)

    # a table's plan -------------------------------------------------------------------------------------------------
    @override
    def explain(self, plan: TablePlan) -> list[str]:
        return explain(plan)

    @override
    def prepare(self, plan: TablePlan) -> Pinned:
        desk = self._own_desk()
        try:
            pinned, errors = pin(desk, plan, lambda source: run_query(desk, source))
            try:
                return self._audited(pinned, errors)
            except SPARK_ERRORS as error:
                pinned, errors = without_culprits(pinned, errors, error)
                return self._audited(pinned, errors)
        except BaseException:
            _forget(desk)
            raise

    @override
    def set_aside(self, prepared: Prepared, properties: Mapping[str, str]) -> int:
        return set_aside(_pinned(prepared), properties)

    @override
    def commit(self, prepared: Prepared, properties: Mapping[str, str]) -> Written:
        return publish(_pinned(prepared), properties, self._prepared)

    @override
    def discard(self, prepared: Prepared) -> None:
        _forget(_pinned(prepared).desk)

    @override
    def accepted(self, plan: TablePlan) -> DataFrame:
        return self.prepare(plan).in_flight()  # its work files go when the engine is closed

    # queries --------------------------------------------------------------------------------------------------------
    @override
    def batches(self, source: QuerySource, parameters: Mapping[str, Any] | None = None) -> Iterator[Any]:
        select = bind(source.select, parameters) if parameters else source.select
        return batches_of(self.desk, run_query(self.desk, QuerySource(select, source.tables)))

    @override
    def frame(self, source: TableSource | QuerySource) -> DataFrame:
        if isinstance(source, TableSource):
            source = QuerySource(parse_select("select * from source_table"), {"source_table": source})
        return run_query(self.desk, source)

    @override
    def peak_memory(self) -> int:
        """The most memory one executor held so far: its heap and what Spark holds beside it."""
        if "desk" not in self.__dict__:
            return 0
        known = self.desk.session.sparkContext._jsc.sc().statusStore().executorList(False)
        peaks = [known.apply(place).peakMemoryMetrics() for place in range(known.size())]
        parts = ("JVMHeapMemory", "JVMOffHeapMemory")
        return max((sum(peak.get().getMetricValue(part) for part in parts) for peak in peaks if peak.isDefined()),
                   default=0)  # fmt: skip

    @override
    def close(self) -> None:
        self._open.close()
        with suppress(AttributeError):
            del self.desk

    # inside ---------------------------------------------------------------------------------------------------------
    @cached_property
    @override
    def desk(self) -> Desk:
        """The session and a folder for work files, opened when they are first needed."""
        session = open_session(self._settings)
        travels()
        alone = bool(session.sparkContext._jsc.sc().isLocal())
        folder = self._open.enter_context(work_files(self._storage, alone=alone))
        return Desk(session, self._catalogue, folder, self._limits, self._keep_snapshots, self._aws)

    @contextmanager
    def _prepared(self, plan: TablePlan) -> Iterator[Pinned]:
        pinned = self.prepare(plan)
        try:
            yield pinned
        finally:
            self.discard(pinned)

    def _own_desk(self) -> Desk:
        """A desk with a folder for the work files of one plan."""
        return replace(self.desk, folder=self.desk.folder.below(f"plan-{uuid.uuid4().hex[:12]}"))

    def _audited(self, pinned: Pinned, errors: Mapping[str, str]) -> Pinned:
        def answer(check: QueryCheck, data: DataFrame) -> DataFrame:
            return run_query(pinned.desk, QuerySource(check.select, check.tables), data)

        hold(pinned)
        pinned.verdict = Auditor(pinned, answer).audit(errors)
        return pinned


def _forget(desk: Desk) -> None:
    """Remove the work files of a plan."""
    desk.folder.clear()


def _pinned(prepared: Prepared) -> Pinned:
    assert isinstance(prepared, Pinned)
    return prepared
