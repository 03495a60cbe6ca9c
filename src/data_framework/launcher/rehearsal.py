"""What a run would do now, process by process, as far as it is known before files are opened; nothing is written."""

from __future__ import annotations

import time
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from data_framework.launcher.answer import Answer
from data_framework.launcher.chain import chosen
from data_framework.launcher.request import Request
from data_framework.launcher.units import LANDING, Units, kind_of
from data_framework.modules.config import Process
from data_framework.modules.dataflow import ProcessReport, Runtime
from data_framework.modules.dataflow.code import find
from data_framework.modules.dataflow.landing import select
from data_framework.modules.dataflow.landing.dating import sorting_date
from data_framework.modules.exception import DataFrameworkError

if TYPE_CHECKING:
    from data_framework.modules.storage import StoredObject


def rehearse(runtime: Runtime, request: Request) -> Answer:
    """Name the units of each process of a run.

    A file that will be landed makes its date due at every later process; whether it is a duplicate or will be rejected
    shows only when it is read.
    """
    started = time.monotonic()
    answer = Answer(request.execution_id, request.dataflow, fail_on_warn=request.fail_on_warn,
                    execution_mode=request.mode)  # fmt: skip
    rehearsal = _Rehearsal(runtime, request)
    try:
        runtime.check_whole()
        for process in chosen(runtime.config.dataflow(request.dataflow), request):
            runtime.config.check_supported(request.dataflow, process.name)
            answer.processes.append(rehearsal.process(process))
    except DataFrameworkError as error:
        answer.error = error
    answer.duration_s = time.monotonic() - started
    return answer


class _Rehearsal:
    """One run, process after process."""

    def __init__(self, runtime: Runtime, request: Request) -> None:
        self._runtime, self._request = runtime, request
        self._dataflow = runtime.config.dataflow(request.dataflow)
        self._units = Units(runtime, self._dataflow, request)
        self._zone = runtime.config.platform.time_zone

    def process(self, process: Process) -> ProcessReport:
        report = ProcessReport(process.name, engine=process.technology, next_stage=not process.cancel_next_stage)
        try:
            if process.name == LANDING:
                self._landing(process, report)
            else:
                self._later(process, report)
        except DataFrameworkError as error:
            report.errors.append(error)
        report.skipped = not report.would_run
        return report

    def _landing(self, process: Process, report: ProcessReport) -> None:
        selection = select(self._runtime, self._dataflow, self._request.files, self._request.source_prefix)
        report.errors.extend(selection.errors)
        report.would_run.extend(stored.key for stored in selection.files)
        hidden = [stored.name for stored in selection.files if not self._expected(process, stored)]
        if hidden:
            report.warnings.append(f"{len(hidden)} file(s) say their date only when they are read, or have none: what "
                                   f"follows for them is not named ({', '.join(hidden[:3])})")  # fmt: skip

    def _expected(self, process: Process, stored: StoredObject) -> bool:
        date = sorting_date(process.incoming_file, stored, self._zone)
        if date:
            self._units.expect(date, stored.name)
        return bool(date)

    def _later(self, process: Process, report: ProcessReport) -> None:
        found = find(self._runtime.config, self._dataflow.name, process.name)
        today = datetime.now(ZoneInfo(self._zone)).date().isoformat()
        for group in self._units.due(process, kind_of(process, found), found, today):
            report.would_run.extend(unit.key for unit in group.units)
            self._units.assume(process, group)
