"""Metrics kept in the run store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from typing_extensions import override

from data_framework.modules.monitoring.interface_monitoring import Measurement, MonitoringInterface, RunDimensions


class MetricStore(Protocol):
    """What is needed of the run store."""

    def save_metrics(self, metrics: list[Any]) -> None:
        """Append metrics."""


class LocalMonitoring(MonitoringInterface):
    """Writes metrics to the run store, one record a flush."""

    def __init__(self, dimensions: RunDimensions, store: MetricStore) -> None:
        super().__init__(dimensions)
        self._store = store

    @override
    def _send(self, measurements: Sequence[Measurement]) -> None:
        self._store.save_metrics(list(measurements))
