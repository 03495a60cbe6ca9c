"""The one way a table is written: intent → one judged pass → quarantine → one commit → (unit closed) ledger.

A unit that was killed is run again under the same publish ids: what its last attempt committed is found by id in the
target's latest snapshots and not committed twice, nor judged again: what its controls said is kept since then.
"""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import asdict, fields, replace
from datetime import UTC, datetime
from functools import cached_property

from data_framework.modules.config.model.tables import TableRef
from data_framework.modules.data_process import DataProcessInterface, Prepared, TablePlan, Written
from data_framework.modules.data_process.plan import FrameSource, FunctionCheck, QuerySource, RawSource, Source
from data_framework.modules.dataflow.code import python_of
from data_framework.modules.dataflow.drift import propose
from data_framework.modules.dataflow.execution import Execution
from data_framework.modules.dataflow.report import TableEntry
from data_framework.modules.dataflow.results import keep
from data_framework.modules.dataflow.steps import Step
from data_framework.modules.dataflow.tables import compiled, judged
from data_framework.modules.dataflow.widening import widened
from data_framework.modules.exception import ControlsStoppedError, SchemaFrozenError
from data_framework.modules.state import Publish
from data_framework.modules.validation import Compiled, ControlContext, ControlResult


class Publisher:
    """Publishes the tables of one unit.

    Attributes:
        done: Its publishes, to be closed together with the unit.
    """

    def __init__(self, execution: Execution) -> None:
        self._execution = execution
        self._runtime = execution.runtime
        self.done: list[Publish] = []
        self._counts: dict[TableRef, int] = {}

    @property
    def engine(self) -> DataProcessInterface[object]:
        """The engine of the process."""
        return self._execution.engine

    def publish(self, plan: TablePlan, context: ControlContext) -> Written:
        """Run one table's plan: nothing unaudited becomes visible, and what is rejected is set aside first.

        Raises:
            ControlsStoppedError: A blocking control is red (or amber where it says so); the target is untouched.
            SchemaFrozenError: A cell does not fit and the contract freezes its types.
        """
        controls = compiled(self._execution, plan, context)
        self._warn_of_new(plan)
        publish, resumed = self._intend(judged(plan, controls))
        written = self._committed(plan.target, publish) if resumed else None
        prepared = self.engine.prepare(judged(plan, controls))
        try:
            while wider := widened(self._execution, plan, prepared):
                plan, controls = wider, compiled(self._execution, wider, context)
                self.engine.discard(prepared)
                prepared = self.engine.prepare(judged(plan, controls))
            self._runtime.on_step(Step.STAGED)
            propose(self._execution, prepared)
            if written is None:
                self._refuse(publish, prepared, self._judge(controls, prepared, context))
                written = self._commit(publish, prepared)
        finally:
            self.engine.discard(prepared)
        self._note(publish, prepared, written)
        return written

    def _judge(self, controls: Compiled, prepared: Prepared, context: ControlContext) -> list[ControlResult]:
        target = prepared.plan.target
        results = self._runtime.quality_controls.judge(controls, prepared.verdict, context)
        self._execution.report.controls.extend(results)
        keep(self._runtime, f"{self._execution.unit.key}|{target}|{self._counts[target]}", results, context)
        return results

    def _warn_of_new(self, plan: TablePlan) -> None:
        """Say that a table without a contract is about to be made of what was delivered."""
        ref = plan.target
        if self._runtime.config.contract(ref.database, ref.table) or self._runtime.catalogue.exists(ref):
            return
        made = "as text" if isinstance(plan.source, RawSource) else "of the types they have"
        self._execution.report.warnings.append(
            f"{ref.database}.{ref.table} has no contract: its columns are made {made}; "
            "`data-framework tables infer FILE` proposes one"
        )

    def _intend(self, plan: TablePlan) -> tuple[Publish, bool]:
        unit, target = self._execution.unit, plan.target
        ordinal = self._counts[target] = self._counts.get(target, 0) + 1
        tail = f"-{_identity(plan, unit.fingerprint, self._code)}-{ordinal}"
        for publish in self._left_open:
            place = (publish.process, publish.database, publish.table, publish.file_date)
            if place == (unit.process, target.database, target.table, unit.key) and publish.publish_id.endswith(tail):
                return replace(publish, run_id=unit.run_id), True
        publish = Publish(
            publish_id=uuid.uuid4().hex[:12] + tail, run_id=unit.run_id, dataflow=unit.dataflow, process=unit.process,
            layer=target.layer, database=target.database, table=target.table, file_date=unit.key,
            started=datetime.now(UTC).isoformat(timespec="seconds"),
        )  # fmt: skip
        self._runtime.state.begin_publish(publish)
        self._runtime.on_step(Step.INTENT)
        return publish, False

    @cached_property
    def _left_open(self) -> list[Publish]:
        """Intents of attempts that were cut off before this one."""
        return self._runtime.state.open_publishes(self._execution.unit.dataflow)

    @cached_property
    def _code(self) -> str:
        return python_of(self._runtime.config.project)

    def _refuse(self, publish: Publish, prepared: Prepared, results: list[ControlResult]) -> None:
        plan, failures = prepared.plan, prepared.verdict.cast_failures
        stops = [result for result in results if result.stops]
        if not stops and not (plan.freeze_types and any(failures.values())):
            return
        self._runtime.state.close_publish(replace(publish, status="abandoned"))
        if not stops:
            columns = ", ".join(f"{name} ({count})" for name, count in failures.items() if count)
            raise SchemaFrozenError(table=str(plan.target), cells=sum(failures.values()), columns=columns)
        of_date = f" of {plan.data_date}" if plan.data_date else ""
        names = "; ".join(f"{result.name or result.control_master_id} is {result.rag}" for result in stops)
        raise ControlsStoppedError(count=len(stops), table=str(plan.target), of_date=of_date, names=names)

    def _commit(self, publish: Publish, prepared: Prepared) -> Written:
        unit = self._execution.unit
        properties = {"run-id": publish.publish_id, "execution-id": unit.run_id, "content-hash": unit.fingerprint,
                      "data-date": prepared.plan.data_date, "process": unit.process, "unit": unit.key}  # fmt: skip
        self.engine.set_aside(prepared, properties)
        self._runtime.on_step(Step.QUARANTINE)
        written = self.engine.commit(prepared, properties)
        self._runtime.on_step(Step.COMMIT)
        return written

    def _committed(self, target: TableRef, publish: Publish) -> Written | None:
        if not self._runtime.catalogue.exists(target):
            return None
        for snapshot in self._runtime.catalogue.history(target, limit=1000):
            if snapshot.properties.get("run-id") == publish.publish_id:
                counts = {f.name: int(snapshot.properties.get(f.name, 0)) for f in fields(Written)}
                return Written(**{**counts, "snapshot_id": snapshot.snapshot_id})
        return None

    def _note(self, publish: Publish, prepared: Prepared, written: Written) -> None:
        report, plan = self._execution.report, prepared.plan
        report.tables.append(TableEntry(plan.target, self._execution.unit.file_date, written))
        date = self._execution.unit.file_date
        report.rows_by_file |= {(date, name): rows for name, rows in prepared.verdict.rows_by_file.items()}
        self.done.append(
            replace(publish, status="committed", counts={"write_mode": plan.write_mode, **asdict(written)})
        )
        monitoring = self._runtime.monitoring
        monitoring.table_read(plan.target, written.rows_read, self._size(plan.source))
        monitoring.table_written(
            plan.target, written.rows_written, written.bytes_added, written.rows_deleted, written.bytes_deleted,
            written.rows_total,
        )  # fmt: skip

    def _size(self, source: Source) -> int | None:
        """The bytes read: files as they were delivered, tables as they lie; None of a frame."""
        if isinstance(source, RawSource):
            return sum(file.size for file in source.files)
        if not isinstance(source, QuerySource):
            return None
        catalogue = self._runtime.catalogue
        snapshots = [catalogue.snapshot(table.ref) for table in source.tables.values() if catalogue.exists(table.ref)]
        return sum(int(snapshot.properties.get("total-files-size", 0)) for snapshot in snapshots if snapshot)


def _identity(plan: TablePlan, fingerprint: str, code: str) -> str:
    """What makes a publish the same one when its unit is run again: the input, and the plan as it is today.

    A plan does not show what Python made its frame or judges it: there the code counts as well. Rows appended once stay
    appended, whatever has become of the code since: there the input alone counts.
    """
    said = [fingerprint]
    if plan.write_mode != "append":
        checks = tuple((check.id, check.name) if isinstance(check, FunctionCheck) else check for check in plan.checks)
        said += [repr(replace(plan, checks=(), history=None, foreign=())), repr(checks)]
        if isinstance(plan.source, FrameSource) or any(isinstance(check, FunctionCheck) for check in plan.checks):
            said.append(code)
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:16]
