"""common_to_output and business_to_output: each report of `output_reports` as a file of its own."""

from __future__ import annotations

from typing import Any

from typing_extensions import override

from data_framework.modules.config import Report
from data_framework.modules.dataflow import DataFlowInterface, OutputEntry, tables
from data_framework.modules.dataflow.reports import Selection, report_key, selection_of, write_report
from data_framework.modules.exception import DataFrameworkError, ReportNameError


class ProcessingCoordinator(DataFlowInterface):
    """Writes every report; one that fails is told and does not stop the others."""

    @override
    def process(self) -> None:
        """Write the reports in order and announce each file."""
        taken: dict[str, str] = {}
        for report in self.output_reports:
            entry = self._entry(report, taken)
            self.execution.report.outputs.append(entry)
            if entry.success and entry.path:
                date = self.execution.unit.file_date or self.execution.unit.current_date
                self.notifications.send("output_generated", {
                    "output": report.name, "path": entry.path, "rows": entry.rows, "file_date": date,
                })  # fmt: skip

    def selection(self, report: Report) -> Selection:
        """The query of a report, for this unit.

        Raises:
            SqlError: Its columns or condition are wrong.
            ReportColumnsError: Its names do not fit its columns.
        """
        source = tables.source_entry(self.execution, report.source_table)
        schema = self.execution.runtime.catalogue.schema(source.ref)
        contract = self.config.contract(source.database, source.table)
        order = (contract.order_by or contract.primary_keys) if contract else ()
        columns = [name for name in schema.names if not name.startswith("_")] or list(schema.names)
        return selection_of(report, columns, order or source.primary_keys or schema.primary_keys, self._values())

    def _entry(self, report: Report, taken: dict[str, str]) -> OutputEntry:
        try:
            return self._write(report, taken)
        except DataFrameworkError as error:
            self.logger.warning("The report %s was not written. %s", report.name, error)
            return OutputEntry(report.name, success=False, error=str(error), exit_code=error.exit_code)

    def _write(self, report: Report, taken: dict[str, str]) -> OutputEntry:
        key = report_key(self.config.project_id, report, self._values())
        other = taken.setdefault(key, report.name)
        if other != report.name:
            reason = f"the report {other!r} writes the same file in this run"
            raise ReportNameError(report=report.name, pattern=report.filename_pattern, reason=reason)
        found = self.selection(report)
        source = tables.query_source(self.execution, found.select)
        return write_report(report, source, found.names, key, self.data_process, self.execution.runtime.storage)

    def _values(self) -> dict[str, Any]:
        variables = {f"vars.{name}": value for name, value in self.execution.process.vars.items()}
        return {**self.execution.unit.values, **variables}
