"""Rows set aside, judged again by today's contract and controls, or given up for good.

A replay is one commit of the table: what is sound now is added by key, else appended; no partition is replaced. The
intent names the rows, so that a replay that was cut off between the table and its quarantine is ended and not repeated.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data_framework.modules.data_process import Marking, QuarantineKeeper
from data_framework.modules.data_process.helpers.cast import BLANKS
from data_framework.modules.dataflow import tables
from data_framework.modules.dataflow.execution import Execution
from data_framework.modules.dataflow.report import ProcessReport
from data_framework.modules.dataflow.results import keep, move
from data_framework.modules.dataflow.steps import Step
from data_framework.modules.dataflow.unit import Unit
from data_framework.modules.exception import ControlsStoppedError, ReplayRefusedError, UnknownChoiceError
from data_framework.modules.state import Publish
from data_framework.modules.utils.names import normalise_names

if TYPE_CHECKING:
    from data_framework.modules.config import TableEntry, TableRef
    from data_framework.modules.config.model.tables import WriteMode
    from data_framework.modules.data_process import Prepared, TablePlan, Written
    from data_framework.modules.data_process.plan import RawFile
    from data_framework.modules.dataflow.runtime import Runtime
    from data_framework.modules.validation import Compiled, ControlResult

_WAIT_SECONDS = 600.0
_UNIT, _FROM_RAW = "quarantine replay", "raw_to_staging"


@dataclass(frozen=True)
class Rows:
    """Which open rows: those named (all where none is), of a data date ("" any)."""

    ids: Sequence[str] = ()
    data_date: str = ""


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
    found = _writer(runtime, target)
    if found is None:
        raise ReplayRefusedError(table=str(target), reason="no process of the project writes it")
    execution, entry = found
    with runtime.state.claim(f"dataflow/{execution.unit.dataflow}", runtime.run_id, _WAIT_SECONDS):
        _end_what_was_cut_off(execution, target)
        rows = _in_force(execution, entry, list(_open_rows(runtime, target.quarantine, Rows((), data_date))))
        with runtime.storage.work_folder() as folder:
            files, ids = _written(execution, Path(folder), rows)
            done = _judged(execution, entry, files, ids) if files else Replayed(0, _counts(None))
    read = done.counts["rows_read"]
    aside = done.counts["rows_quarantined"] + len(rows) - read
    return Replayed(done.replayed, {**done.counts, "rows_read": len(rows), "rows_quarantined": aside})


def discard(runtime: Runtime, target: TableRef, rows: Rows, reason: str = "") -> int:
    """Give open rows up for good, with the reason kept beside theirs; answer how many."""
    found = _writer(runtime, target)
    name = f"dataflow/{found[0].unit.dataflow}" if found else f"table/{target}"
    with runtime.state.claim(name, runtime.run_id, _WAIT_SECONDS):
        ids = [row["_quarantine_id"] for row in _open_rows(runtime, target.quarantine, rows)]
        if unknown := sorted({*rows.ids} - {*ids}):
            asked = "See `data-framework quarantine show`: only open rows are discarded."
            raise UnknownChoiceError(kind="open row of the quarantine", name=unknown[0], suggestion=asked)
        marking = Marking(ids, "discarded", reason)
        return _keeper(runtime).mark(target.quarantine, marking, {"run-id": runtime.run_id})


# what replays the rows ----------------------------------------------------------------------------------------------
def _writer(runtime: Runtime, target: TableRef) -> tuple[Execution, TableEntry] | None:
    """The first process that writes the table, as it would run now."""
    for dataflow in runtime.config.dataflows.values():
        for process in dataflow.processes.values():
            for entry in process.target_tables.values():
                if entry.ref == target:
                    today = datetime.now(UTC).date().isoformat()
                    unit = Unit(dataflow.name, process.name, run_id=runtime.run_id, current_date=today)
                    return Execution(runtime, unit, ProcessReport(process.name)), entry
    return None


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
    from_raw = execution.unit.process == _FROM_RAW
    if not from_raw:  # their text is what a transformation has made of it already
        entry = entry.model_copy(update={"casting": type(entry.casting)()})
    plan = tables.plan_of_files(execution, entry, tuple(files), "")
    if plan.write_mode == "scd2" or plan.delete_when is not None:
        what = "it keeps versions" if plan.write_mode == "scd2" else "its deliveries delete rows"
        again = f"run their data dates again (`run {execution.unit.dataflow} --from {_FROM_RAW} --start D --end D`)"
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


# the rows -----------------------------------------------------------------------------------------------------------
def _open_rows(runtime: Runtime, ref: TableRef, rows: Rows) -> Iterator[dict[str, Any]]:
    from sqlglot import exp

    from data_framework.modules.data_process.plan.model import QuerySource, TableSource

    names = ("_quarantine_id", "_file_name", "_content_hash", "_data_date", "_line", "_row")
    columns = [exp.column(name, quoted=True) for name in names]
    status = exp.EQ(this=exp.column("_status", quoted=True), expression=exp.Literal.string("open"))
    select = exp.select(*columns).from_(exp.to_identifier("source", True)).where(status)
    select = select.order_by(*(exp.column(name, quoted=True) for name in ("_data_date", "_file_name", "_line")))
    wanted = {*rows.ids}
    for batch in runtime.data_process().batches(QuerySource(select, {"source": TableSource(ref)})):
        for row in batch.to_pylist():
            named = not wanted or row["_quarantine_id"] in wanted
            if named and rows.data_date in {"", str(row["_data_date"])}:
                yield row


def _in_force(execution: Execution, entry: TableEntry, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows whose file still counts; those of a file that was restated or replaced since are superseded."""
    source = tables.raw_table(execution) if execution.unit.process == _FROM_RAW else None
    if source is None:
        return rows
    deliveries = execution.runtime.state.in_force(source.database, source.table)
    if tables.plan_of_contract(execution, entry).write_mode == "overwrite" and deliveries:
        latest = max(delivery.file_date for delivery in deliveries)
        deliveries = [delivery for delivery in deliveries if delivery.file_date == latest]
    known = {(delivery.file_date, delivery.content_hash) for delivery in deliveries}
    found = [row for row in rows if (str(row["_data_date"] or ""), row["_content_hash"]) in known]
    there = {row["_quarantine_id"] for row in found}
    marking = Marking([row["_quarantine_id"] for row in rows if row["_quarantine_id"] not in there], "superseded")
    ref, runtime = entry.ref.quarantine, execution.runtime
    _keeper(runtime).mark(ref, marking, {"run-id": runtime.run_id})
    return found


def _written(execution: Execution, folder: Path, rows: list[dict[str, Any]]) -> tuple[list[RawFile], list[list[str]]]:
    """The rows as files to read again, one for each delivery and shape, and the ids of their lines."""
    groups: dict[tuple[str, str, str, tuple[str, ...]], list[tuple[str, dict[str, Any]]]] = {}
    for row in rows:
        cells = _cells(row["_row"])
        if cells:
            place = (row["_file_name"] or "", row["_content_hash"] or "", str(row["_data_date"] or ""), tuple(cells))
            groups.setdefault(place, []).append((row["_quarantine_id"], cells))
    from data_framework.modules.data_process.plan import RawFile

    files, ids = [], []
    for number, ((file_name, content_hash, data_date, names), lines) in enumerate(groups.items()):
        columns, trim = _read_as(execution, data_date, content_hash, names)
        path = folder / f"{number}.jsonl"
        path.write_text("".join(f"{json.dumps(trim(cells))}\n" for _, cells in lines), encoding="utf-8")
        files.append(RawFile(
            uri=str(path), file_name=file_name, content_hash=content_hash, data_date=data_date, sequence=number,
            format="json_lines", dialect={}, columns=columns,
        ))  # fmt: skip
        ids.append([one for one, _ in lines])
    return files, ids


def _cells(text: str | None) -> dict[str, Any]:
    """A row's cells, {} of what is no row: a line that is broken stays set aside."""
    try:
        found = json.loads(text or "")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


Trim = Callable[[dict[str, Any]], dict[str, Any]]


def _read_as(
    execution: Execution, data_date: str, content_hash: str, names: tuple[str, ...]
) -> tuple[dict[str, str], Trim]:
    """Delivered name → normalised name, and how cells are trimmed: as the ledger noted it, else as they are."""
    source = tables.raw_table(execution) if execution.unit.process == _FROM_RAW else None
    if source:
        for delivery in execution.runtime.state.in_force(source.database, source.table, data_date):
            for member in delivery.reader["members"] if delivery.content_hash == content_hash else ():
                if {*names} <= {*member["columns"]}:
                    trims = delivery.reader["format"] == "csv" and member["dialect"].get("trim", True)
                    return {name: member["columns"][name] for name in names}, _trimmed if trims else dict
    return dict(zip(names, normalise_names(list(names)), strict=True)), dict


def _trimmed(cells: dict[str, Any]) -> dict[str, Any]:
    """Cells of typed columns were set aside with the blanks around them; of text, blanks alone are nothing."""
    return {name: (text.strip(BLANKS) or None) if text else text for name, text in cells.items()}
