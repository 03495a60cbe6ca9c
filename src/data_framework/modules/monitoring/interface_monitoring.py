"""The contract of monitoring: what a run measures, under the names, units and dimensions that dashboards know."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Protocol

from data_framework.modules.exception import DataFrameworkError
from data_framework.modules.utils.logger import get_logger

NAMESPACE = "DataFramework/Product"
MEGABYTE = 1_000_000

METRICS: Mapping[str, tuple[str, str]] = MappingProxyType({
    "DataFlowStartEvent": ("None", "A dataflow began."),
    "DataFlowEndEvent": ("None", "A dataflow ended; the dimension Success says how."),
    "ProcessStartEvent": ("None", "A process began."),
    "ProcessEndEvent": ("None", "A process ended; the dimension Success says how."),
    "ProcessDuration": ("Seconds", "How long a process took."),
    "TableReadRecords": ("Count", "Rows read of a table."),
    "TableReadSize": ("Megabytes", "Bytes read of a table, in millions."),
    "TableWriteAddedRecords": ("Count", "Rows a write added."),
    "TableWriteAddedSize": ("Megabytes", "Bytes a write added, in millions."),
    "TableWriteDeletedRecords": ("Count", "Rows a write took away."),
    "TableWriteDeletedSize": ("Megabytes", "Bytes a write took away, in millions."),
    "TableWriteTotalRecords": ("Count", "Rows the table holds after a write."),
    "TableWriteTotalSize": ("Megabytes", "Bytes the table holds after a write, in millions."),
})  # fmt: skip
"""Every metric: its unit and what it says."""

_logger = get_logger("monitoring")


class TableName(Protocol):
    """What is needed of a table's name."""

    @property
    def database(self) -> str:
        """Its database."""

    @property
    def table(self) -> str:
        """Its name in it."""


@dataclass(frozen=True)
class RunDimensions:
    """What every metric of a process is labelled with; an empty one is left out, JobId is then the execution's."""

    execution_id: str
    project_id: str
    dataflow: str = ""
    process: str = ""
    job_id: str = ""

    def to_dict(self) -> dict[str, str]:
        """The dimensions by the names of the metrics."""
        named = {
            "ExecutionId": self.execution_id, "ProjectId": self.project_id, "DataFlow": self.dataflow,
            "Process": self.process, "JobId": self.job_id or self.execution_id,
        }  # fmt: skip
        return {name: value for name, value in named.items() if value}


@dataclass(frozen=True)
class Measurement:
    """One measured number, when it was measured (ISO UTC), and its labels."""

    name: str
    value: float
    unit: str
    dimensions: Mapping[str, str]
    at: str


@dataclass(frozen=True)
class Flushed:
    """What became of the gathered metrics. Undelivered ones are kept for the next flush."""

    delivered: bool
    count: int
    error: str = ""


class MonitoringInterface(ABC):
    """Gathers metrics in memory and sends them together; a failure to send never stops a run.

    Args:
        dimensions: Labels of what is measured from now on; `bind` changes them.
    """

    def __init__(self, dimensions: RunDimensions) -> None:
        self.dimensions = dimensions
        self._gathered: list[Measurement] = []

    def bind(self, dimensions: RunDimensions) -> None:
        """Label what is measured from now on with another process."""
        self.dimensions = dimensions

    def dataflow_started(self) -> None:
        """Note that a dataflow begins; what is measured before a process starts belongs to none."""
        self.dimensions = replace(self.dimensions, process="")
        self._add("DataFlowStartEvent", 1)

    def dataflow_ended(self, success: bool) -> None:
        """Note that a dataflow ended."""
        self.dimensions = replace(self.dimensions, process="")
        self._add("DataFlowEndEvent", 1, Success=_said(success))

    def process_started(self, process: str = "") -> None:
        """Note that a process begins; what is measured from now on is labelled with its name, if it is given."""
        if process:
            self.dimensions = replace(self.dimensions, process=process)
        self._add("ProcessStartEvent", 1)

    def process_ended(self, success: bool, seconds: float) -> None:
        """Note that a process ended, and how long it took."""
        self._add("ProcessEndEvent", 1, Success=_said(success))
        self._add("ProcessDuration", seconds)

    def table_read(self, ref: TableName, records: int | None = None, size: int | None = None) -> None:
        """Note what was read of a table: rows, and bytes; what is not known is not sent."""
        self._table("TableRead", ref, records, size)

    def table_written(
        self,
        ref: TableName,
        added_records: int | None = None,
        added_bytes: int | None = None,
        deleted_records: int | None = None,
        deleted_bytes: int | None = None,
        total_records: int | None = None,
        total_bytes: int | None = None,
    ) -> None:
        """Note what a write did to a table and what it holds now; what is not known is not sent."""
        self._table("TableWriteAdded", ref, added_records, added_bytes)
        self._table("TableWriteDeleted", ref, deleted_records, deleted_bytes)
        self._table("TableWriteTotal", ref, total_records, total_bytes)

    def flush(self) -> Flushed:
        """Send what was gathered since the last flush."""
        sending = tuple(self._gathered)
        if not sending:
            return Flushed(True, 0)
        try:
            self._send(sending)
        except DataFrameworkError as error:
            _logger.warning("%d metrics were not delivered: %s", len(sending), error)
            return Flushed(False, len(sending), str(error))
        del self._gathered[: len(sending)]
        return Flushed(True, len(sending))

    @abstractmethod
    def _send(self, measurements: Sequence[Measurement]) -> None:
        """Send all, or raise a `DataFrameworkError`."""

    def _table(self, begin: str, ref: TableName, records: int | None, size: int | None) -> None:
        labels = {"Database": ref.database, "Table": ref.table}
        if records is not None:
            self._add(f"{begin}Records", records, **labels)
        if size is not None:
            self._add(f"{begin}Size", size / MEGABYTE, **labels)

    def _add(self, name: str, value: float, **labels: str) -> None:
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        self._gathered.append(Measurement(name, value, METRICS[name][0], {**self.dimensions.to_dict(), **labels}, at))


def _said(success: bool) -> str:
    return "true" if success else "false"
