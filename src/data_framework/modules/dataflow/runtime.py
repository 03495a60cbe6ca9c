"""The composition root: one lazily opened capability after another, handed to whoever runs a process."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from data_framework.modules.catalogue import CatalogueInterface, open_catalogue
from data_framework.modules.config import Config, Process
from data_framework.modules.data_process import DataProcessInterface, Sizing, is_sized, open_data_process, size_engine
from data_framework.modules.dataflow.measured import measured
from data_framework.modules.dataflow.steps import OnStep, ignore
from data_framework.modules.exception import CatalogueLostError
from data_framework.modules.monitoring import MEGABYTE, MonitoringInterface, RunDimensions, open_monitoring
from data_framework.modules.notification import MessageContext, NotificationsInterface, open_notifications
from data_framework.modules.state import StateInterface, open_state
from data_framework.modules.storage import StorageInterface, open_storage
from data_framework.modules.validation import QualityControlsInterface, open_quality_controls

if TYPE_CHECKING:
    from data_framework.modules.data_process.helpers.athena import Athena


class Runtime:
    """Everything a run needs, opened on first use and closed together.

    Args:
        config: The resolved configuration.
        on_step: Told of every `Step` as it becomes durable (fault tests stop the process there).
        run_id, job_id: The execution, for metrics and messages.
        dataflow: What is run, "" where nothing is.
        mode: delta or full; messages are sent in delta only, unless asked for.
        looks_only: Nothing will be written: a run store that is not there is not made.
    """

    def __init__(
        self, config: Config, *, on_step: OnStep = ignore, run_id: str = "", job_id: str = "", dataflow: str = "",
        mode: str = "delta", looks_only: bool = False,
    ) -> None:  # fmt: skip
        self.config = config
        self.on_step = on_step
        self.run_id, self.job_id = run_id, job_id
        self.dataflow, self.mode, self._looks_only = dataflow, mode, looks_only
        self._engines: dict[tuple[str, str], DataProcessInterface[Any]] = {}

    @cached_property
    def storage(self) -> StorageInterface:
        """Bytes by layer and key."""
        return open_storage(self.config)

    @cached_property
    def state(self) -> StateInterface:
        """The run store."""
        return open_state(self.config, looks_only=self._looks_only)

    @cached_property
    def catalogue(self) -> CatalogueInterface:
        """Tables and their commits."""
        return open_catalogue(self.config)

    @cached_property
    def monitoring(self) -> MonitoringInterface:
        """Metrics."""
        named = RunDimensions(self.run_id, self.config.project_id, self.dataflow, "", self.job_id)
        return open_monitoring(self.config, self.state, named)

    @cached_property
    def notifications(self) -> NotificationsInterface:
        """Messages."""
        context = MessageContext(self.run_id, self.dataflow, "", self.mode)
        return open_notifications(self.config, self.state, context)

    @cached_property
    def quality_controls(self) -> QualityControlsInterface:
        """The rules engine."""
        return open_quality_controls(self.config, self.catalogue)

    @cached_property
    def athena(self) -> Athena:
        """Queries on Amazon Athena, where layers are buckets."""
        from data_framework.modules.data_process.helpers.athena import open_athena

        return open_athena(self.config, self.catalogue)

    def data_process(self, technology: str = "lambda", process: Process | None = None) -> DataProcessInterface[Any]:
        """The engine of a technology, one for the run; one for each process where it has settings of its own."""
        own = process if is_sized(technology) else None
        key = technology, own.name if own else ""
        if key not in self._engines:
            sizing = self.sizing(self.dataflow, own, self.mode) if own else Sizing()
            self._engines[key] = open_data_process(technology, self.config, self.storage, self.catalogue, sizing)
        return self._engines[key]

    def sizing(self, dataflow: str, process: Process, mode: str) -> Sizing:
        """How large the engine of a process is made, by what its latest runs in a mode were measured at."""
        return size_engine(process, mode, measured(self.state, dataflow, process.name, process.technology, mode))

    def peak_memory_mb(self, technology: str) -> float | None:
        """The most memory a process of the engine held so far, in millions of bytes; None: the engine was not used."""
        peaks = [engine.peak_memory() for (name, _), engine in self._engines.items() if name == technology]
        return round(max(peaks) / MEGABYTE, 1) if peaks else None

    def check_whole(self) -> None:
        """Refuse to go on without the tables that earlier runs wrote: what is done would never be done again.

        Raises:
            CatalogueLostError: The run store knows of completed dates, the catalogue of no table.
        """
        processes = self.config.dataflow(self.dataflow).processes.values()
        writing = [process.name for process in processes if process.target_tables]
        if any(self.state.completed(self.dataflow, name) for name in writing) and not self.catalogue.tables():
            raise CatalogueLostError(dataflow=self.dataflow)

    def close(self) -> None:
        """Release connections, locks and scratch files of everything that was opened."""
        for engine in self._engines.values():
            engine.close()
        if "state" in self.__dict__:
            self.state.close()

    def __enter__(self) -> Runtime:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
