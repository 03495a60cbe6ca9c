"""The verbs on tables: read, query, cast, write, delete."""

from __future__ import annotations

import logging
import uuid
from abc import abstractmethod
from typing import TYPE_CHECKING, Any

import duckdb
from typing_extensions import override

from data_framework.modules.catalogue import Change, committed
from data_framework.modules.config.model.tables import TableRef
from data_framework.modules.data_process.helpers.arrow import arrow_table, data_type
from data_framework.modules.data_process.helpers.table_names import found_table, is_table, table_of
from data_framework.modules.data_process.integrations.pandas.connection import cursor_of
from data_framework.modules.data_process.integrations.pandas.field_ids import table_field_ids
from data_framework.modules.data_process.integrations.pandas.files import write_files
from data_framework.modules.data_process.integrations.pandas.frames import to_frame
from data_framework.modules.data_process.integrations.pandas.one_pass.relation import relation
from data_framework.modules.data_process.integrations.pandas.sql import casts
from data_framework.modules.data_process.integrations.pandas.sql.dialect import render
from data_framework.modules.data_process.integrations.pandas.verbs.verbs import FrameVerbs
from data_framework.modules.data_process.plan import hidden
from data_framework.modules.data_process.plan.deliveries import Deliveries
from data_framework.modules.data_process.plan.model import (
    QuerySource,
    TableSource,
    Written,
)
from data_framework.modules.data_process.plan.vocabulary import column as named
from data_framework.modules.data_process.plan.vocabulary import lossless_cast
from data_framework.modules.data_process.sql import parse_condition, parse_select, tables_of
from data_framework.modules.data_process.table_writes import TableWrites
from data_framework.modules.exception import CommitConflictError, PublishFailedError
from data_framework.modules.utils.data_types import parse_type
from data_framework.modules.utils.names import quote_identifier as quoted

if TYPE_CHECKING:
    import pandas as pd

_LOGGER = logging.getLogger(__name__)


class TableVerbs(TableWrites["pd.DataFrame"], FrameVerbs):
    """The verbs that need tables; an engine mixes them in."""

    @abstractmethod
    def _database(self) -> duckdb.DuckDBPyConnection: ...

    @abstractmethod
    def _folder(self) -> str: ...

    @override
    def read_table(
        self, database: str, table: str, filter: str | None = None, columns: list[str] | None = None
    ) -> pd.DataFrame:
        ref = found_table(self._catalogue, database, table)
        names = ", ".join(quoted(name) for name in columns) if columns else "*"
        select = parse_select(f"select {names} from source_table")
        if filter:
            select = select.where(parse_condition(filter))  # type: ignore[attr-defined]
        return self.frame(QuerySource(select, {"source_table": TableSource(ref)}))

    @override
    def query(self, sql: str) -> pd.DataFrame:
        select = parse_select(sql)
        tables = {
            name: TableSource(found_table(self._catalogue, *name.split(".", 1)))
            for name in tables_of(select)
            if "." in name
        }
        return self.frame(QuerySource(select, tables))

    @override
    def datacast(self, table_source: Any, table_target: Any) -> pd.DataFrame:
        schema = self._catalogue.schema(table_of(self._catalogue, table_target))
        source = (
            self.frame(TableSource(table_of(self._catalogue, table_source))) if is_table(table_source) else table_source
        )
        table = arrow_table(source)
        cursor = cursor_of(self._database())
        cursor.register("df_text", table)
        types = {field.name: data_type(field.type, field.name) for field in table.schema}
        by_name = {name.lower(): name for name in types}
        values, failed = [], []
        for column in schema.columns:
            if column.name not in hidden.visible(schema.names):
                continue
            kind, name = parse_type(column.type), by_name.get(column.name.lower())
            value = f"CAST(NULL AS {casts.stored_type(kind)})"
            if name is not None and types[name].kind == "string":
                value = casts.exact_cast(quoted(name), kind)
                failed.append(
                    f"count_if({quoted(name)} IS NOT NULL AND trim({quoted(name)}) <> '' AND {value} IS NULL)"
                )
            elif name is not None:
                value = render(lossless_cast(named(name), kind))
            values.append(f"{value} AS {quoted(column.name)}")
        if failed:
            counted = cursor.execute(f"SELECT {' + '.join(failed)} FROM df_text").fetchall()[0][0]
            if counted:
                _LOGGER.warning("%s cells did not fit the types of %s and are null", counted, table_target)
        return to_frame(cursor.sql(f"SELECT {', '.join(values)} FROM df_text").to_arrow_table())

    @override
    def delete_from_table(self, table_config: Any, _filter: str) -> Written:
        ref = table_of(self._catalogue, table_config)
        condition = parse_condition(_filter)
        try:
            return committed(self._catalogue, ref, lambda: self._deleted(ref, condition))
        except CommitConflictError as error:
            raise PublishFailedError(table=str(ref), reason="other writers were faster every time") from error

    # inside ---------------------------------------------------------------------------------------------------------
    def _deleted(self, ref: TableRef, condition: Any) -> Written:
        catalogue, schema = self._catalogue, self._catalogue.schema(ref)
        snapshot, files, cursor = catalogue.snapshot(ref), catalogue.files(ref), cursor_of(self._database())
        types = {column.name: parse_type(column.type) for column in schema.columns}
        hit = f"coalesce(({render(condition, Deliveries(types=types))})::BOOLEAN, false)"
        rows = relation(catalogue, ref, schema, files, self._folder(), technical=True, filename=True)
        direct = all(not file.has_deletes and (file.plain or file.missing) for file in files)
        rows = rows if direct else f"SELECT *, '' AS filename FROM ({rows})"
        found = dict(cursor.execute(f"SELECT filename, count(*) FROM ({rows}) WHERE {hit} GROUP BY 1").fetchall())
        leaving = [file for file in files if file.path in found or "" in found]
        total = sum(file.rows for file in files)
        deleted = sum(found.values())
        size = 0
        snapshot_id = snapshot.snapshot_id if snapshot else None
        if leaving:
            kept = relation(catalogue, ref, schema, leaving, self._folder(), technical=True)
            made = write_files(
                catalogue, cursor, f"SELECT * FROM ({kept}) WHERE NOT {hit}", ref,
                f"df-{uuid.uuid4().hex}", table_field_ids(schema), schema.partition,
            )  # fmt: skip
            size = _size(cursor, made)
            properties = {"run-id": uuid.uuid4().hex, "rows_deleted": str(deleted)}
            snapshot_id = catalogue.commit(
                ref, Change(made, [file.path for file in leaving], snapshot_id, properties)
            ).snapshot_id
        gone = sum(file.size for file in leaving)
        return Written(0, 0, 0, deleted, 0, 0, 0, total - deleted, size, gone, snapshot_id)


def _size(cursor: duckdb.DuckDBPyConnection, paths: list[str]) -> int:
    if not paths:
        return 0
    return int(cursor.execute("SELECT sum(file_size_bytes) FROM parquet_file_metadata(?)", [paths]).fetchall()[0][0])
