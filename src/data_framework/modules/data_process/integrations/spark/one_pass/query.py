"""Queries of users over named tables: each name becomes a view of those rows and nothing else."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlglot import exp

from data_framework.modules.data_process.integrations.spark.failures import SPARK_ERRORS, reason_of
from data_framework.modules.data_process.integrations.spark.frames import types_of
from data_framework.modules.data_process.integrations.spark.sql.dialect import render
from data_framework.modules.data_process.plan.deliveries import Deliveries
from data_framework.modules.data_process.plan.model import QuerySource, TableSource
from data_framework.modules.data_process.sql import to_spark
from data_framework.modules.exception import QueryFailedError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from data_framework.modules.data_process.integrations.spark.desk import Desk


def run_query(desk: Desk, source: QuerySource, data: DataFrame | None = None) -> DataFrame:
    """A query as a frame; `data`: the rows in flight, for queries that look at them.

    Raises:
        QueryFailedError: It cannot be run.
    """
    frames = {name: _rows(desk, table) for name, table in source.tables.items()}
    if data is not None:
        frames["data"] = data
    try:
        with _views(desk, frames) as views:
            return desk.session.sql(to_spark(_renamed(source.select, views)))
    except SPARK_ERRORS as error:
        raise QueryFailedError(reason=reason_of(error)) from error


def _rows(desk: Desk, table: TableSource) -> DataFrame:
    rows = desk.table(table.ref)
    if table.where is None:
        return rows
    return rows.where(render(table.where, Deliveries(types=types_of(rows))))


@contextmanager
def _views(desk: Desk, frames: Mapping[str, DataFrame]) -> Iterator[Mapping[str, str]]:
    """Views by the names a query gives its rows; frames made of them outlive them."""
    names = {name: f"df_view_{uuid.uuid4().hex}" for name in frames}
    try:
        for name, frame in frames.items():
            frame.createOrReplaceTempView(names[name])
        yield names
    finally:
        for view in names.values():
            desk.session.catalog.dropTempView(view)


def _renamed(select: exp.Expression, views: Mapping[str, str]) -> exp.Expression:
    """The query over views: what it calls a table stays the name of its columns."""

    def renamed(node: exp.Expression) -> exp.Expression:
        if isinstance(node, exp.Table) and not _is_cte(node) and (view := known.get(_full_name(node))):
            alias = node.args.get("alias") or exp.TableAlias(this=exp.to_identifier(node.name, quoted=True))
            made = exp.Table(this=exp.to_identifier(view), alias=alias)
            made.set("joins", node.args.get("joins"))
            return made
        if isinstance(node, exp.Column) and node.args.get("db"):
            node.set("db", None)
        return node

    known = {name.lower(): view for name, view in views.items()}
    return select.copy().transform(renamed)


def _full_name(table: exp.Table) -> str:
    return ".".join(part for part in (table.db, table.name) if part).lower()


def _is_cte(table: exp.Table) -> bool:
    """Whether a name means a query of the same WITH and not a table: everywhere but in its own definition."""
    node, inside = table.parent, set[str]()
    while node is not None:
        if isinstance(node, exp.CTE):
            inside.add(node.alias.lower())
        with_ = node.args.get("with_")
        if with_ and _full_name(table) in {cte.alias.lower() for cte in with_.expressions} - inside:
            return True
        node = node.parent
    return False
