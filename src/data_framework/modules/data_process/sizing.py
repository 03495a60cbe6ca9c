"""How large an engine is made for a process: values every engine can say, and what past runs measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Measured:
    """What the latest runs of a process were measured at.

    Attributes:
        runs: How many runs that is.
        data_gb: The most one unit of it (a data date, a file, a whole run) read, in GB.
        peak_gb: The most memory one process of the engine held, in GB; 0 where it was not measured.
    """

    runs: int = 0
    data_gb: float = 0.0
    peak_gb: float = 0.0


@dataclass(frozen=True)
class Sizing:
    """The settings an engine is started with, and why they are so.

    Attributes:
        workers: How large its workers are: name of the engine's setting → value. On one machine there are none.
        own: The project's own settings, laid over those, wherever it runs.
        reason: In a sentence, what they follow from.
    """

    workers: Mapping[str, str] = field(default_factory=dict)
    own: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""

    @property
    def settings(self) -> dict[str, str]:
        """All of them, as a cluster is given them."""
        return {**self.workers, **self.own}
