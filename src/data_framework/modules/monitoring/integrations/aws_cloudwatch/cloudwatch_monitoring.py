"""Metrics in CloudWatch: sent in batches, or written as log lines that CloudWatch turns into metrics."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, TextIO

from typing_extensions import override

from data_framework.modules.aws import AwsClients
from data_framework.modules.monitoring.integrations.local.local_monitoring import LocalMonitoring, MetricStore
from data_framework.modules.monitoring.interface_monitoring import NAMESPACE, Measurement, RunDimensions

# CloudWatch takes a thousand values and a megabyte; one of ours is some 800 bytes with all its dimensions.
_BATCH = 500
_METRICS_PER_LINE = 100


class CloudWatchMonitoring(LocalMonitoring):
    """Sends metrics to CloudWatch and keeps them in the run store, too: history is read there.

    Args:
        dimensions: Labels of what is measured.
        store: The run store.
        aws: The clients.
    """

    def __init__(self, dimensions: RunDimensions, store: MetricStore, aws: AwsClients) -> None:
        super().__init__(dimensions, store)
        self._aws = aws
        self._taken = 0

    @override
    def _send(self, measurements: Sequence[Measurement]) -> None:
        client = self._aws.client("cloudwatch")
        # What CloudWatch took before a batch failed is not sent again by the next flush.
        while self._taken < len(measurements):
            batch = measurements[self._taken : self._taken + _BATCH]
            client.put_metric_data(Namespace=NAMESPACE, MetricData=[_datum(one) for one in batch])
            self._taken += len(batch)
        super()._send(measurements)
        self._taken = 0


class EmfMonitoring(LocalMonitoring):
    """Writes metrics to the log in CloudWatch's embedded metric format (no request, for Lambda), and keeps them.

    Args:
        dimensions: Labels of what is measured.
        store: The run store.
        stream: Where log lines go; default: standard error, for standard output belongs to the answer.
    """

    def __init__(self, dimensions: RunDimensions, store: MetricStore, stream: TextIO | None = None) -> None:
        super().__init__(dimensions, store)
        self._stream = stream

    @override
    def _send(self, measurements: Sequence[Measurement]) -> None:
        super()._send(measurements)
        stream = self._stream or sys.stderr
        for line in embedded(measurements):
            stream.write(line + "\n")
        stream.flush()


def embedded(measurements: Iterable[Measurement]) -> Iterable[str]:
    """Write measurements as lines of the embedded metric format: one for those of the same labels and moment."""
    for _, same in groupby(measurements, key=lambda one: (sorted(one.dimensions.items()), one.at)):
        group: dict[str, Measurement] = {}
        for one in same:
            if one.name in group or len(group) == _METRICS_PER_LINE:
                yield _line(list(group.values()))
                group = {}
            group[one.name] = one
        yield _line(list(group.values()))


def _line(group: Sequence[Measurement]) -> str:
    first = group[0]
    described = {
        "Namespace": NAMESPACE, "Dimensions": [list(first.dimensions)],
        "Metrics": [{"Name": one.name, "Unit": one.unit} for one in group],
    }  # fmt: skip
    moment = int(datetime.fromisoformat(first.at).timestamp() * 1000)
    values = {one.name: one.value for one in group}
    return json.dumps({"_aws": {"Timestamp": moment, "CloudWatchMetrics": [described]}, **first.dimensions, **values})


def _datum(one: Measurement) -> dict[str, Any]:
    dimensions = [{"Name": name, "Value": value[:1024]} for name, value in one.dimensions.items()]
    return {"MetricName": one.name, "Dimensions": dimensions, "Timestamp": datetime.fromisoformat(one.at),
            "Value": one.value, "Unit": one.unit}  # fmt: skip
