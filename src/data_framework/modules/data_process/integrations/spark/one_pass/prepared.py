"""A plan after its one pass on this engine: its rows pinned and judged where they are, nothing staged for readers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from data_framework.modules.data_process.integrations.spark.one_pass.layers import LINE
from data_framework.modules.data_process.integrations.spark.utils import quoted
from data_framework.modules.data_process.interface_data_process import Prepared
from data_framework.modules.data_process.plan import hidden
from data_framework.modules.data_process.plan.model import TablePlan, Verdict

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from data_framework.modules.data_process.integrations.spark.desk import Desk
    from data_framework.modules.data_process.integrations.spark.one_pass.sources import Source
    from data_framework.modules.data_process.plan.layout import Layout

PLACE = [hidden.FILE, hidden.RECORD]


@dataclass
class Pinned(Prepared):
    """Rows that answer the same however often they are asked, with their verdict bits beside them.

    Attributes:
        plan: The plan, its columns completed from the target.
        layout: Which bit says what.
        desk: The session and this plan's own scratch folder.
        source: Where the rows come from.
        judged: Every sound record: the target's columns, hidden ones, bits.
        row: SQL over `judged` of a row set aside as it was delivered.
        faults: The broken records of raw files (file, line, fault and text); None: there are none.
        late: Rows that lose their place after the pass: file, record, effect, control, field, message.
        late_rows: How many rows `late` has.
        merged: Rows that collapsed into others inside the source.
        unique: Sets of columns found unique among the publishable rows that hold a value in each of them.
        verdict: What the pass found.
    """

    plan: TablePlan
    layout: Layout
    desk: Desk
    source: Source
    judged: DataFrame
    row: str
    faults: DataFrame | None = None
    late: DataFrame | None = None
    late_rows: int = 0
    merged: int = 0
    unique: list[frozenset[str]] = field(default_factory=list)
    verdict: Verdict = field(init=False)

    @property
    def rows(self) -> int:
        """How many rows will be published, before the write mode looks at the target."""
        return self.verdict.rows_read - self.verdict.rejected - self.verdict.dropped - self.merged

    def sound(self, columns: Sequence[str] = (), where: str = "true") -> DataFrame:
        """The rows that will be published, as far as is known by now: these columns (none: those in flight)."""
        found = self.judged.where(self.layout.sound)
        if self.late is not None:
            found = found.join(self.late.select(*PLACE), PLACE, "left_anti")
        if where != "true":
            found = found.where(where)
        return found.selectExpr(*columns) if columns else found

    def in_flight(self) -> DataFrame:
        """The rows that will be published, as users see them."""
        return self.sound([quoted(name) for name in hidden.visible(self.layout.names)])

    @property
    def target_columns(self) -> list[str]:
        """The target's columns, for a SELECT."""
        return [quoted(name) for name in self.layout.names]

    def note_late(self, rows: DataFrame) -> int:
        """Add rows (file, record, effect, control, field, message); answer how many they were."""
        kept = self.desk.keep(rows, "late")
        count = kept.count()
        if count:
            self.late = kept if self.late is None else self.late.union(kept)
            self.late_rows += count
        return count


def one(frame: DataFrame) -> Any:
    """The one row of a frame of aggregates."""
    return frame.collect()[0]


__all__ = ["LINE", "PLACE", "Pinned", "one"]
