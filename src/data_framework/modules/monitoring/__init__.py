"""What a run measures, and where it goes."""

from data_framework.modules.monitoring.core_monitoring import MONITORINGS, open_monitoring
from data_framework.modules.monitoring.interface_monitoring import (
    MEGABYTE,
    METRICS,
    Flushed,
    MonitoringInterface,
    RunDimensions,
)

__all__ = ["MEGABYTE", "METRICS", "MONITORINGS", "Flushed", "MonitoringInterface", "RunDimensions", "open_monitoring"]
