"""A project made for one check and thrown away: its own folder, catalogue, engine and rules engine."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from data_framework.modules.catalogue import CatalogueInterface, open_catalogue, open_empty_catalogue
from data_framework.modules.config import Config, ProjectFiles, TableRef, open_config
from data_framework.modules.config.model.controls import Control
from data_framework.modules.data_process import DataProcessInterface, Sizing, open_data_process
from data_framework.modules.data_process.plan import TablePlan
from data_framework.modules.storage import open_storage
from data_framework.modules.utils.data_types import DataType
from data_framework.modules.validation.core_quality_controls import open_quality_controls
from data_framework.modules.validation.interface_quality_controls import (
    Compiled,
    ControlContext,
    QualityControlsInterface,
)
from data_framework.modules.validation.own_rules import RuleBook
from data_framework.modules.validation.rules import Rule
from data_framework.modules.validation.untyped import asks_types

CHECKED = TableRef("staging", "check", "data")


@dataclass(frozen=True)
class Workplace:
    """A project of its own for checks.

    Attributes:
        config: Its configuration; its controls are bound to `target`.
        scratch: A folder for files of a check.
    """

    config: Config
    catalogue: CatalogueInterface
    engine: DataProcessInterface[Any]
    scratch: Path
    target: TableRef = CHECKED

    @cached_property
    def controls(self) -> QualityControlsInterface:
        """The rules engine."""
        return open_quality_controls(self.config, self.catalogue)

    @cached_property
    def rules(self) -> RuleBook:
        """Every rule its controls may name."""
        return RuleBook(self.config.project)

    def judging(self, controls: Sequence[Control], table: str = CHECKED.table) -> Workplace:
        """The same place for other controls, bound to a table of their own."""
        target = replace(CHECKED, table=table)
        bound = {"layer": None, "database": target.database, "table": target.table}
        own = tuple(control.model_copy(update=bound) for control in controls)
        return replace(self, config=replace(self.config, controls=own), target=target)

    def compile(self, plan: TablePlan, untyped: bool, context: ControlContext) -> Compiled:
        """Compile the controls over the plan's columns."""
        columns = {column.name: column.type for column in plan.columns}
        if untyped:
            context = replace(context, inferred=self._inferred(plan) if self._asks_types() else columns)
        return self.controls.compile(self.target, columns, plan.primary_keys, context)

    def _asks_types(self) -> bool:
        return any(_asks_types(control, self.rules) for control in self.config.controls)

    def _inferred(self, plan: TablePlan) -> dict[str, DataType]:
        """The type every cell of a column fits."""
        columns = tuple(replace(column, cast="infer") for column in plan.columns)
        target = replace(plan.target, table=f"{plan.target.table}_types")
        prepared = self.engine.prepare(replace(plan, target=target, columns=columns))
        self.engine.discard(prepared)
        return {column.name: column.type for column in prepared.plan.columns}


def _asks_types(control: Control, rules: Mapping[str, Rule]) -> bool:
    if control.where or control.algorithm_type == "SQL":
        return True
    rule = rules.get(control.algorithm) if control.algorithm_type == "Data Framework" else None
    conditions = rule is not None and any(one.kind in {"condition", "rules"} for one in rule.arguments)
    return rule is not None and (conditions or asks_types(rule))


@contextmanager
def workplace(engine: str, code: ProjectFiles | None = None, *, tables: bool = True) -> Iterator[Workplace]:
    """Make a project of its own, thrown away at the end.

    Args:
        engine: The technology that judges.
        code: The files Python controls are found in.
        tables: Whether anything is published in it; without, Iceberg is not loaded.
    """
    with tempfile.TemporaryDirectory(prefix="data-framework-check-") as folder:
        root = Path(folder)
        (root / "platform.json").write_text('{"local": {"environment": "local"}}', encoding="utf-8")
        (root / "transformation.json").write_text('{"dataflows": {}}', encoding="utf-8")
        (root / "scratch").mkdir()
        config = open_config(root, environment="local")
        catalogue = open_catalogue(config) if tables else open_empty_catalogue(root / "staged")
        process = open_data_process(engine, config, open_storage(config), catalogue, Sizing())
        try:
            yield Workplace(replace(config, project=code or config.project), catalogue, process, root / "scratch")
        finally:
            process.close()
