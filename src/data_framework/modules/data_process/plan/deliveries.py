"""What the words of a plan may ask of the rows in flight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from data_framework.modules.utils.data_types import DataType


@dataclass(frozen=True)
class Deliveries:
    """What expressions over rows in flight may ask for: names and data dates by file number, the columns' types."""

    names: Sequence[str] = ()
    dates: Sequence[str] = ()
    zone: str = "UTC"
    types: Mapping[str, DataType] = field(default_factory=dict)
