"""Rows set aside on their way back: which are open, whose they are, and the files they are read from again.

They are streamed: of all rows only the ids are held, because a replay names those it has added.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from data_framework.modules.data_process.helpers.cast import BLANKS
from data_framework.modules.dataflow import tables
from data_framework.modules.dataflow.code import find
from data_framework.modules.utils.names import normalise_names

if TYPE_CHECKING:
    from data_framework.modules.config import TableEntry, TableRef
    from data_framework.modules.data_process.plan import RawFile
    from data_framework.modules.dataflow.execution import Execution
    from data_framework.modules.dataflow.mapping import RawTable
    from data_framework.modules.dataflow.runtime import Runtime

FROM_RAW = "raw_to_staging"
_AT_ONCE = 4096

Row = Mapping[str, Any]
Writer = tuple["Execution", "TableEntry"]
Trim = Callable[[dict[str, Any]], dict[str, Any]]
Shape = tuple[str, str, str, tuple[str, ...]]


@dataclass(frozen=True)
class Rows:
    """Which open rows: those named (all where none is), of a data date ("" any)."""

    ids: Sequence[str] = ()
    data_date: str = ""


@dataclass
class Taken:
    """Rows taken up again.

    Attributes:
        rows: How many count still, those included whose text is no row at all.
        files: What they are read from, one for each delivery and shape.
        ids: The ids of the lines of each file.
        superseded: The ids of rows whose file was restated or replaced since.
    """

    rows: int = 0
    files: list[RawFile] = field(default_factory=list)
    ids: list[list[str]] = field(default_factory=list)
    superseded: list[str] = field(default_factory=list)


def open_rows(runtime: Runtime, ref: TableRef, rows: Rows) -> Iterator[Row]:
    """The open rows of a quarantine, those of a delivery after one another."""
    from sqlglot import exp

    from data_framework.modules.data_process.plan.model import QuerySource, TableSource

    names = ("_quarantine_id", "_file_name", "_content_hash", "_data_date", "_line", "_row")
    columns = [exp.column(name, quoted=True) for name in names]
    status = exp.EQ(this=exp.column("_status", quoted=True), expression=exp.Literal.string("open"))
    select = exp.select(*columns).from_(exp.to_identifier("source", True)).where(status)
    order = ("_data_date", "_file_name", "_content_hash", "_line")
    select = select.order_by(*(exp.column(name, quoted=True) for name in order))
    wanted = {*rows.ids}
    for batch in runtime.data_process().batches(QuerySource(select, {"source": TableSource(ref)})):
        for start in range(0, batch.num_rows, _AT_ONCE):
            for row in batch.slice(start, _AT_ONCE).to_pylist():
                named = not wanted or row["_quarantine_id"] in wanted
                if named and rows.data_date in {"", str(row["_data_date"])}:
                    yield row


def raw_behind(execution: Execution) -> RawTable | None:
    """The raw table whose files the rows are lines of; None where code has made them."""
    unit = execution.unit
    built_in = find(execution.runtime.config, unit.dataflow, unit.process).kind != "python"
    return tables.raw_table(execution) if unit.process == FROM_RAW and built_in else None


def taken_up(writer: Writer, writers: Sequence[Writer], rows: Iterable[Row], folder: Path) -> Taken:
    """The rows of one of the writers of a table as files below a folder; those of the others are passed over."""
    taken, mine = Taken(), _in_force(*writer)
    known = {place for one in writers for place in _in_force(*one) or ()}
    with ExitStack() as stack:
        files = _Files(writer[0], folder, taken, stack)
        for row in rows:
            place = (str(row["_data_date"] or ""), row["_content_hash"])
            if mine is None or place in mine:
                taken.rows += 1
                files.add(row)
            elif place not in known:
                taken.superseded.append(row["_quarantine_id"])
    return taken


class _Files:
    """The files rows are written to: those of one delivery are open at a time."""

    def __init__(self, execution: Execution, folder: Path, taken: Taken, stack: ExitStack) -> None:
        self._execution, self._folder, self._taken, self._stack = execution, folder, taken, stack
        self._open: dict[Shape, tuple[TextIO, list[str], Trim]] = {}

    def add(self, row: Row) -> None:
        cells = _cells(row["_row"])
        if not cells:
            return
        delivery = (row["_file_name"] or "", row["_content_hash"] or "", str(row["_data_date"] or ""))
        shape = (*delivery, tuple(cells))
        if shape not in self._open:
            if any(known[:3] != delivery for known in self._open):
                self._stack.close()
                self._open.clear()
            self._open[shape] = self._begin(shape)
        lines, ids, trim = self._open[shape]
        lines.write(f"{json.dumps(trim(cells))}\n")
        ids.append(row["_quarantine_id"])

    def _begin(self, shape: Shape) -> tuple[TextIO, list[str], Trim]:
        from data_framework.modules.data_process.plan import RawFile

        file_name, content_hash, data_date, names = shape
        columns, trim = _read_as(self._execution, data_date, content_hash, names)
        number, ids = len(self._taken.files), list[str]()
        path = self._folder / f"{number}.jsonl"
        self._taken.ids.append(ids)
        self._taken.files.append(RawFile(
            uri=str(path), file_name=file_name, content_hash=content_hash, data_date=data_date, sequence=number,
            format="json_lines", dialect={}, columns=columns,
        ))  # fmt: skip
        return self._stack.enter_context(path.open("w", encoding="utf-8")), ids, trim


def _in_force(execution: Execution, entry: TableEntry) -> set[tuple[str, str]] | None:
    """Date and hash of the files whose rows still count; None where rows are of no file."""
    source = raw_behind(execution)
    if source is None:
        return None
    deliveries = execution.runtime.state.in_force(source.database, source.table)
    if tables.plan_of_contract(execution, entry).write_mode == "overwrite" and deliveries:
        latest = max(delivery.file_date for delivery in deliveries)
        deliveries = [delivery for delivery in deliveries if delivery.file_date == latest]
    return {(delivery.file_date, delivery.content_hash) for delivery in deliveries}


def _cells(text: str | None) -> dict[str, Any]:
    """A row's cells, {} of what is no row: a line that is broken stays set aside."""
    try:
        found = json.loads(text or "")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _read_as(
    execution: Execution, data_date: str, content_hash: str, names: tuple[str, ...]
) -> tuple[dict[str, str], Trim]:
    """Delivered name → normalised name, and how cells are trimmed: as the ledger noted it, else as they are."""
    source = raw_behind(execution)
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
