"""Controls judged on any file, without a project: a temporary one is made, prepared and thrown away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from data_framework.modules.config import TableEntry
from data_framework.modules.config.model.controls import Control
from data_framework.modules.config.model.tables import TableContract
from data_framework.modules.data_process.compiling import compile_raw, compile_typed
from data_framework.modules.data_process.plan import TablePlan
from data_framework.modules.validation.failed_rows import FailedRow, failed_rows
from data_framework.modules.validation.interface_quality_controls import ControlContext, ControlResult
from data_framework.modules.validation.samples import Sample, open_sample
from data_framework.modules.validation.workplace import CHECKED, workplace


@dataclass(frozen=True)
class FileChecked:
    """The answer of a check.

    Attributes:
        rows: Records of the file, broken ones included.
        broken: Records that could not be read, which no control judges.
        failed: The rows that fail, if they were asked for; `delivered` are the names of their columns.
    """

    rows: int
    broken: int
    controls: list[ControlResult]
    failed: list[FailedRow]
    delivered: tuple[str, ...]


def check_file(
    path: Path, controls: Sequence[Control], contract: TableContract | None = None, engine: str = "lambda", *,
    rows: bool = False,
) -> FileChecked:  # fmt: skip
    """Judge a file by controls; nothing is published.

    Without a contract a column is read as the type a rule's arguments have (numbers are compared as numbers), and by
    conditions and queries as the type that all its cells fit.

    Args:
        path: A .csv, .jsonl or .parquet file.
        controls: The controls; those of another level than Data are left out, where they are bound is ignored.
        contract: What the file promises.
        engine: The technology to judge with.
        rows: Whether the rows that fail are wanted.

    Raises:
        ControlDataError: The file is not there or of another kind.
        FileContentError: It cannot be read.
    """
    with workplace(engine, tables=rows) as opened:
        place = opened.judging(controls)
        sample = open_sample(path, place.scratch)
        plan = _plan(sample, contract)
        context = ControlContext(dataflow="check", process="check", run_id="check", file_name=path.name, engine=engine)
        compiled = place.compile(plan, contract is None and sample.raw is not None, context)
        plan = replace(plan, checks=compiled.checks)
        verdict = place.engine.judge(plan)
        results = place.controls.judge(compiled, verdict, context)
        failed = failed_rows(place.engine, place.catalogue, plan, compiled, sample) if rows else []
        return FileChecked(verdict.rows_read, verdict.structure, results, failed, tuple(sample.delivered.values()))


def _plan(sample: Sample, contract: TableContract | None) -> TablePlan:
    entry = TableEntry(layer="staging", database=CHECKED.database, table=CHECKED.table)
    if sample.raw is not None:
        plan = compile_raw(CHECKED, [sample.raw], entry=entry, contract=contract)
    else:
        assert sample.frame is not None
        plan = compile_typed(CHECKED, sample.frame, entry=entry, contract=contract)
    return replace(plan, write_mode="append", partition_field=None, freeze_types=False, quarantine_columns=())
