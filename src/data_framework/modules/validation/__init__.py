"""The rules engine: controls as users write them, compiled into a table's plan, judged and kept as results."""

from data_framework.modules.validation.core_quality_controls import QUALITY_CONTROLS, open_quality_controls
from data_framework.modules.validation.interface_quality_controls import (
    Compiled,
    ControlContext,
    ControlResult,
    QualityControlsInterface,
)
from data_framework.modules.validation.problems import control_problems

__all__ = [
    "QUALITY_CONTROLS", "Compiled", "ControlContext", "ControlResult", "QualityControlsInterface",
    "control_problems", "open_quality_controls",
]  # fmt: skip
