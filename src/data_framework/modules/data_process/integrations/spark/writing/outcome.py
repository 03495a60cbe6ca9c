"""One attempt at publishing: the target as it is found, and what the write mode makes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from data_framework.modules.catalogue import DataFile, Snapshot, TableSchema, standing
from data_framework.modules.data_process.integrations.spark.commits import append
from data_framework.modules.data_process.plan.model import TablePlan

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from data_framework.modules.data_process.integrations.spark.one_pass.prepared import Pinned

Commit = Callable[[Mapping[str, str]], None]
Prepare = Callable[[TablePlan], AbstractContextManager["Pinned"]]


@dataclass
class Outcome:
    """What a write mode makes of the pinned rows and the table as it is.

    Attributes:
        written, unchanged, deleted, merged, dropped: Rows.
        gained: How many rows the table has more (or fewer) after it.
        commit: Makes the change with properties in its snapshot; None: there is nothing to change.
    """

    written: int = 0
    unchanged: int = 0
    deleted: int = 0
    merged: int = 0
    dropped: int = 0
    gained: int = 0
    commit: Commit | None = None


@dataclass
class Target:
    """The target as one attempt finds it.

    Attributes:
        create: What it is made as with this commit, None where it is there.
        prepare: Pins and judges another plan of the table, for rows that are told again.
    """

    pinned: Pinned
    snapshot: Snapshot | None
    files: list[DataFile]
    create: TableSchema | None
    prepare: Prepare

    @classmethod
    def of(cls, pinned: Pinned, prepare: Prepare) -> Target:
        """The target of a plan as it is now."""
        found = standing(pinned.desk.catalogue, pinned.plan.target, pinned.layout.schema)
        return cls(pinned, found.snapshot, found.files, found.create, prepare)

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return sum(file.rows for file in self.files)

    @property
    def full(self) -> bool:
        """Whether every delivery is replayed: the table is made anew."""
        return self.pinned.plan.rebuilds

    def read(self) -> DataFrame:
        """Its rows, technical columns included."""
        if self.create is not None:
            return nothing(self.pinned)
        return self.pinned.desk.table(self.pinned.plan.target, technical=True)

    def adds(self, rows: DataFrame) -> Commit:
        """The commit that adds rows, and makes the table where there is none."""
        plan = self.pinned.plan
        return partial(append, self.pinned.desk, plan.target, rows, self.create, plan.order_by)


def added(target: Target, rows: DataFrame, count: int) -> Outcome:
    """These rows enter, nothing else happens."""
    return Outcome(written=count, gained=count, commit=target.adds(rows))


def nothing(pinned: Pinned) -> DataFrame:
    """No row of the target."""
    return pinned.desk.session.createDataFrame([], pinned.sound(pinned.target_columns).schema)
