"""One attempt at publishing: the target as it is found, and what the write mode makes of it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from data_framework.modules.catalogue import CatalogueInterface, DataFile, Snapshot, TableSchema
from data_framework.modules.data_process.integrations.pandas.field_ids import target_field_ids
from data_framework.modules.data_process.integrations.pandas.files import write_files
from data_framework.modules.data_process.integrations.pandas.one_pass.prepared import Staged
from data_framework.modules.data_process.plan.model import TablePlan


@dataclass
class Outcome:
    """What a write mode makes of the staged rows and the table as it is.

    Attributes:
        add: Files that enter.
        remove: Files that leave.
        written, unchanged, deleted, merged, dropped: Rows.
        made: Files written for this attempt only.
    """

    add: list[str] = field(default_factory=list)
    remove: list[DataFile] = field(default_factory=list)
    written: int = 0
    unchanged: int = 0
    deleted: int = 0
    merged: int = 0
    dropped: int = 0
    made: list[str] = field(default_factory=list)


@dataclass
class Table:
    """The target as one attempt finds it.

    Attributes:
        create: What it is made as with this commit, None where it is there.
        prepare: Stages and judges another plan of the table, for rows that are told again.
    """

    catalogue: CatalogueInterface
    staged: Staged
    snapshot: Snapshot | None
    files: list[DataFile]
    create: TableSchema | None
    prepare: Callable[[TablePlan], AbstractContextManager[Staged]]

    @property
    def full(self) -> bool:
        """Whether every delivery is replayed: the table is made anew."""
        return self.staged.plan.rebuilds

    @property
    def direct(self) -> bool:
        """Whether every file may be read as it lies: no deletes of other writers, no renamed or widened columns."""
        return not any(file.has_deletes or not (file.plain or file.missing) for file in self.files)

    def write(self, select: str) -> list[str]:
        """Write rows of the target into new files of it."""
        plan, staged = self.staged.plan, self.staged
        return write_files(
            self.catalogue, staged.cursor, select, plan.target, f"df-{uuid.uuid4().hex}",
            target_field_ids(staged.layout), plan.partition, plan.order_by,
        )  # fmt: skip


def accepted(table: Table) -> Outcome:
    """The staged files when every row of them is accepted in any order, else copies of the accepted rows."""
    staged = table.staged
    rows = staged.verdict.rows_read - staged.verdict.rejected - staged.verdict.dropped - staged.merged
    if staged.clean and not staged.plan.order_by:
        return Outcome(add=list(staged.files), written=rows)
    made = table.write(staged.sound(staged.target_columns))
    return Outcome(add=made, made=made, written=rows)
