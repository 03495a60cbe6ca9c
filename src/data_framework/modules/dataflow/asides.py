"""Rows set aside, judged again by today's contract and controls, or given up for good.

A replay is one commit of the table: what is sound now is added by key, else appended; no partition is replaced. The
intent names the rows, so that a replay that was cut off between the table and its quarantine is ended and not repeated.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data_framework.modules.dataflow import tables
from data_framework.modules.dataflow.execution import Execution
from data_framework.modules.dataflow.report import ProcessReport
from data_framework.modules.dataflow.results import keep, move
from data_framework.modules.dataflow.unit import Unit
from data_framework.modules.exception import ControlsStoppedError, NotReplayableError
from data_framework.modules.state import Publish
from data_framework.modules.utils.names import normalise_names

if TYPE_CHECKING:
    from data_framework.modules.config import TableEntry, TableRef
    from data_framework.modules.config.model.tables import WriteMode
    from data_framework.modules.data_process import TablePlan
    from data_framework.modules.data_process.interface_data_process import QuarantineKeeper
    from data_framework.modules.data_process.plan import RawFile
    from data_framework.modules.dataflow.runtime import Runtime
    from data_framework.modules.validation import Compiled

_WAIT_SECONDS = 600.0
_UNIT = "quarantine replay"


@dataclass(frozen=True)
class Replayed:
    """What a replay did.

    Attributes:
        rows: Open rows that were judged.
        replayed: Rows that are sound now and left the quarantine.
        rows_open: Rows that still are not, those included whose text is no row at all.
        counts: The counts of the table's commit (`rows_written`, `rows_unchanged`, ...).
    """

    rows: int
    replayed: int
    rows_open: int
    counts: Mapping[str, int] = field(default_factory=dict)


def replay(runtime: Runtime, target: TableRef, data_date: str = "") -> Replayed:
    """Judge the open rows of a table's quarantine again and add those that are sound now.

    Args:
        runtime: What is needed for it.
        target: The table the rows did not enter.
        data_date: Only rows of this data date; "" all.

    Raises:
        NotReplayableError: No process writes the table, or it keeps versions (scd2).
        ControlsStoppedError: A blocking control of the rows is red; nothing was changed.
    """
    execution, entry = _execution(runtime, target)
    with runtime.state.claim(f"dataflow/{execution.unit.dataflow}", runtime.run_id, _WAIT_SECONDS):
        _end_what_was_cut_off(execution, target)
        found = list(_open_rows(runtime, target.quarantine, data_date))
        with runtime.storage.work_folder() as folder:
            files, ids = _written(execution, Path(folder), found)
            if not files:
                return Replayed(len(found), 0, len(found))
            return _replayed(execution, entry, (files, ids), len(found))


def discard(runtime: Runtime, target: TableRef, ids: Sequence[str] = (), data_date: str = "") -> int:
    """Give open rows up for good: those named, those of a data date, or all; answer how many."""
    found = [row["_quarantine_id"] for row in _open_rows(runtime, target.quarantine, data_date)]
    wanted = [one for one in found if not ids or one in {*ids}]
    return _keeper(runtime).mark(target.quarantine, wanted, "discarded", {"run-id": runtime.run_id})


# what replays the rows ----------------------------------------------------------------------------------------------
def _execution(runtime: Runtime, target: TableRef) -> tuple[Execution, TableEntry]:
    """The first process that writes the table, as it would run now."""
    for dataflow in runtime.config.dataflows.values():
        for process in dataflow.processes.values():
            for entry in process.target_tables.values():
                if entry.ref == target:
                    zone = datetime.now(UTC).date().isoformat()
                    unit = Unit(dataflow.name, process.name, run_id=runtime.run_id, current_date=zone)
                    return Execution(runtime, unit, ProcessReport(process.name)), entry
    raise NotReplayableError(table=str(target), reason="no process of the project writes it")


def _replayed(
    execution: Execution, entry: TableEntry, source: tuple[list[RawFile], list[list[str]]], rows: int
) -> Replayed:
    files, ids = source
    runtime, keeper = execution.runtime, _keeper(execution.runtime)
    context = tables.control_context(execution, entry)
    plan = _plan(execution, entry, files)
    controls = _of_rows(tables.compiled(execution, plan, context))
    plan = tables.judged(plan, controls)
    prepared = keeper.prepare(plan)
    try:
        results = runtime.quality_controls.judge(controls, prepared.verdict, context)
        keep(runtime, f"{_UNIT}|{plan.target}", results, context)
        move(runtime, execution.unit.dataflow, execution.unit.process)
        kept = {check.id for check in controls.checks if getattr(check, "on_failure", "keep") == "keep"}
        bad = [result for result, key in zip(results, controls.controls, strict=True) if result.stops and key in kept]
        if bad:
            names = "; ".join(f"{result.name} is {result.rag}" for result in bad)
            raise ControlsStoppedError(count=len(bad), table=str(plan.target), of_date="", names=names)
        aside = {*keeper.lines_aside(prepared)}
        places = ((file, line, one) for file, lines in enumerate(ids) for line, one in enumerate(lines, 1))
        sound = [one for file, line, one in places if (file, line) not in aside]
        counts = _published(execution, plan, prepared, sound) if sound else {}
    finally:
        keeper.discard(prepared)
    return Replayed(rows, len(sound), rows - len(sound), counts)


def _plan(execution: Execution, entry: TableEntry, files: list[RawFile]) -> TablePlan:
    """The plan of the rows: read as their process reads them, added by key, else appended."""
    if execution.unit.process != "raw_to_staging":  # their text is what a transformation has made of it already
        entry = entry.model_copy(update={"casting": type(entry.casting)()})
    plan = tables.plan_of_files(execution, entry, tuple(files), "")
    if plan.write_mode == "scd2":
        reason = "it keeps versions: run the data dates again (`run … --from raw_to_staging --start D --end D`)"
        raise NotReplayableError(table=str(plan.target), reason=reason)
    mode: WriteMode = "merge" if plan.primary_keys else "append"
    return replace(plan, write_mode=mode, rebuilds=False, replaces_date=False, freeze_types=False)


def _of_rows(controls: Compiled) -> Compiled:
    """The controls that judge rows: what a whole delivery must be like says nothing of a few of its rows."""
    from data_framework.modules.data_process.plan import AggregateCheck, QueryCheck

    checks = tuple(check for check in controls.checks if not isinstance(check, AggregateCheck | QueryCheck))
    wanted = {check.id for check in checks} | {*controls.errors}
    bound = {key: value for key, value in controls.controls.items() if key in wanted}
    return replace(controls, checks=checks, controls=bound)


# the commits --------------------------------------------------------------------------------------------------------
def _published(execution: Execution, plan: TablePlan, prepared: Any, sound: list[str]) -> dict[str, int]:
    runtime, keeper, unit = execution.runtime, _keeper(execution.runtime), execution.unit
    publish = Publish(
        publish_id=f"replay-{uuid.uuid4().hex}", run_id=unit.run_id, dataflow=unit.dataflow, process=_UNIT,
        layer=plan.target.layer, database=plan.target.database, table=plan.target.table,
        started=datetime.now(UTC).isoformat(timespec="seconds"), counts={"ids": sound},
    )  # fmt: skip
    runtime.state.begin_publish(publish)
    properties = {"run-id": publish.publish_id, "execution-id": unit.run_id, "process": unit.process, "unit": _UNIT}
    written = keeper.commit(prepared, properties)
    keeper.mark(plan.target.quarantine, sound, "replayed", properties)
    names = ("rows_written", "rows_unchanged", "rows_dropped", "rows_merged")
    counts = {name: int(getattr(written, name)) for name in names}
    runtime.state.close_publish(replace(publish, status="committed", counts=counts))
    return counts


def _end_what_was_cut_off(execution: Execution, target: TableRef) -> None:
    """A replay whose rows are in the table, but still open in the quarantine, is ended; another is forgotten."""
    runtime = execution.runtime
    for publish in runtime.state.open_publishes(execution.unit.dataflow):
        if (publish.process, publish.database, publish.table) != (_UNIT, target.database, target.table):
            continue
        history = runtime.catalogue.history(target, limit=1000) if runtime.catalogue.exists(target) else []
        done = any(snapshot.properties.get("run-id") == publish.publish_id for snapshot in history)
        if done:
            ids = list(publish.counts.get("ids", ()))
            _keeper(runtime).mark(target.quarantine, ids, "replayed", {"run-id": publish.publish_id})
        runtime.state.close_publish(replace(publish, status="committed" if done else "abandoned", counts={}))


def _keeper(runtime: Runtime) -> QuarantineKeeper:
    from data_framework.modules.data_process.interface_data_process import QuarantineKeeper

    engine = runtime.data_process()
    assert isinstance(engine, QuarantineKeeper)
    return engine


# the rows -----------------------------------------------------------------------------------------------------------
def _open_rows(runtime: Runtime, ref: TableRef, data_date: str) -> Iterator[dict[str, Any]]:
    from sqlglot import exp

    from data_framework.modules.data_process.plan.model import QuerySource, TableSource

    names = ("_quarantine_id", "_file_name", "_content_hash", "_data_date", "_line", "_row")
    columns = [exp.column(name, quoted=True) for name in names]
    status = exp.EQ(this=exp.column("_status", quoted=True), expression=exp.Literal.string("open"))
    select = exp.select(*columns).from_(exp.to_identifier("source", True)).where(status)
    select = select.order_by(*(exp.column(name, quoted=True) for name in ("_data_date", "_file_name", "_line")))
    for batch in runtime.data_process().batches(QuerySource(select, {"source": TableSource(ref)})):
        for row in batch.to_pylist():
            if not data_date or str(row["_data_date"]) == data_date:
                yield row


def _written(execution: Execution, folder: Path, rows: list[dict[str, Any]]) -> tuple[list[RawFile], list[list[str]]]:
    """The rows as files to read again, one for each delivery and shape, and the ids of their lines."""
    groups: dict[tuple[str, str, str, tuple[str, ...]], list[tuple[str, str]]] = {}
    for row in rows:
        shape = _shape(row["_row"])
        if shape:
            place = (row["_file_name"] or "", row["_content_hash"] or "", str(row["_data_date"] or ""), shape)
            groups.setdefault(place, []).append((row["_quarantine_id"], row["_row"]))
    files, ids = [], []
    for number, (place, lines) in enumerate(groups.items()):
        path = folder / f"{number}.jsonl"
        path.write_text("".join(f"{json.dumps(json.loads(text))}\n" for _, text in lines), encoding="utf-8")
        files.append(_file(execution, path, number, place))
        ids.append([one for one, _ in lines])
    return files, ids


def _shape(text: str | None) -> tuple[str, ...]:
    """The names of a row's cells, () of what is no row: a line that is broken stays set aside."""
    try:
        found = json.loads(text or "")
    except ValueError:
        return ()
    return tuple(found) if isinstance(found, dict) else ()


def _file(execution: Execution, path: Path, number: int, place: tuple[str, str, str, tuple[str, ...]]) -> RawFile:
    from data_framework.modules.data_process.plan import RawFile

    file_name, content_hash, data_date, names = place
    columns = _columns(execution, data_date, content_hash, names)
    return RawFile(
        uri=str(path), file_name=file_name, content_hash=content_hash, data_date=data_date, sequence=number,
        format="json_lines", dialect={}, columns=columns,
    )  # fmt: skip


def _columns(execution: Execution, data_date: str, content_hash: str, names: tuple[str, ...]) -> dict[str, str]:
    """Delivered name → normalised name: as the ledger noted it, else normalised again."""
    source = tables.raw_table(execution) if execution.unit.process == "raw_to_staging" else None
    if source:
        for delivery in execution.runtime.state.in_force(source.database, source.table, data_date):
            for member in delivery.reader["members"] if delivery.content_hash == content_hash else ():
                if {*names} <= {*member["columns"]}:
                    return {name: member["columns"][name] for name in names}
    return dict(zip(names, normalise_names(list(names)), strict=True))
