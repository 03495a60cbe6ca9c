"""The rows of a file that fail, one line per row and control."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from data_framework.modules.catalogue import CatalogueInterface
from data_framework.modules.config.model.tables import TableRef
from data_framework.modules.data_process import DataProcessInterface
from data_framework.modules.data_process.plan import FrameSource, PlanColumn, TablePlan
from data_framework.modules.data_process.plan.model import Check, FunctionCheck, KeyCheck, ReferenceCheck, RowCheck
from data_framework.modules.data_process.plan.vocabulary import column
from data_framework.modules.utils.data_types import DataType
from data_framework.modules.utils.names import deduplicate
from data_framework.modules.validation.bound import Bound
from data_framework.modules.validation.interface_quality_controls import Compiled
from data_framework.modules.validation.samples import ROW, Sample, text_rows


@dataclass(frozen=True)
class FailedRow:
    """A row that fails a control.

    Attributes:
        row: 1 is the first data row.
        control: The control's table id, else master id, else name.
        values: The row's cells by column, in order.
    """

    row: int
    control: str
    reason: str
    values: tuple[Any, ...]


def failed_rows(
    engine: DataProcessInterface[Any], catalogue: CatalogueInterface, plan: TablePlan, compiled: Compiled,
    sample: Sample,
) -> list[FailedRow]:  # fmt: skip
    """Find the rows that fail: the same checks, each told to set its rows aside, over rows that carry their number."""
    table = sample.rows()
    numbered = _numbered(plan, sample, table)
    rows = [check for check in plan.checks if isinstance(check, RowCheck)]
    removing = [check for check in rows if check.on_failure != "keep"]
    others = [check for check in plan.checks if isinstance(check, KeyCheck | ReferenceCheck | FunctionCheck)]
    found: set[tuple[int, str]] = set()
    passes: list[list[Any]] = [rows, *([check, *removing] for check in others)]
    for number, checks in enumerate(passes):
        if checks:
            target = TableRef(plan.target.layer, plan.target.database, f"failed_{number}")
            found |= _set_aside(engine, catalogue, replace(numbered, target=target), checks)
    return list(_lines(found, compiled.controls, table, sample))


def write_failed_rows(path: Path, failed: Sequence[FailedRow], delivered: Sequence[str]) -> None:
    """Write failed rows as CSV: `row`, `control`, `reason` and the row's columns."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(deduplicate(["row", "control", "reason", *delivered]))
        writer.writerows([line.row, line.control, line.reason, *map(_text, line.values)] for line in failed)


def _numbered(plan: TablePlan, sample: Sample, table: Any) -> TablePlan:
    """The same plan over a frame of the file's rows, with their number as one more column."""
    names = dict(zip(sample.delivered, sample.delivered, strict=True))
    if sample.raw is not None:
        planned = plan.source.files[0].columns  # type: ignore[union-attr]
        names = {name: planned[delivered] for name, delivered in sample.delivered.items()}
    table = table.rename_columns([names.get(name, name) for name in table.column_names])
    columns = plan.columns
    if columns:
        kept = {one.name for one in columns}
        extra = [PlanColumn(name, DataType("string"), column(name)) for name in names.values() if name not in kept]
        columns = (*columns, *extra, PlanColumn(ROW, DataType("bigint"), column(ROW), cast="none"))
    return replace(plan, source=FrameSource(table), columns=columns, replaces_date=False)


def _set_aside(
    engine: DataProcessInterface[Any], catalogue: CatalogueInterface, plan: TablePlan, checks: Sequence[Any]
) -> set[tuple[int, str]]:
    aside: tuple[Check, ...] = tuple(replace(check, name=check.id, on_failure="quarantine") for check in checks)
    prepared = engine.prepare(replace(plan, checks=aside))
    try:
        if not engine.set_aside(prepared, {}):
            return set()
    finally:
        engine.discard(prepared)
    wanted = {check.id for check in aside}
    found = set()
    for batch in catalogue.scan(plan.target.quarantine):
        for row in batch.to_pylist():
            number = int(json.loads(row["_row"])[ROW])
            found |= {(number, reason["control"]) for reason in row["_reasons"] if reason["control"] in wanted}
    return found


def _lines(
    found: set[tuple[int, str]], controls: Mapping[str, Bound], table: Any, sample: Sample
) -> Iterator[FailedRow]:
    by_row: dict[int, list[str]] = {}
    for number, identity in found:
        by_row.setdefault(number, []).append(identity)
    order = list(controls)
    for row in text_rows(table):
        values = tuple(row[name] for name in sample.delivered)
        for identity in sorted(by_row.get(row[ROW], ()), key=order.index):
            bound = controls[identity]
            yield FailedRow(row[ROW], bound.control.key or bound.control.algorithm, _reason(bound), values)


def _reason(bound: Bound) -> str:
    control = bound.control
    arguments = f" {json.dumps(dict(control.arguments), ensure_ascii=False)}" if control.arguments else ""
    fields = f"{bound.shown_field}: " if bound.shown_field else ""
    return f"{fields}{control.algorithm}{arguments}"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else value if isinstance(value, str) else str(value)
