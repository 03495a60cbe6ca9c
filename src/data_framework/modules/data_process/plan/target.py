"""The target of a plan in the catalogue: found, made or evolved before files are staged for it."""

from __future__ import annotations

from dataclasses import replace

from data_framework.modules.catalogue import CatalogueInterface, Column, TableSchema
from data_framework.modules.data_process.plan import hidden
from data_framework.modules.data_process.plan.history import keeps_data_date
from data_framework.modules.data_process.plan.model import PlanColumn, TablePlan
from data_framework.modules.utils.data_types import parse_type


def target_schema(catalogue: CatalogueInterface, plan: TablePlan) -> TableSchema:
    """The schema to stage for: the table's, made when there is no table, with columns added that it lacks."""
    wanted = [Column(column.name, str(column.type), column.nullable, column.description) for column in plan.columns]
    if keeps_data_date(plan):
        wanted.append(Column(hidden.DATA_DATE, "date"))
    if not catalogue.exists(plan.target):
        return catalogue.create(plan.target, TableSchema(tuple(wanted), plan.partition_field, plan.primary_keys))
    schema = catalogue.schema(plan.target)
    missing = [column for column in wanted if column.name not in schema.names]
    if not missing:
        return schema
    return catalogue.evolve(plan.target, replace(schema, columns=(*schema.columns, *missing)))


def complete_columns(plan: TablePlan, schema: TableSchema) -> tuple[PlanColumn, ...]:
    """The plan's columns in the target's order; the target's others are not delivered."""
    known = {column.name: column for column in plan.columns}
    return tuple(
        known.get(column.name) or PlanColumn(column.name, parse_type(column.type), None, cast="none")
        for column in schema.columns
    )
