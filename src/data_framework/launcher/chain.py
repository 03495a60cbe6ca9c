"""Run the chain of a dataflow: process after process, unit after unit; a failed unit stops its own chain only."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from data_framework.launcher.answer import Answer
from data_framework.launcher.coordinators import guarded, make, on_path
from data_framework.launcher.progress import Progress
from data_framework.launcher.request import Request
from data_framework.launcher.units import LANDING, Group, Units, kind_of
from data_framework.modules.config import Dataflow, Process
from data_framework.modules.dataflow import DataFlowInterface, Execution, ProcessReport, Runtime, Step, Unit
from data_framework.modules.dataflow.code import Found, find
from data_framework.modules.dataflow.landing import select
from data_framework.modules.dataflow.results import move
from data_framework.modules.dataflow.retention import expire
from data_framework.modules.exception import (
    ControlsStoppedError,
    DataFrameworkError,
    InterruptedRunError,
    NothingToRunError,
    UnexpectedError,
    UnknownTableKeyError,
)
from data_framework.modules.notification import MessageContext
from data_framework.modules.state import Publish
from data_framework.modules.utils.interruption import Interruption
from data_framework.modules.utils.logger import get_logger
from data_framework.modules.utils.nearest import suggest

_LOG = get_logger("run")


class Chain:
    """One dataflow's run."""

    def __init__(self, runtime: Runtime, request: Request, progress: Progress) -> None:
        self._runtime = runtime
        self._request = request
        self._progress = progress
        self._dataflow = runtime.config.dataflow(request.dataflow)
        self._interruption = Interruption()
        self._units = Units(runtime, self._dataflow, request)
        self._answer = Answer(request.execution_id, request.dataflow, fail_on_warn=request.fail_on_warn,
                              execution_mode=request.mode)  # fmt: skip
        zone = ZoneInfo(runtime.config.platform.time_zone)
        self._today = datetime.now(zone).date().isoformat()
        self._started = datetime.now(UTC).isoformat(timespec="seconds")
        self._before = runtime.config.aws.requests.copy()

    def run(self) -> Answer:
        """Run every process asked for and return what happened; errors of the run end up in the answer.

        Raises:
            UnknownProcessError: A named process is not the dataflow's.
            ConfigErrors: A process needs what this version does not have.
        """
        started = time.monotonic()
        processes = chosen(self._dataflow, self._request)
        for process in processes:
            self._runtime.config.check_supported(self._dataflow.name, process.name)
        claim = self._runtime.state.claim(
            f"dataflow/{self._dataflow.name}", self._request.execution_id, self._request.wait
        )
        try:
            with (
                self._interruption,
                claim,
                on_path(self._runtime.config.project),
            ):
                self._runtime.check_whole()
                self._save("running", started)
                self._runtime.monitoring.dataflow_started()
                for process in processes:
                    self._process(process)
                    self._save("running", started)
        except KeyboardInterrupt:
            self._answer.error = InterruptedRunError()
        except DataFrameworkError as error:
            self._answer.error = error
        self._finish(started)
        return self._answer

    def _process(self, process: Process) -> None:
        started = time.monotonic()
        report = ProcessReport(process.name, engine=process.technology, next_stage=not process.cancel_next_stage)
        self._answer.processes.append(report)
        found = find(self._runtime.config, self._dataflow.name, process.name)
        kind = kind_of(process, found)
        self._runtime.notifications.bind(
            MessageContext(self._request.execution_id, self._dataflow.name, process.name, self._request.mode,
                           process.notifications)
        )  # fmt: skip
        with self._noted(report):
            landing = process.name == LANDING
            groups = self._landed(process, report) if landing else self._units.due(process, kind, found, self._today)
            self._progress.start(process.name, sum(len(group.units) for group in groups))
            for group in groups:
                self._group(process, found, report, group)
            self._units.touched |= {entry.file_date for entry in report.files}
        with self._noted(report):
            move(self._runtime, self._dataflow.name, process.name)
            self._runtime.on_step(Step.RESULTS)
        flushed = self._runtime.monitoring.flush()
        report.undelivered = self._runtime.notifications.undelivered + (0 if flushed.delivered else 1)
        for entry in (file for earlier in self._answer.processes for file in earlier.files):
            entry.rows = report.rows_by_file.get((entry.file_date, entry.file_name), entry.rows)
        report.peak_memory_mb = self._runtime.peak_memory_mb(process.technology)
        report.duration_s = time.monotonic() - started
        self._progress.end(report)

    def _group(self, process: Process, found: Found, report: ProcessReport, group: Group) -> None:
        publishes: list[Publish] = []
        done = []
        self._units.begin(process, group)
        for unit in group.units:
            done.append(self._unit(process, found, report, unit, publishes))
            self._progress.advance(unit)
        if process.name != LANDING:
            if not all(done):  # rows appended once stay appended: the next attempt finds them by the publish's id
                publishes = [publish for publish in publishes if publish.counts["write_mode"] != "append"]
            self._units.finish(process, group, publishes, all(done))
            self._runtime.on_step(Step.LEDGER)

    def _unit(
        self, process: Process, found: Found, report: ProcessReport, unit: Unit, publishes: list[Publish]
    ) -> bool:
        report.skipped = False
        execution = Execution(self._runtime, unit, report)
        errors, outputs = len(report.errors), len(report.outputs)
        with self._noted(report):
            coordinator = make(found, execution)
            try:
                self._process_of(coordinator, found, execution)
            finally:
                publishes.extend(coordinator.publisher.done)
        return len(report.errors) == errors and all(entry.success for entry in report.outputs[outputs:])

    def _process_of(self, coordinator: DataFlowInterface, found: Found, execution: Execution) -> None:
        """Run a coordinator; whatever it did, its results, messages, payload and metrics are kept."""
        report, started = execution.report, time.monotonic()
        errors = len(report.errors)
        monitoring = self._runtime.monitoring
        monitoring.process_started(report.process)
        with self._noted(report), execution.entered():
            guarded(found, coordinator.process)
        self._notify(execution.unit, report.errors[errors:])
        coordinator.save_payload_response()
        monitoring.process_ended(len(report.errors) == errors, time.monotonic() - started)
        coordinator.save_monitorization()

    def _landed(self, process: Process, report: ProcessReport) -> list[Group]:
        request = self._request
        selection = select(self._runtime, self._dataflow, request.files, request.source_prefix)
        report.errors.extend(selection.errors)
        base = Unit(self._dataflow.name, process.name, kind="file", run_id=request.execution_id, job_id=request.job_id,
                    current_date=self._today)  # fmt: skip
        return [Group((replace(base, landed=landed, file_name=landed.name),)) for landed in selection.files]

    @contextmanager
    def _noted(self, report: ProcessReport) -> Iterator[None]:
        """Let an error of one unit end that unit only."""
        try:
            yield
        except Exception as error:
            # The one place that turns the unexpected into an answer.
            if self._interruption.asked:
                raise KeyboardInterrupt from error
            unexpected = UnexpectedError(kind=type(error).__name__, reason=str(error))
            report.errors.append(error if isinstance(error, DataFrameworkError) else unexpected)
            _LOG.error("%s", report.errors[-1], exc_info=self._request.debug)

    def _save(self, status: str, started: float) -> None:
        self._answer.duration_s = time.monotonic() - started
        self._answer.requests = self._asked()
        record = {"status": status, "started": self._started, **self._answer.to_dict()}
        self._runtime.state.save_run(self._request.execution_id, record)

    def _asked(self) -> dict[str, int]:
        """Requests of this run by service and operation."""
        now = self._runtime.config.aws.requests - self._before
        return {f"{service}:{operation}": number for (service, operation), number in sorted(now.items())}

    def _notify(self, unit: Unit, errors: Sequence[DataFrameworkError]) -> None:
        names = {"file_name": unit.file_name, "file_date": unit.file_date}
        for error in errors:
            name = "controls_failed" if isinstance(error, ControlsStoppedError) else "process_error"
            self._runtime.notifications.send(name, {**names, "error": str(error)})

    def _finish(self, started: float) -> None:
        self._runtime.monitoring.dataflow_ended(self._answer.exit_code in {0, 4})
        self._runtime.monitoring.flush()
        self._save("done", started)
        self._expire()

    def _expire(self) -> None:
        """Remove what is kept no longer; what cannot be removed now is tried again after the next run."""
        kept = self._runtime.config.platform.retention.runs
        try:
            if kept is not None:
                self._runtime.state.expire_runs(kept)
            expire(self._runtime)
        except DataFrameworkError as error:
            _LOG.warning("%s", error, exc_info=self._request.debug)


def chosen(dataflow: Dataflow, request: Request) -> list[Process]:
    """The processes of a run, in the order of the layers they read and write.

    Raises:
        UnknownProcessError: A named process is not the dataflow's.
        UnknownTableKeyError: No process has a target of the named key.
        NothingToRunError: The dataflow has no processes.
    """
    names = list(dataflow.processes)
    if not names:
        raise NothingToRunError(dataflow=dataflow.name)
    for name in (request.process, request.first, request.last):
        if name:
            dataflow.process(name)
    if request.process:
        _check_table([dataflow.process(request.process)], request.table)
        return [dataflow.process(request.process)]
    begin = names.index(request.first) if request.first else 0
    end = names.index(request.last) + 1 if request.last else len(names)
    found = [dataflow.process(name) for name in names[begin:end]]
    _check_table(found, request.table)
    halts = [index for index, process in enumerate(found) if process.cancel_next_stage]
    return found[: halts[0] + 1] if halts else found


def _check_table(processes: Sequence[Process], table: str) -> None:
    keys = [key for process in processes for key in process.target_tables]
    if table and table not in keys:
        names = ", ".join(process.name for process in processes)
        raise UnknownTableKeyError(process=names, kind="target", key=table, suggestion=suggest(table, keys))
