"""The one pass: a source copied once into staged files of the target, with its verdict bits beside it."""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import duckdb

from data_framework.modules.catalogue import CatalogueInterface
from data_framework.modules.data_process.files.limits import FileLimits
from data_framework.modules.data_process.files.parquet_rows import ParquetRows
from data_framework.modules.data_process.integrations.pandas.field_ids import staged_field_ids, stored
from data_framework.modules.data_process.integrations.pandas.files import Copied, copy_files
from data_framework.modules.data_process.integrations.pandas.one_pass.infer import infer_columns
from data_framework.modules.data_process.integrations.pandas.one_pass.layers import (
    Opened,
    accepted_rows,
    check_sql,
    every_row,
    one_pass,
)
from data_framework.modules.data_process.integrations.pandas.one_pass.prepared import STAGED, Staged
from data_framework.modules.data_process.integrations.pandas.one_pass.raw import FileState, RawReader
from data_framework.modules.data_process.integrations.pandas.one_pass.rejected import Rejected, staged_rows
from data_framework.modules.data_process.integrations.pandas.one_pass.sources import (
    OpenedFrame,
    Opener,
    open_source,
    repeating,
)
from data_framework.modules.data_process.plan import hidden
from data_framework.modules.data_process.plan.deliveries import Deliveries
from data_framework.modules.data_process.plan.fitting import fitted_columns
from data_framework.modules.data_process.plan.layout import Layout, make_layout
from data_framework.modules.data_process.plan.model import FrameSource, RawSource, RowCheck, TablePlan
from data_framework.modules.data_process.plan.target import complete_columns, target_schema
from data_framework.modules.exception import PlanFailedError
from data_framework.modules.utils.data_types import DataType
from data_framework.modules.utils.names import quote_identifier as quoted


class Stager:
    """Stages one plan."""

    def __init__(
        self, catalogue: CatalogueInterface, cursor: duckdb.DuckDBPyConnection, scratch: str, limits: FileLimits,
        opener: Opener,
    ) -> None:  # fmt: skip
        self._catalogue, self._cursor, self._scratch, self._limits = catalogue, cursor, scratch, limits
        self._opener = opener
        self._prefix = f"df-{uuid.uuid4().hex}"
        self._rejected = Rejected(cursor, scratch)

    def stage(self, plan: TablePlan) -> tuple[Staged, dict[str, str]]:
        """Copy the source into staged files; also the checks that could not run, with why.

        Raises:
            PlanFailedError: The source cannot be read, or there is no room for the staged files.
        """
        reader = self._raw_reader(plan)
        opened = None if reader else open_source(plan, self._cursor, self._opener)
        plan = self._resolved(plan, reader, opened)
        schema = target_schema(self._catalogue, plan)
        columns = complete_columns(plan, schema)
        plan = replace(plan, columns=columns)
        checks = [check for check in plan.checks if isinstance(check, RowCheck)]
        layout, errors = self._probed(plan, make_layout(plan, columns, schema, checks))
        try:
            return self._judged(plan, self._in_flight(layout), reader, opened), errors
        except duckdb.Error as error:
            layout, errors = self._without_culprits(plan, layout, reader, opened, errors, error)
            return self._judged(plan, self._in_flight(layout), reader, opened), errors

    def _in_flight(self, layout: Layout) -> Layout:
        """The layout of staged files: what only counts is asked of them, where reading them again costs little."""
        only_counts = bool(layout.checks) and all(check.on_failure == "keep" for check in layout.checks)
        return replace(layout, counted_late=only_counts and self._catalogue.filesystem() is None)

    def _judged(self, plan: TablePlan, layout: Layout, reader: RawReader | None, opened: OpenedFrame | None) -> Staged:
        """Copy the source, and count what its rows are like."""
        started = time.perf_counter()
        copied = self._copy(plan, layout, reader, opened)
        seconds = time.perf_counter() - started
        deliveries = (
            replace(reader.deliveries, types=_types(plan))
            if reader
            else Deliveries([""], [plan.data_date], plan.time_zone, _types(plan))
        )
        if layout.counted_late and copied.files:
            deliveries = replace(deliveries, repeating=repeating(copied.files, self._cursor))
        staged = Staged(
            plan, layout, self._cursor, self._scratch, copied.files, deliveries, reader, seconds=seconds,
            sizes=copied.sizes,
        )  # fmt: skip
        staged.expose()
        staged.count()
        return staged

    def look(self, plan: TablePlan) -> tuple[Staged, dict[str, str]] | None:
        """Make the rows of a Parquet file readable with their bits, nothing copied; None of other sources."""
        if not isinstance(plan.source, FrameSource) or not isinstance(plan.source.frame, ParquetRows):
            return None
        opened = open_source(plan, self._cursor, self._opener)
        opened.renew()
        plan = self._resolved(plan, None, opened)
        schema = target_schema(self._catalogue, plan)
        plan = replace(plan, columns=complete_columns(plan, schema))
        checks = [check for check in plan.checks if isinstance(check, RowCheck)]
        layout, errors = self._probed(plan, make_layout(plan, plan.columns, schema, checks))
        deliveries = replace(opened.deliveries, types=_types(plan))
        in_order = f"SELECT * FROM {STAGED}"  # DuckDB keeps the order of the file
        staged = Staged(plan, layout, self._cursor, self._scratch, [], deliveries, None, in_order=in_order)
        rows = every_row(plan, layout, replace(opened, deliveries=deliveries))
        self._cursor.execute(f"CREATE OR REPLACE TEMP VIEW {STAGED} AS {rows}")
        staged.count()
        return staged, errors

    def _raw_reader(self, plan: TablePlan) -> RawReader | None:
        if not isinstance(plan.source, RawSource):
            return None
        return RawReader(self._cursor, plan, self._scratch, self._limits, self._catalogue.filesystem())

    def _resolved(self, plan: TablePlan, reader: RawReader | None, opened: OpenedFrame | None) -> TablePlan:
        if opened is not None:
            return replace(plan, columns=fitted_columns(plan, opened.types, self._catalogue))
        if reader is None or not any(column.cast == "infer" for column in plan.columns):
            return plan
        selects = [reader.open(group).select for group in reader.groups()]
        return replace(plan, columns=infer_columns(self._cursor, plan, selects))

    def _copy(self, plan: TablePlan, layout: Layout, reader: RawReader | None, opened: OpenedFrame | None) -> Copied:
        self._rejected.renew(layout)
        try:
            if reader is None:
                assert opened is not None
                opened.renew()
                return self._write(plan, layout, opened, 0)
            return _together(
                [self._group(plan, layout, reader, group, number) for number, group in enumerate(reader.groups())]
            )
        except OSError as error:
            self._clean(plan)
            raise PlanFailedError(table=str(plan.target), reason=str(error)) from error
        except BaseException:
            self._clean(plan)
            raise

    def _group(
        self, plan: TablePlan, layout: Layout, reader: RawReader, group: Sequence[FileState], number: int
    ) -> Copied:
        while True:
            for state in group:
                self._cursor.execute(f"DROP TABLE IF EXISTS {state.rejects}")
                self._cursor.execute(f"DROP TABLE IF EXISTS df_scan_{state.number}")
            copied = self._write(plan, layout, reader.open(group), number)
            if reader.settle(group, copied.files):
                return copied
            self._rejected.forget([state.number for state in group])
            self._catalogue.discard_files(copied.files)

    def _write(self, plan: TablePlan, layout: Layout, source: Opened, number: int) -> Copied:
        typed = replace(source, deliveries=replace(source.deliveries, types=_types(plan)))
        select = one_pass(plan, layout, typed, self._rejected.function)
        with self._rejected.collected(layout):
            return copy_files(
                self._catalogue, self._cursor, select, plan.target, f"{self._prefix}-{number}",
                staged_field_ids(layout), None if _constant(plan, source) else plan.partition,
            )  # fmt: skip

    def _probed(self, plan: TablePlan, layout: Layout) -> tuple[Layout, dict[str, str]]:
        """Leave out row checks that cannot even be bound."""
        errors: dict[str, str] = {}
        probe = ", ".join(
            [f"CAST(NULL AS {stored(layout.schema, name)}) AS {quoted(name)}" for name in layout.names]
            + [f"0 AS {hidden.FILE}"]
        )
        tested = {check.id: check_sql(check, _no_deliveries(plan)) for check in layout.checks}
        if self._unbound([sql for pair in tested.values() for sql in pair], probe):
            found = {name: self._unbound(pair, probe) for name, pair in tested.items()}
            errors = {name: _short(error) for name, error in found.items() if error}
        kept = [check for check in layout.checks if check.id not in errors]
        return make_layout(plan, layout.columns, layout.schema, kept), errors

    def _unbound(self, conditions: Sequence[str], probe: str) -> duckdb.Error | None:
        """Why conditions cannot even be bound to the columns, None when they can."""
        cells = ", ".join(f"({condition})::BOOLEAN" for condition in conditions) or "true"
        try:
            self._cursor.execute(f"SELECT {cells} FROM (SELECT {probe}) WHERE false")
        except duckdb.Error as error:
            return error
        return None

    def _without_culprits(
        self, plan: TablePlan, layout: Layout, reader: RawReader | None, opened: OpenedFrame | None,
        errors: dict[str, str],
        cause: duckdb.Error,
    ) -> tuple[Layout, dict[str, str]]:  # fmt: skip
        """After a failed pass: stage without checks, try each alone, and leave out those that fail."""
        self._clean(plan)
        if isinstance(cause, duckdb.OutOfMemoryException | duckdb.IOException) or not layout.checks:
            raise PlanFailedError(table=str(plan.target), reason=_short(cause)) from cause
        bare = make_layout(plan, layout.columns, layout.schema, [])
        try:
            files = self._copy(plan, bare, reader, opened).files
        except duckdb.Error as error:
            raise PlanFailedError(table=str(plan.target), reason=_short(error)) from error
        rows = staged_rows(self._cursor, bare, accepted_rows(bare, files, _no_deliveries(plan)))
        found = dict(errors)
        for check in layout.checks:
            valid, judged = check_sql(check, reader.deliveries if reader else _no_deliveries(plan))
            try:
                self._cursor.execute(f"SELECT count_if({valid}), count_if({judged}) FROM ({rows})").fetchall()
            except duckdb.Error as error:
                found[check.id] = _short(error)
        self._clean(plan)
        if len(found) == len(errors):
            raise PlanFailedError(table=str(plan.target), reason=_short(cause)) from cause
        kept = [check for check in layout.checks if check.id not in found]
        return make_layout(plan, layout.columns, layout.schema, kept), found

    def _clean(self, plan: TablePlan) -> None:
        self._catalogue.discard_files(self._catalogue.staged_files(plan.target, self._prefix))


def _together(parts: Sequence[Copied]) -> Copied:
    return Copied([path for one in parts for path in one.files], sum((one.sizes for one in parts), Counter()))


def _constant(plan: TablePlan, source: Opened) -> bool:
    """Whether every row of a source has the same partition."""
    if plan.partition_field is None:
        return True
    delivered = any(column.name == plan.partition_field and column.text is not None for column in plan.columns)
    return not delivered and len({*source.deliveries.dates} or {plan.data_date}) == 1


def _no_deliveries(plan: TablePlan) -> Deliveries:
    return Deliveries([""], [""], plan.time_zone, _types(plan))


def _types(plan: TablePlan) -> dict[str, DataType]:
    return {column.name: column.type for column in plan.columns}


def _short(error: Exception) -> str:
    return str(error).split("\n\n")[0].split("\nLINE")[0].strip()[:500]
