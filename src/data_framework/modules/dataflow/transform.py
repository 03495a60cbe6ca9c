"""The built-in stage between tables: the project's .sql, or a copy by equal key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from typing_extensions import override

from data_framework.modules.dataflow import tables
from data_framework.modules.dataflow.code import find
from data_framework.modules.dataflow.interface_dataflow import DataFlowInterface
from data_framework.modules.exception import CoordinatorNotFoundError, UnknownTableKeyError
from data_framework.modules.utils.nearest import suggest

if TYPE_CHECKING:
    from sqlglot import exp


class TableToTable(DataFlowInterface):
    """Runs `<process>.sql`: one SELECT a target, sources by key; without it copies each source of equal key."""

    @override
    def process(self) -> None:
        """Write every target of the process (or the one that `--table` names)."""
        selects = self._selects()
        for key, select in selects.items():
            if self.execution.unit.table in {"", key}:
                entry = tables.target_entry(self.execution, key)
                plan = tables.plan_of_query(self.execution, entry, select)
                self.publisher.publish(plan, tables.control_context(self.execution, entry))

    def _selects(self) -> Mapping[str, exp.Expression]:
        found = find(self.config, self.execution.unit.dataflow, self.execution.unit.process)
        if found.kind != "sql":
            return {key: self._copy(key) for key in self.target_tables}
        selects = tables.selects_of_script(self.execution, found)
        if list(selects) == [""]:
            self._require_one_target(found.file)
            return {next(iter(self.target_tables)): selects[""]}
        for key in selects:
            if key not in self.target_tables:
                raise UnknownTableKeyError(process=self.execution.unit.process, kind="target", key=key,
                                           suggestion=suggest(key, self.target_tables))  # fmt: skip
        return selects

    def _copy(self, key: str) -> exp.Expression:
        unit = self.execution.unit
        if key not in self.source_tables:
            file = f"transformation/dataflow/{unit.dataflow}/{unit.process}.sql"
            raise CoordinatorNotFoundError(process=unit.process, dataflow=unit.dataflow, target=key, file=file)
        return tables.select_all(key)

    def _require_one_target(self, file: str) -> None:
        if len(self.target_tables) != 1:
            keys = ", ".join(self.target_tables)
            how = f"{file}: write `-- target: key` before each SELECT ({keys})."
            raise UnknownTableKeyError(process=self.execution.unit.process, kind="target", key="", suggestion=how)
