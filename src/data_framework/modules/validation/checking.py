"""Controls judged on any file, without a project: a temporary one is made, prepared and thrown away."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from data_framework.modules.catalogue import CatalogueInterface, open_catalogue
from data_framework.modules.config import Config, TableEntry, TableRef, open_config
from data_framework.modules.config.model.controls import Control
from data_framework.modules.config.model.tables import TableContract
from data_framework.modules.data_process import DataProcessInterface, open_data_process
from data_framework.modules.data_process.plan import TablePlan, compile_raw, compile_typed
from data_framework.modules.storage import open_storage
from data_framework.modules.utils.data_types import DataType
from data_framework.modules.validation.core_quality_controls import open_quality_controls
from data_framework.modules.validation.failed_rows import FailedRow, failed_rows
from data_framework.modules.validation.interface_quality_controls import Compiled, ControlContext, ControlResult
from data_framework.modules.validation.samples import Sample, open_sample

_TABLE = TableRef("staging", "check", "data")
_NEEDS_TYPES = {"freshness", "satisfies"}


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
    with _workplace(controls, engine) as place:
        sample = open_sample(path, place.scratch)
        plan = _plan(sample, contract)
        context = ControlContext(dataflow="check", process="check", run_id="check", file_name=path.name, engine=engine)
        compiled = place.compile(plan, contract is None and sample.raw is not None, context)
        plan = replace(plan, checks=compiled.checks)
        prepared = place.engine.prepare(plan)
        try:
            verdict = prepared.verdict
            results = place.controls.judge(compiled, verdict, context)
        finally:
            place.engine.discard(prepared)
        failed = failed_rows(place.engine, place.catalogue, plan, compiled, sample) if rows else []
        return FileChecked(verdict.rows_read, verdict.structure, results, failed, tuple(sample.delivered.values()))


class _Workplace:
    """A project of its own for one check."""

    def __init__(self, config: Config, engine: str, scratch: Path) -> None:
        self.scratch = scratch
        self.catalogue: CatalogueInterface = open_catalogue(config)
        self.engine: DataProcessInterface[Any] = open_data_process(engine, config, open_storage(config), self.catalogue)
        self.controls = open_quality_controls(config, self.catalogue, self.engine)
        self._config = config

    def compile(self, plan: TablePlan, untyped: bool, context: ControlContext) -> Compiled:
        """Compile the controls over the plan's columns."""
        columns = {column.name: column.type for column in plan.columns}
        if untyped:
            context = replace(context, inferred=self._inferred(plan) if self._asks_types() else columns)
        return self.controls.compile(_TABLE, columns, plan.primary_keys, context)

    def _asks_types(self) -> bool:
        return any(
            control.where or control.algorithm_type == "SQL" or control.algorithm in _NEEDS_TYPES
            for control in self._config.controls
        )

    def _inferred(self, plan: TablePlan) -> dict[str, DataType]:
        """The type every cell of a column fits."""
        columns = tuple(replace(column, cast="infer") for column in plan.columns)
        target = replace(plan.target, table=f"{plan.target.table}_types")
        prepared = self.engine.prepare(replace(plan, target=target, columns=columns))
        self.engine.discard(prepared)
        return {column.name: column.type for column in prepared.plan.columns}


@contextmanager
def _workplace(controls: Sequence[Control], engine: str) -> Iterator[_Workplace]:
    with tempfile.TemporaryDirectory(prefix="data-framework-check-") as folder:
        root = Path(folder)
        (root / "platform.json").write_text('{"local": {"environment": "local"}}', encoding="utf-8")
        (root / "transformation.json").write_text('{"dataflows": {}}', encoding="utf-8")
        bound = {"layer": None, "database": _TABLE.database, "table": _TABLE.table}
        own = tuple(control.model_copy(update=bound) for control in controls)
        config = replace(open_config(root, environment="local"), controls=own)
        (root / "scratch").mkdir()
        place = _Workplace(config, engine, root / "scratch")
        try:
            yield place
        finally:
            place.engine.close()


def _plan(sample: Sample, contract: TableContract | None) -> TablePlan:
    entry = TableEntry(layer="staging", database=_TABLE.database, table=_TABLE.table)
    if sample.raw is not None:
        plan = compile_raw(_TABLE, [sample.raw], entry=entry, contract=contract)
    else:
        assert sample.frame is not None
        plan = compile_typed(_TABLE, sample.frame, entry=entry, contract=contract)
    return replace(plan, write_mode="append", partition_field=None, freeze_types=False, quarantine_columns=())
