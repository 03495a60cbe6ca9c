"""The contract of a stage: what every `ProcessingCoordinator` inherits."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from data_framework.modules.config import Config, IncomingFile, Report, TableEntry
from data_framework.modules.config.model.flows import OutputFile
from data_framework.modules.data_process import DataProcessInterface, Written
from data_framework.modules.dataflow import tables
from data_framework.modules.dataflow.execution import Execution
from data_framework.modules.dataflow.payload import Payload
from data_framework.modules.dataflow.publish import Publisher
from data_framework.modules.dataflow.steps import Step
from data_framework.modules.notification import NotificationsInterface
from data_framework.modules.utils.logger import get_logger
from data_framework.modules.validation import QualityControlsInterface

if TYPE_CHECKING:
    from data_framework.modules.data_process.helpers.athena import Athena


class DataFlowInterface(ABC):
    """Runs one process for one unit of work: a landed file, a data date, or a whole run.

    Subclass it as `ProcessingCoordinator` in `transformation/dataflow/<dataflow>/<process>.py` and write `process`.
    Frames are the engine's: pandas DataFrames (Arrow-backed) on `lambda`, Spark DataFrames on `emr`.

    Args:
        execution: What to run; without it, what the launcher is running now.
    """

    def __init__(self, execution: Execution | None = None) -> None:
        self.execution = execution or Execution.current()
        self.logger = get_logger(f"{self.execution.unit.dataflow}.{self.execution.unit.process}")
        self.publisher = Publisher(self.execution)

    @abstractmethod
    def process(self) -> None:
        """Do the work of the unit: read, transform, `write`."""

    # what it finds --------------------------------------------------------------------------------------------------
    @property
    def config(self) -> Config:
        """The resolved configuration."""
        return self.execution.runtime.config

    @property
    def data_process(self) -> DataProcessInterface[Any]:
        """The engine and its verbs."""
        return self.execution.engine

    @property
    def athena(self) -> Athena:
        """Queries that Amazon Athena runs, where layers are buckets."""
        return self.execution.runtime.athena

    @property
    def quality_controls(self) -> QualityControlsInterface:
        """The rules engine; `set_parent(self)` lets Python controls call this coordinator's functions."""
        return self.execution.runtime.quality_controls

    @property
    def notifications(self) -> NotificationsInterface:
        """Messages by name: `send("name", {...})`."""
        return self.execution.runtime.notifications

    @property
    def source_tables(self) -> Mapping[str, TableEntry]:
        """The configured source tables by key."""
        return self.execution.process.source_tables

    @property
    def target_tables(self) -> Mapping[str, TableEntry]:
        """The configured target tables by key."""
        return self.execution.process.target_tables

    @property
    def incoming_file(self) -> IncomingFile | None:
        """How the landed file of landing_to_raw is written."""
        return self.execution.process.incoming_file

    @property
    def output_file(self) -> OutputFile | None:
        """The raw table of landing_to_raw."""
        return self.execution.process.output_file

    @property
    def output_reports(self) -> tuple[Report, ...]:
        """The configured reports."""
        return self.execution.process.output_reports

    @property
    def payload_response(self) -> Payload:
        """The machine-readable result, to be filled further; saved after the process."""
        return self.execution.payload

    def vars(self, name: str) -> Any:
        """The value of a variable of the process, merged from `default` and the environment.

        Raises:
            KeyError: It is not configured; the message names those that are.
        """
        values = self.execution.process.vars
        if name not in values:
            raise KeyError(f"{name!r} is no variable of {self.execution.unit.process}; there are: {sorted(values)}")
        return values[name]

    # what it does ---------------------------------------------------------------------------------------------------
    def read_table_with_casting(
        self,
        name_of_raw_table: str,
        name_of_staging_table_to_casting: str | None = None,
        apply_quality_controls: bool = True,
    ) -> Any:
        """Read a raw partition (delta) or table (full), cast to a staging table's contract.

        Rows that do not cast are set aside; with `apply_quality_controls` also those its row rules reject.

        Args:
            name_of_raw_table: The source key.
            name_of_staging_table_to_casting: The target key whose contract to cast to; None: the same key.
            apply_quality_controls: Whether the row rules of that table are applied as well.
        """
        target = name_of_staging_table_to_casting or name_of_raw_table
        return tables.read_with_casting(self.execution, name_of_raw_table, target, apply_quality_controls)

    def read_table(
        self,
        name_of_table: str,
        apply_quality_controls: bool = True,
        where: str | None = None,
        columns: list[str] | None = None,
    ) -> Any:
        """Read a source table by key.

        In delta the rows of the file date, when the source's entry names `partition_field`; else the whole table.

        Args:
            name_of_table: The source key (a target key works too).
            apply_quality_controls: Kept from the original system: a table's controls are judged once, when it is
                written, so that every row read here has been judged.
            where: A condition of the SQL dialect.
            columns: Only these columns.
        """
        return tables.read(self.execution, name_of_table, where, columns)

    def write(self, df: Any, output_table_key: str) -> Written:
        """Write a frame to a target table by key: judged, then published in one commit by the target's write mode."""
        entry = tables.target_entry(self.execution, output_table_key)
        plan = tables.plan_of_frame(self.execution, entry, df)
        return self.publisher.publish(plan, tables.control_context(self.execution, entry))

    def save_monitorization(self) -> None:
        """Send the metrics gathered so far; called after every process."""
        self.execution.runtime.monitoring.flush()

    def save_payload_response(self) -> None:
        """Write the payload; called after every process."""
        unit, payload = self.execution.unit, self.execution.payload
        mine = self.execution.report.after(self.execution.since)
        payload.file_name, payload.file_date = unit.file_name, unit.file_date
        payload.execution_id, payload.success = unit.run_id, mine.success
        payload.next_stage = mine.next_stage and mine.success and all(entry.next_stage for entry in mine.files)
        payload.outputs = [{"name": out.name, "success": out.success, "error": out.error} for out in mine.outputs]
        payload.notifications = [result.to_dict() for result in self.notifications.sent]
        written = {(entry.ref.database, entry.ref.table) for entry in mine.tables}
        payload.data_quality = {"tables": [{"database": base, "table": table} for base, table in sorted(written)]}
        path = Payload.path(self.config.project_id, unit.dataflow, unit.process)
        self.execution.runtime.state.save_payload(path, payload.to_dict())
        self.execution.runtime.on_step(Step.PAYLOAD)
