"""The contract of an engine: a table's plan run in four steps, and the verbs users call.

The steps of a publish are `prepare → set_aside → commit`, or `discard`; the protocol around them (intent, verdicts,
ledger) is in `modules/dataflow/publish.py` and the same for every engine.
"""

from __future__ import annotations

import resource
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Literal, Self, TypeVar

from data_framework.modules.config.model.tables import TableRef
from data_framework.modules.data_process.plan.model import QuerySource, TablePlan, TableSource, Verdict, Written

if TYPE_CHECKING:
    from data_framework.modules.catalogue import CatalogueInterface
    from data_framework.modules.config import Config
    from data_framework.modules.data_process.sizing import Sizing
    from data_framework.modules.storage import StorageInterface

Frame = TypeVar("Frame")


class Prepared(ABC):
    """A plan after its one pass: rows staged or pinned, judged, nothing visible. Engines subclass it.

    Attributes:
        plan: The plan.
        verdict: What the pass found.
    """

    plan: TablePlan
    verdict: Verdict


@dataclass(frozen=True)
class Marking:
    """Which rows of a quarantine get which status, and why (a reason beside theirs; "" for none)."""

    ids: Sequence[str]
    status: Literal["replayed", "discarded", "superseded"]
    reason: str = ""


class DataProcessInterface(ABC, Generic[Frame]):
    """An engine. `Frame` is what its users hold: a pandas DataFrame (Arrow-backed) or a Spark DataFrame."""

    name: str

    @classmethod
    @abstractmethod
    def of(cls, config: Config, storage: StorageInterface, catalogue: CatalogueInterface, sizing: Sizing) -> Self:
        """Open the engine for a project; what is dear is started when it is first needed.

        Args:
            config: The project's configuration.
            storage: Where scratch folders come from.
            catalogue: The tables.
            sizing: The settings a process needs; an engine of one size has none.
        """

    # a table's plan -------------------------------------------------------------------------------------------------
    @abstractmethod
    def explain(self, plan: TablePlan) -> list[str]:
        """The SQL this engine would run for a plan, in order; reads no data."""

    @abstractmethod
    def prepare(self, plan: TablePlan) -> Prepared:
        """Read, transform, cast and judge in one pass; nothing becomes visible.

        Raises:
            DataProcessError: The source cannot be read or the plan does not fit it.
        """

    def judge(self, plan: TablePlan) -> Verdict:
        """Judge the rows of a plan and keep nothing of them.

        Raises:
            DataProcessError: The source cannot be read or the plan does not fit it.
        """
        prepared = self.prepare(plan)
        try:
            return prepared.verdict
        finally:
            self.discard(prepared)

    @abstractmethod
    def set_aside(self, prepared: Prepared, properties: Mapping[str, str]) -> int:
        """Publish the rejected rows into the target's quarantine in one commit and return their number.

        With `plan.replaces_date` the open rows of the data date are replaced, and rows of files no longer in force
        become `superseded`, those replayed included (with `plan.in_force`: only open ones). Nothing is written
        when there is nothing to set aside or replace.
        """

    @abstractmethod
    def commit(self, prepared: Prepared, properties: Mapping[str, str]) -> Written:
        """Publish the accepted rows in one commit by the plan's write mode; on a conflict reload and redo, bounded.

        The properties and the counts go into the snapshot's summary. A change of nothing makes no snapshot unless the
        table is new (then an empty table exists).

        Raises:
            CountMismatchError: The counts do not add up; nothing was published.
        """

    @abstractmethod
    def discard(self, prepared: Prepared) -> None:
        """Remove what was staged."""

    @abstractmethod
    def accepted(self, plan: TablePlan) -> Frame:
        """The rows a plan would publish, as the user's frame; nothing is published or set aside."""

    # queries --------------------------------------------------------------------------------------------------------
    @abstractmethod
    def batches(self, source: QuerySource, parameters: Mapping[str, Any] | None = None) -> Iterator[Any]:
        """Stream a query as Arrow record batches (out of core); the first one may be empty and carries the schema."""

    @abstractmethod
    def frame(self, source: TableSource | QuerySource) -> Frame:
        """Read a table or query as the user's frame."""

    # the verbs of DOMAIN --------------------------------------------------------------------------------------------
    @abstractmethod
    def read_table(
        self,
        database: str,
        table: str,
        filter: str | None = None,  # noqa: A002 - the name users call it by
        columns: list[str] | None = None,
    ) -> Frame:
        """Read a table, some columns and rows of it (`filter`: a condition of the SQL dialect)."""

    @abstractmethod
    def query(self, sql: str) -> Frame:
        """Run a SELECT over `database.table` names, sandboxed."""

    @abstractmethod
    def create_dataframe(self, data: Any, schema: Mapping[str, str] | None = None) -> Frame:
        """Make a frame of rows (list of dicts, dict of lists, Arrow table), with types by column name."""

    @abstractmethod
    def datacast(self, table_source: Any, table_target: Any) -> Frame:
        """Cast a text frame (or table) to a table's types; cells that do not fit become null, counted in the log."""

    @abstractmethod
    def merge(self, dataframe: Frame, table_config: Any, custom_strategy: str | None = None) -> Written:
        """Merge a frame into a table by its primary key (`custom_strategy`: another write mode)."""

    @abstractmethod
    def insert_overwrite(self, dataframe: Frame, table_config: Any) -> Written:
        """Replace the partitions the frame has rows for (the whole table when it has no partition field)."""

    @abstractmethod
    def insert_dataframe(self, dataframe: Frame, table_config: Any) -> Written:
        """Append a frame to a table."""

    @abstractmethod
    def delete_from_table(self, table_config: Any, _filter: str) -> Written:
        """Delete the rows a condition is true for."""

    @abstractmethod
    def join(
        self, df_1: Frame, df_2: Frame, how: Literal["inner", "left", "right", "outer", "semi", "anti", "cross"],
        left_on: str | list[str], right_on: str | list[str] | None = None,
        left_suffix: str = "_df_1", right_suffix: str = "_df_2",
    ) -> Frame:  # fmt: skip
        """Join two frames; clashing columns that are no keys get the suffixes; null keys never match."""

    @abstractmethod
    def overwrite_columns(
        self, dataframe: Frame, columns: list[str], custom_column_suffix: str, default_column_suffix: str,
        drop_columns: bool = True,
    ) -> Frame:  # fmt: skip
        """For each column: `<column><custom suffix>` where it has a value, else `<column><default suffix>`."""

    @abstractmethod
    def unfold_string_values(self, dataframe: Frame, column_name: str, separator: str) -> list[str]:
        """The distinct non-empty values of a delimited column, sorted."""

    @abstractmethod
    def add_dynamic_column(
        self, dataframe: Frame, new_column: str, reference_column: str, available_columns: list[str],
        default_value: Any = None,
    ) -> Frame:  # fmt: skip
        """A column that takes, row by row, the value of the column the reference column names, else the default."""

    @abstractmethod
    def stack_columns(self, dataframe: Frame, source_columns: list[str], target_columns: list[str]) -> Frame:
        """Wide to long: the source columns become rows of two target columns (name, value)."""

    @abstractmethod
    def select_columns(self, dataframe: Frame, columns: list[str]) -> Frame:
        """The named columns, in that order."""

    @abstractmethod
    def is_empty(self, dataframe: Frame) -> bool:
        """Whether a frame has no rows."""

    @abstractmethod
    def count_rows(self, dataframe: Frame) -> int:
        """The number of rows of a frame."""

    @abstractmethod
    def show_dataframe(self, dataframe: Frame, rows: int = 20) -> str:
        """Log and return the first rows as text, wide values shortened."""

    def peak_memory(self) -> int:
        """The most memory one process of the engine held so far, in bytes: this process's, unless it has others."""
        kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return kilobytes * (1 if sys.platform == "darwin" else 1024)

    @abstractmethod
    def close(self) -> None:
        """Release connections and scratch files."""


class QuarantineKeeper(DataProcessInterface[Frame]):
    """An engine that keeps quarantines: small tables, which the engine of one machine keeps for all."""

    @abstractmethod
    def lines_aside(self, prepared: Prepared) -> list[tuple[int, int]]:
        """The rows that may not enter the target: number of the plan's file, and of the line in it (from 1)."""

    @abstractmethod
    def mark(self, ref: TableRef, marking: Marking, properties: Mapping[str, str]) -> int:
        """Give open rows of a quarantine table another status, in one commit, and return how many there were."""
