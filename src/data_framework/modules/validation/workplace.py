"""A project made for one check and thrown away: its own folder, catalogue, engine and rules engine."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from data_framework.modules.catalogue import CatalogueInterface, open_catalogue
from data_framework.modules.config import Config, ProjectFiles, TableRef, open_config
from data_framework.modules.config.model.controls import Control
from data_framework.modules.data_process import DataProcessInterface, open_data_process
from data_framework.modules.data_process.plan import TablePlan
from data_framework.modules.storage import open_storage
from data_framework.modules.utils.data_types import DataType
from data_framework.modules.validation.core_quality_controls import open_quality_controls
from data_framework.modules.validation.interface_quality_controls import Compiled, ControlContext

CHECKED = TableRef("staging", "check", "data")
_NEEDS_TYPES = {"freshness", "satisfies"}


class Workplace:
    """A project of its own for one check."""

    def __init__(self, config: Config, engine: str, scratch: Path) -> None:
        self.scratch = scratch
        self.catalogue: CatalogueInterface = open_catalogue(config)
        self.engine: DataProcessInterface[Any] = open_data_process(engine, config, open_storage(config), self.catalogue)
        self.controls = open_quality_controls(config, self.catalogue, self.engine)
        self.config = config

    def compile(self, plan: TablePlan, untyped: bool, context: ControlContext) -> Compiled:
        """Compile the controls over the plan's columns."""
        columns = {column.name: column.type for column in plan.columns}
        if untyped:
            context = replace(context, inferred=self._inferred(plan) if self._asks_types() else columns)
        return self.controls.compile(CHECKED, columns, plan.primary_keys, context)

    def _asks_types(self) -> bool:
        return any(
            control.where or control.algorithm_type == "SQL" or control.algorithm in _NEEDS_TYPES
            for control in self.config.controls
        )

    def _inferred(self, plan: TablePlan) -> dict[str, DataType]:
        """The type every cell of a column fits."""
        columns = tuple(replace(column, cast="infer") for column in plan.columns)
        target = replace(plan.target, table=f"{plan.target.table}_types")
        prepared = self.engine.prepare(replace(plan, target=target, columns=columns))
        self.engine.discard(prepared)
        return {column.name: column.type for column in prepared.plan.columns}


@contextmanager
def workplace(controls: Sequence[Control], engine: str, code: ProjectFiles | None = None) -> Iterator[Workplace]:
    """Make a project of its own, thrown away at the end; Python controls are found in the files of `code`."""
    with tempfile.TemporaryDirectory(prefix="data-framework-check-") as folder:
        root = Path(folder)
        (root / "platform.json").write_text('{"local": {"environment": "local"}}', encoding="utf-8")
        (root / "transformation.json").write_text('{"dataflows": {}}', encoding="utf-8")
        bound = {"layer": None, "database": CHECKED.database, "table": CHECKED.table}
        own = tuple(control.model_copy(update=bound) for control in controls)
        config = replace(open_config(root, environment="local"), controls=own)
        config = replace(config, platform=config.platform.model_copy(update={"data_root": str(root / "data")}))
        config = replace(config, project=code or config.project)
        (root / "scratch").mkdir()
        place = Workplace(config, engine, root / "scratch")
        try:
            yield place
        finally:
            place.engine.close()
