"""raw_to_staging: every file in force for a data date (or all of them), cast exactly, judged, published."""

from __future__ import annotations

from typing_extensions import override

from data_framework.modules.config import TableEntry
from data_framework.modules.data_process.compiling import discarded
from data_framework.modules.data_process.plan import RawSource
from data_framework.modules.dataflow import DataFlowInterface, appended, history, sharing, tables
from data_framework.modules.dataflow.mapping import RawTable, target_of
from data_framework.modules.exception import NoSourceError, NoTargetError


class ProcessingCoordinator(DataFlowInterface):
    """Reads what landing_to_raw wrote and publishes the staging table it belongs to."""

    @override
    def process(self) -> None:
        """Publish the data date of the unit, or everything in full mode."""
        source = self._source()
        key, entry = self._target(source)
        if self.execution.unit.table not in {"", key}:
            return
        others = [name for name in self.target_tables if name != key]
        if others:
            self.execution.report.warnings.append(
                f"nothing maps to the target(s) {', '.join(others)}: they are left alone"
            )
        plan = tables.plan_of_raw(self.execution, entry, source)
        later = history.overtaken_by(self.execution, plan, source)
        if later:
            self.execution.report.warnings.append(
                f"{plan.data_date} comes after {later}, which {plan.target} holds already and keeps: raw has both"
            )
            return
        left = discarded(plan)
        if left:
            self.execution.report.warnings.append(
                f"column(s) {', '.join(left)} are delivered but not in the contract of {plan.target}: raw keeps them"
            )
        plan = sharing.beside_others(self.execution, appended.only_new(self.execution, plan))
        if isinstance(plan.source, RawSource) and plan.source.files:
            self.publisher.publish(plan, tables.control_context(self.execution, entry))
            appended.note(self.execution, plan)
            tables.note_rows(self.execution, source)

    def _source(self) -> RawTable:
        found = tables.raw_table(self.execution)
        if found is None:
            raise NoSourceError(process=self.execution.unit.process, dataflow=self.execution.unit.dataflow)
        return found

    def _target(self, source: RawTable) -> tuple[str, TableEntry]:
        found = target_of(self.target_tables, source.key, source.table)
        if found is None:
            unit = self.execution.unit
            raise NoTargetError(
                process=unit.process, dataflow=unit.dataflow, source=f"{source.database}.{source.table}",
                keys=", ".join(self.target_tables),
            )  # fmt: skip
        return found
