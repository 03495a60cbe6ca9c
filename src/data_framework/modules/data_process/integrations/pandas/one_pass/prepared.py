"""A plan after its one pass on this engine: staged files, and which rows of them will be published."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import duckdb

from data_framework.modules.data_process.integrations.pandas.one_pass.layers import accepted_rows
from data_framework.modules.data_process.integrations.pandas.one_pass.raw import RawReader
from data_framework.modules.data_process.integrations.pandas.one_pass.rejected import staged_rows
from data_framework.modules.data_process.integrations.pandas.sql import casts
from data_framework.modules.data_process.interface_data_process import Prepared
from data_framework.modules.data_process.plan import hidden
from data_framework.modules.data_process.plan.deliveries import Deliveries
from data_framework.modules.data_process.plan.layout import Layout
from data_framework.modules.data_process.plan.model import TablePlan, Verdict
from data_framework.modules.utils.names import quote_identifier as quoted

STAGED = "df_staged"
LATE = "df_late"
HISTOGRAM = "df_histogram"


@dataclass
class Staged(Prepared):
    """Rows staged as files of the target that no snapshot names yet.

    Attributes:
        plan: The plan, its columns completed from the target.
        layout: The shape of the files.
        cursor: The connection the pass ran on, with its temporary tables.
        scratch: A folder of this plan's own.
        files: The staged files: rows no cast or row check takes away, the columns of the target and hidden ones.
        deliveries: Names and dates by file number.
        reader: The reader of the raw files, None for other sources.
        merged: Rows that collapsed into others or were overtaken inside the source.
        unique: Sets of columns found unique among the publishable rows that hold a value in each of them.
        verdict: What the pass found.
        published: Files a commit has made part of the table.
        leftovers: Files beside the staged ones that were not needed after all.
        seconds: How long the pass took that judged the row checks.
        sizes: Compressed bytes of the staged columns.
        in_order: SQL of rows with the target's columns in the order they are stored: at least all that will be
            published; "" where that order is not known.
    """

    plan: TablePlan
    layout: Layout
    cursor: duckdb.DuckDBPyConnection
    scratch: str
    files: list[str]
    deliveries: Deliveries
    reader: RawReader | None
    merged: int = 0
    late: int = 0
    unique: list[frozenset[str]] = field(default_factory=list)
    verdict: Verdict = field(init=False)
    published: set[str] = field(default_factory=set)
    leftovers: list[str] = field(default_factory=list)
    seconds: float = 0.0
    sizes: Mapping[str, int] = field(default_factory=dict)
    in_order: str = ""

    @property
    def clean(self) -> bool:
        """Whether every row of the staged files will be published as it is."""
        return not self.late

    def sound(self, columns: str, *, late: bool = True) -> str:
        """SQL of the rows that will be published (before `late` effects of keys and references if asked)."""
        return f"SELECT {columns} FROM {STAGED} s WHERE {self.publishable if late else self.layout.sound}"

    @property
    def publishable(self) -> str:
        """SQL: a row of the staged ones (`s`) will be published."""
        if not self.late:
            return self.layout.sound
        return (f"{self.layout.sound} AND NOT EXISTS (SELECT 1 FROM {LATE} l WHERE l.file = s.{hidden.FILE} "
                f"AND l.record = s.{hidden.RECORD})")  # fmt: skip

    @property
    def target_columns(self) -> str:
        """The target's columns, for a SELECT."""
        return ", ".join(quoted(name) for name in self.layout.names)

    def expose(self) -> None:
        """Make the staged and the rejected rows readable as a view."""
        accepted = accepted_rows(self.layout, self.files, self.deliveries)
        source = staged_rows(self.cursor, self.layout, accepted)
        if self.files:
            files = ", ".join(casts.literal(path) for path in self.files)
            self.in_order = f"SELECT * FROM read_parquet([{files}], hive_partitioning = false)"
        self.cursor.execute(f"CREATE OR REPLACE TEMP VIEW {STAGED} AS {source}")

    def count(self) -> None:
        """Count the rows by file and bits: what row checks say is read from there."""
        started = time.perf_counter()
        group = ", ".join([hidden.FILE, *self.layout.cast_columns, *self.layout.check_columns])
        self.cursor.execute(
            f"CREATE OR REPLACE TEMP TABLE {HISTOGRAM} AS SELECT {group}, count(*) AS df_rows FROM {STAGED} "
            f"GROUP BY {group}"
        )
        if self.layout.counted_late:
            self.seconds = time.perf_counter() - started

    def one(self, sql: str) -> tuple[Any, ...]:
        """The one row of a query."""
        (row,) = self.cursor.execute(sql).fetchall()
        return tuple(row)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a small query."""
        return self.cursor.execute(sql).fetchall()
