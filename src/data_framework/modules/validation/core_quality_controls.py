"""The choice of a rules engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from data_framework.modules.code import Backend, Backends
from data_framework.modules.validation.interface_quality_controls import QualityControlsInterface

if TYPE_CHECKING:
    from data_framework.modules.catalogue import CatalogueInterface
    from data_framework.modules.config import Config

_BUILT_IN = "data_framework.modules.validation.integrations.quality_controls:QualityControls"
QUALITY_CONTROLS = Backends("quality controls", {"data_framework": Backend(_BUILT_IN)})


def open_quality_controls(config: Config, catalogue: CatalogueInterface) -> QualityControlsInterface:
    """Open the rules engine over the tables of a catalogue."""
    engine: QualityControlsInterface = QUALITY_CONTROLS.load("data_framework")(config, catalogue)
    return engine
