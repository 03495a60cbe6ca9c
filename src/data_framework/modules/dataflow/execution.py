"""What a coordinator finds when it is made: the runtime, its unit of work, and the report it fills."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from data_framework.modules.config import Config, Dataflow, Process
from data_framework.modules.data_process import DataProcessInterface
from data_framework.modules.dataflow.payload import Payload
from data_framework.modules.dataflow.report import Mark, ProcessReport
from data_framework.modules.dataflow.runtime import Runtime
from data_framework.modules.dataflow.unit import Unit


@dataclass(frozen=True)
class Execution:
    """One unit of one process under way; `since` is where its own entries begin in the report of the process."""

    runtime: Runtime
    unit: Unit
    report: ProcessReport
    payload: Payload = field(default_factory=Payload)
    since: Mark = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "since", self.report.mark())

    @property
    def dataflow(self) -> Dataflow:
        """The configured dataflow."""
        return self.runtime.config.dataflow(self.unit.dataflow)

    @property
    def process(self) -> Process:
        """The configured process."""
        return self.dataflow.process(self.unit.process)

    @property
    def engine(self) -> DataProcessInterface[Any]:
        """The engine of the process."""
        return self.runtime.data_process(self.report.engine, self.process)

    @contextmanager
    def entered(self) -> Iterator[Execution]:
        """Make this the execution that a coordinator without arguments finds."""
        token = _current.set(self)
        try:
            yield self
        finally:
            _current.reset(token)

    @staticmethod
    def current() -> Execution:
        """The execution a coordinator is being made for.

        Raises:
            RuntimeError: Nothing runs; use `data_framework.open_project(DIR).process(...)`.
        """
        found = _current.get()
        if found is None:
            raise RuntimeError(
                "No process is running. Use data_framework.open_project(DIR).process(dataflow, process)."
            )
        return found


_current: ContextVar[Execution | None] = ContextVar("data_framework_execution", default=None)


def config() -> Config:
    """The configuration of the running process: a thin alias for users' code."""
    return Execution.current().runtime.config
