"""What the words of a plan may ask of the rows in flight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from data_framework.modules.utils.data_types import DataType


@dataclass(frozen=True)
class Deliveries:
    """What expressions over rows in flight may ask for.

    Attributes:
        names: Names by file number; `dates` the data dates.
        zone: The time zone of dates without one.
        types: The columns' types.
        repeating: Columns known to repeat a few values.
    """

    names: Sequence[str] = ()
    dates: Sequence[str] = ()
    zone: str = "UTC"
    types: Mapping[str, DataType] = field(default_factory=dict)
    repeating: frozenset[str] = frozenset()
