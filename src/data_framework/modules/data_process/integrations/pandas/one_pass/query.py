"""Queries of users over named tables: a database of their own that can open those tables' files and nothing else."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import duckdb
from sqlglot import exp

from data_framework.modules.catalogue import CatalogueInterface, DataFile
from data_framework.modules.config.model.tables import Partition
from data_framework.modules.data_process.helpers.libraries import pa
from data_framework.modules.data_process.integrations.pandas.connection import open_connection
from data_framework.modules.data_process.integrations.pandas.one_pass.prepared import Staged
from data_framework.modules.data_process.integrations.pandas.one_pass.relation import relation
from data_framework.modules.data_process.integrations.pandas.sql import casts
from data_framework.modules.data_process.integrations.pandas.sql.dialect import render
from data_framework.modules.data_process.plan import hidden
from data_framework.modules.data_process.plan.deliveries import Deliveries
from data_framework.modules.data_process.plan.model import QuerySource, TableSource
from data_framework.modules.data_process.sql import to_duckdb
from data_framework.modules.exception import QueryFailedError
from data_framework.modules.utils.data_types import DataType, parse_type
from data_framework.modules.utils.names import quote_identifier as quoted

_ROWS = 65_536


class Query:
    """One query, prepared: its tables are views, its SQL is DuckDB's."""

    def __init__(self, catalogue: CatalogueInterface, scratch: str, memory: int | None) -> None:
        self._catalogue, self._scratch, self._memory = catalogue, scratch, memory

    def answers(self, source: QuerySource, staged: Staged, seconds: float) -> Iterator[Any]:
        """Run a query over named tables and the rows in flight, stopped when it takes too long.

        Raises:
            QueryFailedError: It failed, or took longer than allowed.
        """
        connection = open_connection(self._scratch, self._memory, self._catalogue.filesystem())
        stopped = threading.Event()

        def stop() -> None:
            stopped.set()
            connection.interrupt()

        watch = threading.Timer(seconds, stop)
        watch.start()
        try:
            yield from self.batches(source, staged, connection)
        except QueryFailedError as error:
            if not stopped.is_set():
                raise
            raise QueryFailedError(reason=f"it was stopped after {seconds:g} seconds, its time limit") from error
        finally:
            watch.cancel()

    def reader(
        self, source: QuerySource, staged: Staged | None = None, connection: duckdb.DuckDBPyConnection | None = None
    ) -> pa.RecordBatchReader:
        """Run a query and stream its rows.

        Raises:
            QueryFailedError: It failed.
        """
        connection = connection or open_connection(self._scratch, self._memory, self._catalogue.filesystem())
        try:
            sql = self._prepare(connection, source, staged)
            return connection.sql(sql).to_arrow_reader(_ROWS)
        except duckdb.Error as error:
            connection.close()
            raise QueryFailedError(reason=re.split(r"\n\n|\nLINE|\n\tCandidate", str(error))[0]) from error

    def batches(
        self, source: QuerySource, staged: Staged | None = None, connection: duckdb.DuckDBPyConnection | None = None
    ) -> Iterator[Any]:
        """The same as record batches; the first one is there even without rows."""
        reader = self.reader(source, staged, connection)
        empty = True
        try:
            for batch in reader:
                empty = False
                yield batch
        except (duckdb.Error, pa.ArrowException) as error:
            raise QueryFailedError(reason=str(error).split("\n\n")[0]) from error
        if empty:
            yield pa.RecordBatch.from_pylist([], schema=reader.schema)

    def sql(self, source: QuerySource) -> str:
        """The SQL of a query as DuckDB runs it, over its names."""
        schemas = {
            name: self._types(table) for name, table in source.tables.items() if self._catalogue.exists(table.ref)
        }
        return to_duckdb(source.select, schemas)

    def _types(self, table: TableSource) -> Mapping[str, DataType]:
        schema = self._catalogue.schema(table.ref)
        shown = hidden.visible(schema.names)
        return {column.name: parse_type(column.type) for column in schema.columns if column.name in shown}

    def _prepare(self, connection: duckdb.DuckDBPyConnection, source: QuerySource, staged: Staged | None) -> str:
        paths: list[str] = []
        views: dict[str, str] = {}
        schemas: dict[str, Mapping[str, DataType]] = {}
        for name, table in source.tables.items():
            files = self._files(table)
            paths += [file.path for file in files]
            schemas[name] = self._types(table)
            select = relation(self._catalogue, table.ref, self._catalogue.schema(table.ref), files, self._scratch)
            if table.where is not None:
                select = f"SELECT * FROM ({select}) WHERE {render(table.where, Deliveries(types=schemas[name]))}"
            views[name] = select
        if staged is not None:
            views["data"], flown = self._in_flight(staged)
            paths += flown
            schemas["data"] = {c.name: c.type for c in staged.layout.columns}
        _lock(connection, [*paths, f"{self._scratch}/"])
        for name, select in views.items():
            _view(connection, name, select)
        connection.execute("SET lock_configuration = true")
        return render(source.select, Deliveries(), schemas)

    def _files(self, table: TableSource) -> list[DataFile]:
        schema = self._catalogue.schema(table.ref)
        wanted = _partition(table.where, schema.partition)
        return self._catalogue.files(table.ref, [wanted] if wanted is not None else None)

    def _in_flight(self, staged: Staged) -> tuple[str, list[str]]:
        """SQL of the rows in flight, and the files it reads: the staged ones as they are, if all of them stay."""
        names = ", ".join(quoted(name) for name in hidden.visible(staged.layout.names))
        files = staged.files
        if not staged.clean or not files:
            files = [f"{staged.scratch}/in-flight-{staged.late}.parquet"]
            if not Path(files[0]).exists():
                rows = staged.sound(staged.target_columns)
                staged.cursor.execute(f"COPY ({rows}) TO {casts.literal(files[0])} (FORMAT parquet)")
        listed = ", ".join(casts.literal(path) for path in files)
        return f"SELECT {names} FROM read_parquet([{listed}], hive_partitioning = false)", files


def _partition(where: exp.Expression | None, partition: Partition | None) -> str | None:
    """The one partition a condition `partition = 'value'` reads."""
    if not isinstance(where, exp.EQ) or partition is None:
        return None
    column, value = where.this, where.expression
    value = value.this if isinstance(value, exp.Cast) else value
    same = isinstance(column, exp.Column) and column.name == partition.field
    return partition.of(str(value.this)) if same and isinstance(value, exp.Literal) and value.is_string else None


def _lock(connection: duckdb.DuckDBPyConnection, paths: list[str]) -> None:
    listed = ", ".join(casts.literal(path) for path in paths if not path.endswith("/"))
    folders = ", ".join(casts.literal(path) for path in paths if path.endswith("/"))
    connection.execute(f"SET allowed_paths = [{listed}]" if listed else "SET allowed_paths = []::VARCHAR[]")
    connection.execute(f"SET allowed_directories = [{folders}]")
    connection.execute("SET enable_external_access = false")


def _view(connection: duckdb.DuckDBPyConnection, name: str, select: str) -> None:
    database, _, table = name.rpartition(".")
    if database:
        with suppress(duckdb.CatalogException):
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(database)}")
        connection.execute(f"CREATE VIEW {quoted(database)}.{quoted(table)} AS {select}")
        return
    connection.execute(f"CREATE VIEW {quoted(table)} AS {select}")
