"""Open the runtime for one run, and close it whatever happens."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter

from data_framework.launcher.answer import Answer
from data_framework.launcher.chain import Chain
from data_framework.launcher.progress import Progress, Silent
from data_framework.launcher.rehearsal import rehearse
from data_framework.launcher.request import Request
from data_framework.modules.config import Config
from data_framework.modules.dataflow import Runtime
from data_framework.modules.dataflow.steps import OnStep, ignore


def run(config: Config, request: Request, progress: Progress | None = None, on_step: OnStep = ignore) -> Answer:
    """Run one dataflow.

    Args:
        config: The resolved configuration.
        request: What to run.
        progress: Told how it goes on.
        on_step: Told of every step that became durable (fault tests).

    Returns:
        What happened; errors of the run are in it.

    Raises:
        ConfigError: The dataflow or process does not exist.
        StorageError: The run store cannot be opened.
    """
    with Runtime(config, on_step=on_step, run_id=request.execution_id, job_id=request.job_id,
                 dataflow=request.dataflow, mode=request.mode, looks_only=request.dry_run) as runtime:  # fmt: skip
        if request.dry_run:
            return rehearse(runtime, request)
        return Chain(runtime, request, progress or Silent()).run()


def in_order(config: Config) -> list[str]:
    """The dataflows, those that read another's tables after it; a circle keeps the order of the file."""
    writers = {(entry.database, entry.table): name for name, dataflow in config.dataflows.items()
               for process in dataflow.processes.values() for entry in process.target_tables.values()}  # fmt: skip
    graph: dict[str, set[str]] = {}
    for name, dataflow in config.dataflows.items():
        sources = {writers.get((entry.database, entry.table), name) for process in dataflow.processes.values()
                   for entry in process.source_tables.values()}  # fmt: skip
        graph[name] = sources - {name}
    try:
        return list(TopologicalSorter(graph).static_order())
    except CycleError:
        return list(config.dataflows)
