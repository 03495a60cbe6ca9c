"""Metrics in CloudWatch and as log lines: names, units and dimensions as dashboards know them, and in the run store."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from aws.faults import failing, refusal
from data_framework.modules.aws import AwsClients
from data_framework.modules.config.model.tables import TableRef
from data_framework.modules.monitoring import RunDimensions
from data_framework.modules.monitoring.integrations.aws_cloudwatch.cloudwatch_monitoring import (
    CloudWatchMonitoring,
    EmfMonitoring,
)
from data_framework.modules.state import StateInterface
from data_framework.testing import MemoryState

RUN = RunDimensions("run-1", "shop", "sales", "raw_to_staging")
REF = TableRef("staging", "shop_staging", "sales")
LABELS = {"ExecutionId": "run-1", "ProjectId": "shop", "DataFlow": "sales", "Process": "raw_to_staging",
          "JobId": "run-1"}  # fmt: skip


@pytest.fixture
def state() -> MemoryState:
    return MemoryState()


def statistics(aws: AwsClients, name: str, **labels: str) -> list[Any]:
    dimensions = [{"Name": key, "Value": value} for key, value in {**LABELS, **labels}.items()]
    now = datetime.now(UTC)
    found = aws.client("cloudwatch").get_metric_statistics(
        Namespace="DataFramework/Product", MetricName=name, Dimensions=dimensions, Period=3600, Statistics=["Sum"],
        StartTime=now - timedelta(hours=2), EndTime=now + timedelta(hours=2),
    )  # fmt: skip
    return [(one["Sum"], one["Unit"]) for one in found["Datapoints"]]


def test_metrics_arrive_with_units_and_dimensions(aws: AwsClients, state: StateInterface) -> None:
    monitoring = CloudWatchMonitoring(RUN, state, aws)
    monitoring.process_started()
    monitoring.table_written(REF, added_records=7, added_bytes=2_500_000)
    monitoring.process_ended(success=True, seconds=1.5)
    assert monitoring.flush().delivered
    table = {"Database": "shop_staging", "Table": "sales"}
    assert statistics(aws, "TableWriteAddedRecords", **table) == [(7.0, "Count")]
    assert statistics(aws, "TableWriteAddedSize", **table) == [(2.5, "Megabytes")]
    assert statistics(aws, "ProcessEndEvent", Success="true") == [(1.0, "None")]
    assert statistics(aws, "ProcessDuration") == [(1.5, "Seconds")]
    assert {metric.name for metric in state.metrics(ExecutionId="run-1")} >= {"ProcessStartEvent", "ProcessDuration"}


def test_many_go_in_batches_and_none_twice(aws: AwsClients, state: StateInterface) -> None:
    monitoring = CloudWatchMonitoring(RUN, state, aws)
    for _ in range(1200):
        monitoring.table_read(REF, records=1)
    broken = refusal("cloudwatch", "InternalServiceError", 500, "later")
    with failing(aws, "cloudwatch", "PutMetricData", broken, after=1):
        assert not monitoring.flush().delivered
    assert list(state.metrics()) == []
    assert monitoring.flush().delivered
    assert statistics(aws, "TableReadRecords", Database="shop_staging", Table="sales") == [(1200.0, "Count")]
    assert len(state.metrics(limit=5000)) == 1200


def test_a_failure_is_told_and_what_was_gathered_stays(aws: AwsClients, state: StateInterface) -> None:
    monitoring = CloudWatchMonitoring(RUN, state, aws)
    monitoring.process_started()
    denied = refusal("cloudwatch", "AccessDenied", 403, "no")
    with failing(aws, "cloudwatch", "PutMetricData", denied):
        flushed = monitoring.flush()
    assert (flushed.delivered, flushed.count) == (False, 1)
    assert "cloudwatch:PutMetricData" in flushed.error


def test_log_lines_hold_the_same(state: StateInterface) -> None:
    stream = io.StringIO()
    monitoring = EmfMonitoring(RUN, state, stream)
    monitoring.process_started()
    monitoring.table_written(REF, added_records=7, added_bytes=2_500_000)
    assert monitoring.flush().delivered
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    metrics = {metric["Name"]: (metric["Unit"], line[metric["Name"]]) for line in lines
               for described in line["_aws"]["CloudWatchMetrics"] for metric in described["Metrics"]}  # fmt: skip
    assert metrics["TableWriteAddedRecords"] == ("Count", 7)
    assert metrics["TableWriteAddedSize"] == ("Megabytes", 2.5)
    last = lines[-1]
    (described,) = last["_aws"]["CloudWatchMetrics"]
    assert described["Namespace"] == "DataFramework/Product"
    assert all(last[name] for name in described["Dimensions"][0])
    assert len(state.metrics()) == 3
