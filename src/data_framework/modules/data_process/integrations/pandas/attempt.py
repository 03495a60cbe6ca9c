"""One attempt at publishing: the target as it is found, and what the write mode makes of it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from data_framework.modules.catalogue import CatalogueInterface, DataFile, Snapshot
from data_framework.modules.data_process.integrations.pandas.prepared import Staged
from data_framework.modules.data_process.integrations.pandas.stage import write_files
from data_framework.modules.data_process.plan.model import RawSource


@dataclass
class Outcome:
    """What a write mode makes of the staged rows and the table as it is.

    Attributes:
        add: Files that enter.
        remove: Files that leave.
        written, unchanged, deleted, merged: Rows.
        made: Files written for this attempt only.
    """

    add: list[str] = field(default_factory=list)
    remove: list[DataFile] = field(default_factory=list)
    written: int = 0
    unchanged: int = 0
    deleted: int = 0
    merged: int = 0
    made: list[str] = field(default_factory=list)


@dataclass
class Table:
    """The target as one attempt finds it."""

    catalogue: CatalogueInterface
    staged: Staged
    snapshot: Snapshot | None
    files: list[DataFile]

    @property
    def full(self) -> bool:
        """Whether every delivery is replayed: the table is made anew."""
        return isinstance(self.staged.plan.source, RawSource) and not self.staged.plan.data_date

    def write(self, select: str, *, partitioned: bool = True) -> list[str]:
        """Write rows of the target into new files of it."""
        plan = self.staged.plan
        return write_files(
            self.staged.cursor, select, self.catalogue.data_location(plan.target), f"df-{uuid.uuid4().hex}",
            self.staged.layout.target_field_ids, plan.partition_field if partitioned else None,
        )  # fmt: skip


def accepted(table: Table) -> Outcome:
    """The staged files as they are when every row of them is accepted, else copies of the accepted rows."""
    staged = table.staged
    rows = staged.verdict.rows_read - staged.verdict.rejected - staged.verdict.dropped - staged.merged
    if staged.clean:
        return Outcome(add=list(staged.files), written=rows)
    made = table.write(staged.sound(staged.target_columns))
    return Outcome(add=made, made=made, written=rows)
