"""Metrics: the names, units and dimensions that dashboards know, kept in the run store."""

from __future__ import annotations

import json
from pathlib import Path

from data_framework.modules.config import TableRef, open_config
from data_framework.modules.exception import RunStoreError
from data_framework.modules.monitoring import METRICS, MonitoringInterface, RunDimensions, open_monitoring
from data_framework.modules.monitoring.integrations.local.local_monitoring import LocalMonitoring
from data_framework.modules.state import Metric
from data_framework.modules.state.integrations.local_state import LocalState

SALES = TableRef("staging", "shop", "sales")
LABELS = {"ExecutionId": "run-1", "ProjectId": "shop", "DataFlow": "sales", "Process": "raw_to_staging", "JobId": "j-1"}
TABLE = {**LABELS, "Database": "shop", "Table": "sales"}
FLOW = {name: value for name, value in LABELS.items() if name != "Process"}


def everything(monitoring: MonitoringInterface) -> None:
    monitoring.dataflow_started()
    monitoring.process_started("raw_to_staging")
    monitoring.table_read(SALES, 10, 2_500_000)
    monitoring.table_written(SALES, 7, 1_000_000, 2, 500_000, 105, 12_000_000)
    monitoring.process_ended(True, 1.5)
    monitoring.dataflow_ended(False)


def test_every_metric_has_its_name_unit_and_dimensions(tmp_path: Path) -> None:
    state = LocalState(tmp_path)
    monitoring = LocalMonitoring(RunDimensions("run-1", "shop", "sales", job_id="j-1"), state)
    everything(monitoring)
    assert state.metrics() == []
    flushed = monitoring.flush()
    assert (flushed.delivered, flushed.count, flushed.error) == (True, 13, "")
    assert {metric.name for metric in state.metrics()} == set(METRICS)
    found = [(m.name, m.value, m.unit, dict(m.dimensions)) for m in reversed(state.metrics())]
    assert found == [
        ("DataFlowStartEvent", 1, "None", FLOW),
        ("ProcessStartEvent", 1, "None", LABELS),
        ("TableReadRecords", 10, "Count", TABLE),
        ("TableReadSize", 2.5, "Megabytes", TABLE),
        ("TableWriteAddedRecords", 7, "Count", TABLE),
        ("TableWriteAddedSize", 1, "Megabytes", TABLE),
        ("TableWriteDeletedRecords", 2, "Count", TABLE),
        ("TableWriteDeletedSize", 0.5, "Megabytes", TABLE),
        ("TableWriteTotalRecords", 105, "Count", TABLE),
        ("TableWriteTotalSize", 12, "Megabytes", TABLE),
        ("ProcessEndEvent", 1, "None", {**LABELS, "Success": "true"}),
        ("ProcessDuration", 1.5, "Seconds", LABELS),
        ("DataFlowEndEvent", 1, "None", {**FLOW, "Success": "false"}),
    ]
    assert [metric.value for metric in state.metrics("ProcessDuration", DataFlow="sales")] == [1.5]
    assert monitoring.flush().count == 0
    state.close()


def test_what_is_not_known_is_not_sent(tmp_path: Path) -> None:
    state = LocalState(tmp_path)
    monitoring = LocalMonitoring(RunDimensions("run-1", "shop"), state)
    monitoring.table_read(SALES, 3)
    monitoring.table_written(SALES, added_records=0)
    monitoring.flush()
    assert [(m.name, m.value) for m in reversed(state.metrics())] == [
        ("TableReadRecords", 3),
        ("TableWriteAddedRecords", 0),
    ]
    assert "DataFlow" not in state.metrics()[0].dimensions
    assert state.metrics()[0].dimensions["JobId"] == "run-1"
    state.close()


def test_a_metric_belongs_to_the_process_of_its_time(tmp_path: Path) -> None:
    state = LocalState(tmp_path)
    monitoring = LocalMonitoring(RunDimensions("run-1", "shop", "sales", "landing_to_raw"), state)
    monitoring.process_started()
    monitoring.bind(RunDimensions("run-1", "shop", "sales", "raw_to_staging"))
    monitoring.process_started()
    monitoring.flush()
    assert [m.dimensions["Process"] for m in reversed(state.metrics())] == ["landing_to_raw", "raw_to_staging"]
    state.close()


class Full:
    """A run store on a full disk."""

    def __init__(self) -> None:
        self.broken = True
        self.kept: list[Metric] = []

    def save_metrics(self, metrics: list[Metric]) -> None:
        if self.broken:
            raise RunStoreError(path="state.db", reason="database or disk is full")
        self.kept += metrics


def test_a_failure_to_send_is_told_and_tried_again() -> None:
    store = Full()
    monitoring = LocalMonitoring(RunDimensions("run-1", "shop"), store)
    everything(monitoring)
    flushed = monitoring.flush()
    assert (flushed.delivered, flushed.count) == (False, 13)
    assert "disk is full" in flushed.error
    store.broken = False
    assert monitoring.flush().delivered
    assert len(store.kept) == 13


def test_it_opens_from_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "platform.json").write_text(json.dumps({"local": {"environment": "local"}}))
    (tmp_path / "transformation.json").write_text(json.dumps({"project_id": "shop", "dataflows": {}}))
    config = open_config(
        tmp_path, arguments={"execution_id": "run-9", "dataflow": "sales", "process": "raw_to_staging"}
    )
    state = LocalState(tmp_path)
    opened = open_monitoring(config, state)
    assert opened.dimensions == RunDimensions("run-9", "shop", "sales", "raw_to_staging")
    own = RunDimensions("run-10", "shop")
    assert open_monitoring(config, state, own).dimensions == own
