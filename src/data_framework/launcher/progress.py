"""Progress of a run for a person: one line a process on a terminal, nothing elsewhere."""

from __future__ import annotations

from typing import Protocol

from data_framework.modules.dataflow import ProcessReport, Unit


class Progress(Protocol):
    """Told how a run goes on."""

    def start(self, process: str, units: int) -> None:
        """A process begins with so many units."""

    def advance(self, unit: Unit) -> None:
        """A unit is done."""

    def end(self, report: ProcessReport) -> None:
        """A process is done."""


class Silent:
    """Shows nothing."""

    def start(self, process: str, units: int) -> None:
        """Show nothing."""

    def advance(self, unit: Unit) -> None:
        """Show nothing."""

    def end(self, report: ProcessReport) -> None:
        """Show nothing."""
