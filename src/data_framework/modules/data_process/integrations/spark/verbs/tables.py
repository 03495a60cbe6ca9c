"""The verbs on tables: read, query, cast, write, delete."""

from __future__ import annotations

import logging
import uuid
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from data_framework.modules.catalogue import TableSchema
from data_framework.modules.config.model.tables import TableRef
from data_framework.modules.data_process.helpers.table_names import found_table, is_table, table_of
from data_framework.modules.data_process.integrations.spark.commits import committed, run_sql, settled
from data_framework.modules.data_process.integrations.spark.frames import spark_frame, types_of
from data_framework.modules.data_process.integrations.spark.sql import casts
from data_framework.modules.data_process.integrations.spark.sql.dialect import render
from data_framework.modules.data_process.integrations.spark.utils import quoted
from data_framework.modules.data_process.integrations.spark.verbs.verbs import FrameVerbs
from data_framework.modules.data_process.plan import hidden
from data_framework.modules.data_process.plan.deliveries import Deliveries
from data_framework.modules.data_process.plan.model import QuerySource, TableSource, Written
from data_framework.modules.data_process.plan.vocabulary import column as named
from data_framework.modules.data_process.plan.vocabulary import lossless_cast
from data_framework.modules.data_process.sql import parse_condition, parse_select, tables_of
from data_framework.modules.data_process.table_writes import TableWrites
from data_framework.modules.utils.data_types import DataType, parse_type

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_LOGGER = logging.getLogger(__name__)


class TableVerbs(TableWrites["DataFrame"], FrameVerbs):
    """The verbs that need tables; an engine mixes them in."""

    @override
    def read_table(
        self, database: str, table: str, filter: str | None = None, columns: list[str] | None = None
    ) -> DataFrame:
        ref = found_table(self._catalogue, database, table)
        names = ", ".join(f'"{name}"' for name in columns) if columns else "*"
        select = parse_select(f"select {names} from source_table")
        if filter:
            select = select.where(parse_condition(filter))  # type: ignore[attr-defined]
        return self.frame(QuerySource(select, {"source_table": TableSource(ref)}))

    @override
    def query(self, sql: str) -> DataFrame:
        select = parse_select(sql)
        names = [name for name in tables_of(select) if "." in name]
        tables = {name: TableSource(found_table(self._catalogue, *name.split(".", 1))) for name in names}
        return self.frame(QuerySource(select, tables))

    @override
    def datacast(self, table_source: Any, table_target: Any) -> DataFrame:
        schema = self._catalogue.schema(table_of(self._catalogue, table_target))
        given = is_table(table_source)
        rows = (
            self.frame(TableSource(table_of(self._catalogue, table_source)))
            if given
            else spark_frame(self.desk, table_source)
        )
        types = types_of(rows)
        values, failed = _casts(schema, types)
        if failed and (counted := rows.selectExpr(" + ".join(failed)).collect()[0][0]):
            _LOGGER.warning("%s cells did not fit the types of %s and are null", counted, table_target)
        return rows.selectExpr(*values)

    @override
    def delete_from_table(self, table_config: Any, _filter: str) -> Written:
        ref, condition = table_of(self._catalogue, table_config), parse_condition(_filter)
        return committed(self.desk, ref, lambda: self._deleted(ref, condition))

    # inside ---------------------------------------------------------------------------------------------------------
    def _deleted(self, ref: TableRef, condition: Any) -> Written:
        schema, before = self._catalogue.schema(ref), self._catalogue.snapshot(ref)
        types = {column.name: parse_type(column.type) for column in schema.columns}
        total = sum(file.rows for file in self._catalogue.files(ref))
        hit = f"coalesce(CAST(({render(condition, Deliveries(types=types))}) AS boolean), false)"
        gone = self.desk.table(ref, technical=True).where(hit).count()
        if not gone:
            return Written(0, 0, 0, 0, 0, 0, 0, total, 0, 0, before.snapshot_id if before else None)
        properties = {"run-id": uuid.uuid4().hex, "rows_deleted": str(gone)}
        run_sql(self.desk, f"DELETE FROM {self.desk.name(ref)} WHERE {hit}", properties)
        return Written(0, 0, 0, gone, 0, 0, 0, total - gone, **settled(self.desk, ref))


def _casts(schema: TableSchema, types: dict[str, DataType]) -> tuple[list[str], list[str]]:
    """SQL of a table's columns out of a frame's, and of how many cells of each text column do not fit."""
    by_name, values, failed = {name.lower(): name for name in types}, [], []
    for column in schema.columns:
        if column.name not in hidden.visible(schema.names):
            continue
        kind, name = parse_type(column.type), by_name.get(column.name.lower())
        value = f"CAST(NULL AS {casts.stored_type(kind)})"
        if name is not None and types[name].kind == "string":
            text = quoted(name)
            value = casts.exact_cast(text, kind)
            failed.append(f"count_if({text} IS NOT NULL AND trim({text}) <> '' AND {value} IS NULL)")
        elif name is not None:
            value = render(lossless_cast(named(name), kind))
        values.append(f"{value} AS {quoted(column.name)}")
    return values, failed
