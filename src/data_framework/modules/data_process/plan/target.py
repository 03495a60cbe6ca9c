"""The target of a plan in the catalogue: found, made or evolved before files are staged for it."""

from __future__ import annotations

from dataclasses import replace

from data_framework.modules.catalogue import CatalogueInterface, Column, TableSchema
from data_framework.modules.config.model.tables import TableRef
from data_framework.modules.data_process.plan import hidden
from data_framework.modules.data_process.plan.history import keeps_data_date
from data_framework.modules.data_process.plan.model import PlanColumn, TablePlan
from data_framework.modules.exception import SchemaChangeError
from data_framework.modules.utils.data_types import parse_type


def target_schema(catalogue: CatalogueInterface, plan: TablePlan) -> TableSchema:
    """The schema to stage for: the table's, with columns added that it lacks; before there is one, what it will be."""
    wanted = [Column(column.name, str(column.type), column.nullable, column.description) for column in plan.columns]
    if keeps_data_date(plan):
        wanted.append(Column(hidden.DATA_DATE, "date"))
    if not catalogue.exists(plan.target):
        return catalogue.reserve(plan.target, TableSchema(tuple(wanted), plan.partition_field, plan.primary_keys))
    schema = catalogue.schema(plan.target)
    missing = [column for column in wanted if column.name not in schema.names]
    if not missing:
        return schema
    return catalogue.evolve(plan.target, replace(schema, columns=(*schema.columns, *missing)))


def make_target(catalogue: CatalogueInterface, ref: TableRef, schema: TableSchema) -> None:
    """Make the table files were staged for, now that they are judged.

    Raises:
        SchemaChangeError: Another process made it otherwise meanwhile; a new run takes its columns as they are.
    """
    if catalogue.exists(ref):
        return
    made = catalogue.create(ref, TableSchema(schema.columns, schema.partition_field, schema.primary_keys))
    if made.field_ids != schema.field_ids:
        raise SchemaChangeError(table=str(ref), reason="another process has just made it with other columns")


def complete_columns(plan: TablePlan, schema: TableSchema) -> tuple[PlanColumn, ...]:
    """The plan's columns in the target's order; the target's others are not delivered."""
    known = {column.name: column for column in plan.columns}
    return tuple(
        known.get(column.name) or PlanColumn(column.name, parse_type(column.type), None, cast="none")
        for column in schema.columns
    )
