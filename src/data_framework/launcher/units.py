"""Which units of a process are due: files not yet seen, dates whose input changed, or one for the run."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from data_framework.launcher.request import Request
from data_framework.modules.config import Dataflow, Process
from data_framework.modules.dataflow import Runtime, Unit
from data_framework.modules.dataflow.code import Found
from data_framework.modules.dataflow.unit import Kind
from data_framework.modules.exception import NotOfDataflowError

if TYPE_CHECKING:
    from data_framework.modules.state import Publish

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


@dataclass(frozen=True)
class Group:
    """Units that are done together: those of a data date, or the one of a run.

    Attributes:
        units: The units, in order.
        inputs: Data date → fingerprint of its raw, for every date the units stand for: noted when all are done.
    """

    units: tuple[Unit, ...]
    inputs: Mapping[str, str] = field(default_factory=dict)


class Units:
    """The units of one dataflow's run, asked process by process as the chain goes on.

    A date is due at a process when the processes before it are done for its raw and this one is not. What begins is no
    longer done, here and downstream, until it ends well: a forced run that fails is not forgotten.
    """

    def __init__(self, runtime: Runtime, dataflow: Dataflow, request: Request) -> None:
        self._runtime = runtime
        self._dataflow = dataflow
        self._request = request
        self._done: dict[str, dict[str, str]] = {}
        self._expected: dict[str, list[str]] = {}
        self.touched: set[str] = set()

    @property
    def has_raw(self) -> bool:
        """Whether the dataflow lands files."""
        return LANDING in self._dataflow.processes

    def due(self, process: Process, kind: Kind, found: Found, current_date: str) -> list[Group]:
        """What a process has to do now, in order (landing's units are made by its selection)."""
        request = self._request
        full = request.mode == "full"
        whole = full and (process.name == STAGING or kind == "run" or (found.kind == "python" and not process.per))
        base = Unit(
            dataflow=self._dataflow.name, process=process.name, kind="run" if whole else kind, table=request.table,
            run_id=request.execution_id, job_id=request.job_id, current_date=current_date,
            execution_mode="full" if whole else "delta",
        )  # fmt: skip
        if not self.has_raw:
            return self._without_raw(base)
        inputs = self._upstream(process)
        if base.kind == "run":
            return self._once(base, process, inputs)
        dates = inputs if full else self._due_dates(process, inputs)
        return [
            Group(tuple(self._of_date(base, date, print_)), {date: print_}) for date, print_ in sorted(dates.items())
        ]

    def begin(self, process: Process, group: Group) -> None:
        """Note that what a group stands for is no longer done, at its process and at those after it."""
        names = list(self._dataflow.processes)
        later = names[names.index(process.name) :]
        gone = {name: [date for date in group.inputs if date in self._completed(name)] for name in later}
        if any(gone.values()) and not self._request.table:
            self._runtime.state.reopen(self._dataflow.name, gone)
            for name, dates in gone.items():
                for date in dates:
                    del self._completed(name)[date]

    def finish(self, process: Process, group: Group, publishes: Sequence[Publish], whole: bool) -> None:
        """Close a group's publishes; when all of it is done, note what it stood for, together."""
        inputs = group.inputs if whole and not self._request.table else {}
        self._runtime.state.finish(self._dataflow.name, process.name, inputs, publishes)
        self._completed(process.name).update(inputs)

    def expect(self, file_date: str, file_name: str) -> None:
        """Go on as if this file had been landed (what a dry run asks)."""
        self._expected.setdefault(file_date, []).append(file_name)
        self.touched.add(file_date)

    def assume(self, process: Process, group: Group) -> None:
        """Go on as if this group were done (what a dry run asks)."""
        self._completed(process.name).update(group.inputs)

    def _upstream(self, process: Process) -> Mapping[str, str]:
        """What the processes before this one are done for: data date → fingerprint of its raw."""
        output = self._dataflow.process(LANDING).output_file
        raw = self._runtime.state.raw_dates(output.database, output.table) if output else {}
        raw |= {date: _digest({date: raw.get(date, ""), **dict.fromkeys(names, "")})
                for date, names in self._expected.items()}  # fmt: skip
        order = list(self._dataflow.processes)
        for name in order[1 : order.index(process.name)]:
            done = self._completed(name)
            raw = {date: print_ for date, print_ in raw.items() if done.get(date) == print_}
        return raw

    def _completed(self, process: str) -> dict[str, str]:
        if process not in self._done:
            self._done[process] = self._runtime.state.completed(self._dataflow.name, process)
        return self._done[process]

    def _due_dates(self, process: Process, inputs: Mapping[str, str]) -> dict[str, str]:
        request, done = self._request, self._completed(process.name)
        wanted = {date: print_ for date, print_ in inputs.items() if request.takes(date)}
        if request.files:
            named = self._dates_of_files
            wanted = {date: print_ for date, print_ in wanted.items() if date in named}
        if request.dates_named:
            return wanted
        return {date: print_ for date, print_ in wanted.items() if done.get(date) != print_}

    @property
    def _dates_of_files(self) -> set[str]:
        """The dates of the files that are named: of those this run landed, or the ledger's where it lands none."""
        request = self._request
        if {request.process, request.first} <= {"", LANDING}:
            return self.touched
        found: set[str] = set()
        for name in request.files:
            lines = [line for line in self._runtime.state.named(self._dataflow.name, name.rpartition("/")[2])
                     if f"/{line.key}".endswith(f"/{name}")]  # fmt: skip
            if not lines:
                raise NotOfDataflowError(key=name, dataflow=self._dataflow.name, reason="it was never landed")
            found |= {line.file_date for line in lines if line.in_force}
        return found

    def _once(self, base: Unit, process: Process, inputs: Mapping[str, str]) -> list[Group]:
        done = self._completed(process.name)
        forced = self._request.process == process.name or self._request.dates_named or self._request.mode == "full"
        changed = any(done.get(date) != print_ for date, print_ in inputs.items())
        if not inputs or not (forced or changed):
            return []
        return [Group((replace(base, fingerprint=_digest(inputs)),), dict(inputs))]

    def _of_date(self, base: Unit, date: str, print_: str) -> list[Unit]:
        if base.kind == "date":
            return [replace(base, file_date=date, fingerprint=print_)]
        output = self._dataflow.process(LANDING).output_file
        deliveries = self._runtime.state.in_force(output.database, output.table, date) if output else []
        hashes = {one.file_name: one.content_hash for one in deliveries} | dict.fromkeys(
            self._expected.get(date, ()), ""
        )
        return [replace(base, file_date=date, file_name=name, fingerprint=f"{print_}{content_hash}")
                for name, content_hash in hashes.items()]  # fmt: skip

    def _without_raw(self, base: Unit) -> list[Group]:
        """A dataflow that starts at other dataflows' tables: every date that is named, else once; done each time."""
        dates = self._request.days if base.kind != "run" else ()
        token = self._request.execution_id
        if not dates:
            unit = replace(base, kind="run", file_date=self._request.file_date, fingerprint=token)
            return [Group((unit,))]
        return [Group((replace(base, file_date=date, fingerprint=token),)) for date in dates]


def _digest(inputs: Mapping[str, str]) -> str:
    return hashlib.sha256(repr(sorted(inputs.items())).encode()).hexdigest()
