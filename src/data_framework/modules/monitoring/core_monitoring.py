"""The choice of a monitoring."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from data_framework.modules.code import Backend, Backends
from data_framework.modules.monitoring.interface_monitoring import MonitoringInterface, RunDimensions

if TYPE_CHECKING:
    from data_framework.modules.config import Config
    from data_framework.modules.monitoring.integrations.local.local_monitoring import MetricStore

_AWS = "data_framework.modules.monitoring.integrations.aws_cloudwatch.cloudwatch_monitoring"
MONITORINGS = Backends(
    "monitoring",
    {
        "local": Backend("data_framework.modules.monitoring.integrations.local.local_monitoring:LocalMonitoring"),
        "cloudwatch": Backend(f"{_AWS}:CloudWatchMonitoring", extra="aws"),
        "emf": Backend(f"{_AWS}:EmfMonitoring", extra="aws"),
    },
)


def open_monitoring(config: Config, state: MetricStore, dimensions: RunDimensions | None = None) -> MonitoringInterface:
    """Open the monitoring a configuration names: metrics in the run store, and where they go beside it.

    Args:
        config: The resolved configuration.
        state: The run store.
        dimensions: What is run; default: what the arguments of the run say.
    """
    if dimensions is None:
        given = config.arguments
        run_id, job_id = given.execution_id or "", given.job_id or ""
        dimensions = RunDimensions(run_id, config.project_id, given.dataflow or "", given.process or "", job_id)
    name = config.platform.metrics
    beside = (config.aws,) if name == "cloudwatch" else ()
    return cast(MonitoringInterface, MONITORINGS.load(name)(dimensions, state, *beside))
