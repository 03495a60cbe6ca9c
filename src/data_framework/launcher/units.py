"""Which units of a process are due: files not yet seen, dates whose input changed, or one for the run."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from data_framework.launcher.request import Request
from data_framework.modules.config import Dataflow, Process
from data_framework.modules.dataflow import Runtime, Unit
from data_framework.modules.dataflow.code import Found
from data_framework.modules.dataflow.unit import Kind

if TYPE_CHECKING:
    from data_framework.modules.state import Delivery, Publish

LANDING, STAGING = "landing_to_raw", "raw_to_staging"


def kind_of(process: Process, found: Found) -> Kind:
    """How often a process runs: `per`, else once per file or date if its SQL or reports name one (or it is Python)."""
    if process.name == LANDING:
        return "file"
    if process.name == STAGING:
        return "date"
    if process.per:
        return process.per
    named = found.values_named | {
        value
        for report in process.output_reports
        for value in ("file_name", "file_date")
        if f"{{{value}}}" in f"{report.where or ''}{report.filename_pattern or ''}{report.columns}"
    }
    if "file_name" in named:
        return "file"
    return "date" if "file_date" in named or found.kind == "python" else "run"


class Units:
    """The units of one dataflow's run, asked process by process as the chain goes on.

    A unit that failed upstream is not due downstream: its input's fingerprint is not among the completed ones.
    """

    def __init__(self, runtime: Runtime, dataflow: Dataflow, request: Request) -> None:
        self._runtime = runtime
        self._dataflow = dataflow
        self._request = request
        self.touched: set[str] = set()

    @property
    def has_raw(self) -> bool:
        """Whether the dataflow lands files."""
        return LANDING in self._dataflow.processes

    def due(self, process: Process, kind: Kind, current_date: str) -> list[Unit]:
        """The units of a process to run now, in order (landing's are made by its selection)."""
        request = self._request
        base = Unit(
            dataflow=self._dataflow.name, process=process.name, kind=kind, table=request.table,
            run_id=request.execution_id, job_id=request.job_id, current_date=current_date, execution_mode=request.mode,
        )  # fmt: skip
        if request.mode == "full":
            return (
                [_with(base, kind="run", fingerprint=_digest(self.upstream(process)))]
                if self._any_input(process)
                else []
            )
        if kind == "run":
            return self._run_unit(base, process)
        dates = self._due_dates(process)
        if kind == "date":
            return [_with(base, file_date=date, fingerprint=print_) for date, print_ in dates.items()]
        return [
            _with(base, file_date=date, file_name=delivery.file_name, fingerprint=f"{print_}{delivery.content_hash}")
            for date, print_ in dates.items()
            for delivery in self._deliveries(date)
        ]

    def upstream(self, process: Process) -> Mapping[str, str]:
        """What the processes before this one have completed: data date → fingerprint of the input it was done for."""
        if not self.has_raw:
            return {}
        raw = self._raw_dates()
        order = list(self._dataflow.processes)
        for name in order[1 : order.index(process.name)]:
            done = self._runtime.state.completed(self._dataflow.name, name)
            raw = {date: print_ for date, print_ in raw.items() if done.get(date) == print_}
        return raw

    def finish(self, process: Process, units: Sequence[Unit], publishes: Sequence[Publish]) -> None:
        """Close the publishes of a date's units (or the one of the run) and note the data dates they stood for."""
        inputs = dict(self.upstream(process)) if units else {}
        if units and units[0].execution_mode == "delta" and units[0].kind != "run":
            inputs = {date: print_ for date, print_ in inputs.items() if date == units[0].file_date}
        self._runtime.state.finish(self._dataflow.name, process.name, inputs, publishes)

    def _due_dates(self, process: Process) -> dict[str, str]:
        inputs = {date: print_ for date, print_ in self.upstream(process).items() if self._request.takes(date)}
        if not self.has_raw:
            date = self._request.file_date or self._request.start
            return {date: ""} if date else {}
        if self._request.dates_named or (self._request.files and self.touched):
            return {date: print_ for date, print_ in sorted(inputs.items())
                    if self._request.dates_named or date in self.touched}  # fmt: skip
        done = self._runtime.state.completed(self._dataflow.name, process.name)
        return {date: print_ for date, print_ in sorted(inputs.items()) if done.get(date) != print_}

    def _run_unit(self, base: Unit, process: Process) -> list[Unit]:
        inputs = self.upstream(process)
        if not self.has_raw:
            return [_with(base, file_date=self._request.file_date)]
        done = self._runtime.state.completed(self._dataflow.name, process.name)
        explicit = self._request.process == process.name or self._request.dates_named
        changed = any(done.get(date) != print_ for date, print_ in inputs.items())
        if not inputs or not (explicit or changed):
            return []
        return [_with(base, file_date=self._request.file_date, fingerprint=_digest(inputs))]

    def _any_input(self, process: Process) -> bool:
        return not self.has_raw or bool(self.upstream(process))

    def _raw_dates(self) -> dict[str, str]:
        output = self._dataflow.process(LANDING).output_file
        return self._runtime.state.raw_dates(output.database, output.table) if output else {}

    def _deliveries(self, date: str) -> list[Delivery]:
        output = self._dataflow.process(LANDING).output_file
        return self._runtime.state.in_force(output.database, output.table, date) if output else []


def _digest(inputs: Mapping[str, str]) -> str:
    return hashlib.sha256(repr(sorted(inputs.items())).encode()).hexdigest()


def _with(base: Unit, **changes: object) -> Unit:
    return replace(base, **changes)  # type: ignore[arg-type]
