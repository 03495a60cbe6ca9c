"""landing_to_raw: take a landed file into raw, or reject it with its reasons."""

from __future__ import annotations

from dataclasses import replace

from typing_extensions import override

from data_framework.modules.dataflow import DataFlowInterface, FileEntry, tables
from data_framework.modules.dataflow.landing import Ingested, ingest
from data_framework.modules.exception import DataFrameworkError
from data_framework.modules.state import Delivery

_IN_RAW = {"ingested", "restated"}


class ProcessingCoordinator(DataFlowInterface):
    """Reads, dates, judges and compares one landed file and keeps it in raw."""

    @override
    def process(self) -> None:
        execution = self.execution
        landed = execution.unit.landed
        try:
            found = ingest(execution.runtime, execution.dataflow, landed, tables.control_context(execution))
        except DataFrameworkError as error:
            execution.report.files.append(FileEntry(landed.name, "", "failed", (error.message,), next_stage=False))
            raise
        self._report(found)
        if found.delivery.disposition in _IN_RAW:
            self._announce(found.delivery)

    def _report(self, found: Ingested) -> None:
        delivery, report = found.delivery, self.execution.report
        # the payload of this file names the date that only now is known
        self.execution = replace(self.execution, unit=replace(self.execution.unit, file_date=delivery.file_date))
        report.controls.extend(found.results)
        report.warnings.extend(f"{delivery.file_name}: {note}" for note in found.notes)
        report.files.append(
            FileEntry(
                file_name=delivery.file_name, file_date=delivery.file_date, disposition=delivery.disposition,
                reasons=delivery.reasons, content_hash=delivery.content_hash, rows=delivery.rows,
                next_stage=delivery.disposition in _IN_RAW,
            )
        )  # fmt: skip
        for reason in delivery.reasons:
            self.logger.warning("rejected %s: %s", delivery.key, reason)

    def _announce(self, delivery: Delivery) -> None:
        named = {"file_name": delivery.file_name, "file_date": delivery.file_date}
        self.notifications.send("file_arrival", named)
