"""Rows set aside, judged again by today's contract and controls, or given up for good.

A replay is one commit of the table: what is sound now is added by key, else appended; no partition is replaced. The
intent names the rows, so that a replay that was cut off between the table and its quarantine is ended and not repeated.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data_framework.modules.data_process import Marking, QuarantineKeeper
from data_framework.modules.dataflow import tables
from data_framework.modules.dataflow.aside_rows import FROM_RAW, Rows, Writer, open_rows, raw_behind, taken_up
from data_framework.modules.dataflow.execution import Execution
from data_framework.modules.dataflow.report import ProcessReport
from data_framework.modules.dataflow.results import keep, move
from data_framework.modules.dataflow.steps import Step
from data_framework.modules.dataflow.unit import Unit
from data_framework.modules.exception import ControlsStoppedError, ReplayRefusedError, UnknownChoiceError
from data_framework.modules.state import Publish

if TYPE_CHECKING:
    from data_framework.modules.config import TableEntry, TableRef
    from data_framework.modules.config.model.tables import WriteMode
    from data_framework.modules.data_process import Prepared, TablePlan, Written
    from data_framework.modules.data_process.plan import RawFile
    from data_framework.modules.dataflow.runtime import Runtime
    from data_framework.modules.validation import Compiled, ControlResult

_WAIT_SECONDS = 600.0
_UNIT = "quarantine replay"


@dataclass(frozen=True)
class Replayed:
    """What a replay did.

    Attributes:
        replayed: Rows that are sound now and left the quarantine.
        counts: `rows_read` (open rows that were judged), and what became of them; `rows_quarantined` are still open,
            those included whose text is no row at all.
    """

    replayed: int
    counts: Mapping[str, int]


def replay(runtime: Runtime, target: TableRef, data_date: str = "") -> Replayed:
    """Judge the open rows of a table's quarantine again and add those that are sound now.

    Args:
        runtime: What is needed for it.
        target: The table the rows did not enter.
        data_date: Only rows of this data date; "" all.

    Raises:
        ReplayRefusedError: No process writes the table, or its rows depend on each other (scd2, delete_when).
        ControlsStoppedError: A blocking control of the rows is red; nothing was changed.
    """
    writers = _writers(runtime, target)
    if not writers:
        raise ReplayRefusedError(table=str(target), reason="no process of the project writes it")
    done = [_replayed(writer, writers, data_date) for writer in writers]
    counts = {name: sum(one.counts[name] for one in done) for name in done[0].counts}
    return Replayed(sum(one.replayed for one in done), counts)


def _replayed(writer: Writer, writers: Sequence[Writer], data_date: str) -> Replayed:
    """Replay the rows that one of the processes which fill a table has set aside."""
    execution, entry = writer
    runtime = execution.runtime
    with runtime.state.claim(f"dataflow/{execution.unit.dataflow}", runtime.run_id, _WAIT_SECONDS):
        _end_what_was_cut_off(execution, entry.ref)
        with runtime.storage.work_folder() as folder:
            rows = open_rows(runtime, entry.ref.quarantine, Rows((), data_date))
            taken = taken_up(writer, writers, rows, Path(folder))
            marking = Marking(taken.superseded, "superseded")
            _keeper(runtime).mark(entry.ref.quarantine, marking, {"run-id": runtime.run_id})
            done = _judged(execution, entry, taken.files, taken.ids) if taken.files else Replayed(0, _counts(None))
    aside = done.counts["rows_quarantined"] + taken.rows - done.counts["rows_read"]
    return Replayed(done.replayed, {**done.counts, "rows_read": taken.rows, "rows_quarantined": aside})


def discard(runtime: Runtime, target: TableRef, rows: Rows, reason: str = "") -> int:
    """Give open rows up for good, with the reason kept beside theirs; answer how many."""
    found = _writers(runtime, target)
    name = f"dataflow/{found[0][0].unit.dataflow}" if found else f"table/{target}"
    with runtime.state.claim(name, runtime.run_id, _WAIT_SECONDS):
        ids = [row["_quarantine_id"] for row in open_rows(runtime, target.quarantine, rows)]
        if unknown := sorted({*rows.ids} - {*ids}):
            asked = "See `data-framework quarantine show`: only open rows are discarded."
            raise UnknownChoiceError(kind="open row of the quarantine", name=unknown[0], suggestion=asked)
        marking = Marking(ids, "discarded", reason)
        return _keeper(runtime).mark(target.quarantine, marking, {"run-id": runtime.run_id})


# what replays the rows ----------------------------------------------------------------------------------------------
def _writers(runtime: Runtime, target: TableRef) -> list[Writer]:
    """The first process that writes the table, as it would run now; where it reads raw, every one that does."""
    found: list[Writer] = []
    for dataflow in runtime.config.dataflows.values():
        for process in dataflow.processes.values():
            entry = next((entry for entry in process.target_tables.values() if entry.ref == target), None)
            if entry is not None:
                today = datetime.now(UTC).date().isoformat()
                unit = Unit(dataflow.name, process.name, run_id=runtime.run_id, current_date=today)
                found.append((Execution(runtime, unit, ProcessReport(process.name)), entry))
    from_raw = [(execution, entry) for execution, entry in found if raw_behind(execution)]
    return from_raw if found and raw_behind(found[0][0]) else found[:1]


def _judged(execution: Execution, entry: TableEntry, files: list[RawFile], ids: list[list[str]]) -> Replayed:
    runtime, keeper = execution.runtime, _keeper(execution.runtime)
    context = tables.control_context(execution, entry)
    plan = _plan(execution, entry, files)
    controls = _of_rows(tables.compiled(execution, plan, context))
    plan = tables.judged(plan, controls)
    prepared = keeper.prepare(plan)
    try:
        runtime.on_step(Step.STAGED)
        results = runtime.quality_controls.judge(controls, prepared.verdict, context)
        keep(runtime, f"{_UNIT}|{plan.target}", results, context)
        move(runtime, execution.unit.dataflow, execution.unit.process)
        _refuse(plan, controls, results)
        aside = {*keeper.lines_aside(prepared)}
        places = ((file, line, one) for file, lines in enumerate(ids) for line, one in enumerate(lines, 1))
        sound = [one for file, line, one in places if (file, line) not in aside]
        written = _published(execution, prepared, sound) if sound else None
        rows = sum(map(len, ids))
        return Replayed(len(sound), _counts(written) if written else {**_counts(None), "rows_read": rows,
                                                                     "rows_quarantined": rows})  # fmt: skip
    finally:
        keeper.discard(prepared)


def _counts(written: Written | None) -> dict[str, int]:
    names = ("rows_read", "rows_written", "rows_unchanged", "rows_quarantined", "rows_dropped", "rows_merged")
    return {name: int(getattr(written, name)) if written else 0 for name in names}


def _refuse(plan: TablePlan, controls: Compiled, results: Sequence[ControlResult]) -> None:
    """Stop at a blocking control, unless the rows it is red for stay set aside anyway."""
    kept = {check.id for check in controls.checks if getattr(check, "on_failure", "keep") == "keep"} | {
        *controls.errors
    }
    bad = [result for result, key in zip(results, controls.controls, strict=True) if result.stops and key in kept]
    if bad:
        names = "; ".join(f"{result.name or result.control_master_id} is {result.rag}" for result in bad)
        raise ControlsStoppedError(count=len(bad), table=str(plan.target), of_date="", names=names)


def _plan(execution: Execution, entry: TableEntry, files: list[RawFile]) -> TablePlan:
    """The plan of the rows: read as their process reads them, added by key, else appended."""
    from_raw = raw_behind(execution) is not None
    if not from_raw:  # their text is what a transformation has made of it already
        entry = entry.model_copy(update={"casting": type(entry.casting)()})
    plan = tables.plan_of_files(execution, entry, tuple(files), "")
    if plan.write_mode == "scd2" or plan.delete_when is not None:
        what = "it keeps versions" if plan.write_mode == "scd2" else "its deliveries delete rows"
        again = f"run their data dates again (`run {execution.unit.dataflow} --from {FROM_RAW} --start D --end D`)"
        raise ReplayRefusedError(table=str(plan.target), reason=f"{what}; {again}")
    mode: WriteMode = "merge" if plan.primary_keys else "append"
    columns = plan.columns if from_raw else tuple(replace(c, formats=(), null_values=()) for c in plan.columns)
    return replace(plan, columns=columns, write_mode=mode, rebuilds=False, replaces_date=False, freeze_types=False)


def _of_rows(controls: Compiled) -> Compiled:
    """The controls that judge rows: what a whole delivery must be like says nothing of a few of its rows."""
    from data_framework.modules.data_process.plan import AggregateCheck, QueryCheck

    checks = tuple(check for check in controls.checks if not isinstance(check, AggregateCheck | QueryCheck))
    wanted = {check.id for check in checks} | {*controls.errors}
    bound = {key: value for key, value in controls.controls.items() if key in wanted}
    return replace(controls, checks=checks, controls=bound)


# the commits --------------------------------------------------------------------------------------------------------
def _published(execution: Execution, prepared: Prepared, sound: list[str]) -> Written:
    runtime, keeper, unit, target = execution.runtime, _keeper(execution.runtime), execution.unit, prepared.plan.target
    publish = Publish(
        publish_id=f"replay-{uuid.uuid4().hex}", run_id=unit.run_id, dataflow=unit.dataflow, process=_UNIT,
        layer=target.layer, database=target.database, table=target.table,
        started=datetime.now(UTC).isoformat(timespec="seconds"), counts={"ids": sound},
    )  # fmt: skip
    runtime.state.begin_publish(publish)
    runtime.on_step(Step.INTENT)
    properties = {"run-id": publish.publish_id, "execution-id": unit.run_id, "process": unit.process, "unit": _UNIT}
    written = keeper.commit(prepared, properties)
    runtime.on_step(Step.COMMIT)
    keeper.mark(target.quarantine, Marking(sound, "replayed"), properties)
    runtime.on_step(Step.QUARANTINE)
    runtime.state.close_publish(replace(publish, status="committed", counts=_counts(written)))
    runtime.on_step(Step.LEDGER)
    return written


def _end_what_was_cut_off(execution: Execution, target: TableRef) -> None:
    """A replay whose rows are in the table, but still open in the quarantine, is ended; another is forgotten."""
    runtime = execution.runtime
    for publish in runtime.state.open_publishes(execution.unit.dataflow):
        if (publish.process, publish.database, publish.table) != (_UNIT, target.database, target.table):
            continue
        history = runtime.catalogue.history(target, limit=1000) if runtime.catalogue.exists(target) else []
        done = any(snapshot.properties.get("run-id") == publish.publish_id for snapshot in history)
        if done:
            marking = Marking(publish.counts["ids"], "replayed")
            _keeper(runtime).mark(target.quarantine, marking, {"run-id": publish.publish_id})
        runtime.state.close_publish(replace(publish, status="committed" if done else "abandoned", counts={}))


def _keeper(runtime: Runtime) -> QuarantineKeeper[Any]:
    engine = runtime.data_process()
    assert isinstance(engine, QuarantineKeeper)
    return engine
