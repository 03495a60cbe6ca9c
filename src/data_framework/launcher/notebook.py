"""A project opened in a notebook: coordinators to read and try with; nothing is written before `write`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from typing_extensions import override

from data_framework.launcher.request import new_execution_id
from data_framework.modules.config import Config, open_config
from data_framework.modules.dataflow import DataFlowInterface, Execution, ProcessReport, Runtime, Unit
from data_framework.modules.dataflow.code import find


class _Notebook(DataFlowInterface):
    @override
    def process(self) -> None:
        """Do nothing: a notebook reads and writes step by step."""


class Project:
    """An open project. Close it, or use it in a `with` block.

    Args:
        config: The resolved configuration.
    """

    def __init__(self, config: Config) -> None:
        self.config = config
        self._runtime = Runtime(config, run_id=new_execution_id())

    def process(
        self, dataflow: str, process: str, *, file_date: str = "", file_name: str = "",
        execution_mode: Literal["delta", "full"] = "delta",
    ) -> DataFlowInterface:  # fmt: skip
        """A coordinator of a process, with everything user code finds there."""
        configured = self.config.dataflow(dataflow).process(process)
        unit = Unit(dataflow, process, kind="date" if file_date else "run", file_name=file_name, file_date=file_date,
                    execution_mode=execution_mode, run_id=self._runtime.run_id)  # fmt: skip
        unit = replace(unit, fingerprint=unit.run_id)
        report = ProcessReport(process, engine=configured.technology)
        return _Notebook(Execution(self._runtime, unit, report))

    def code_of(self, dataflow: str, process: str) -> str:
        """Where the code of a process is: a file of the project, or `built_in`."""
        found = find(self.config, dataflow, process)
        return found.file or found.kind

    def close(self) -> None:
        """Release everything."""
        self._runtime.close()

    def __enter__(self) -> Project:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def open_project(folder: str | Path | None = None, **arguments: Any) -> Project:
    """Open a project for a notebook or a debugger.

    Args:
        folder: Its folder or zip; default: found from the current folder upwards.
        **arguments: Those of a run, e.g. `environment="local"`.

    Raises:
        ConfigErrors: The configuration is wrong; every problem is named.
    """
    environment = arguments.pop("environment", None)
    return Project(open_config(folder, environment=environment, arguments=arguments))
