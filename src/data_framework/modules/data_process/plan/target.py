"""The target of a plan in the catalogue: found, made or evolved before files are staged for it."""

from __future__ import annotations

from dataclasses import replace

from data_framework.modules.catalogue import CatalogueInterface, Column, TableSchema
from data_framework.modules.data_process.plan import hidden
from data_framework.modules.data_process.plan.history import keeps_data_date
from data_framework.modules.data_process.plan.model import PlanColumn, TablePlan
from data_framework.modules.exception import SchemaChangeError
from data_framework.modules.utils.data_types import parse_type


def target_schema(catalogue: CatalogueInterface, plan: TablePlan) -> TableSchema:
    """The schema to stage for: the table's, with columns added that it lacks; before there is one, what it will be.

    Raises:
        SchemaChangeError: The table is partitioned otherwise.
    """
    wanted = [Column(column.name, str(column.type), column.nullable, column.description) for column in plan.columns]
    if keeps_data_date(plan):
        wanted.append(Column(hidden.DATA_DATE, "date"))
    if not catalogue.exists(plan.target):
        made = TableSchema(
            tuple(wanted), plan.partition_field, plan.primary_keys, partition_transform=plan.partition_transform
        )
        return catalogue.reserve(plan.target, made)
    schema = catalogue.schema(plan.target)
    if plan.partition not in {None, schema.partition}:
        reason = f"it is partitioned by {schema.partition} and would be by {plan.partition}, which cannot change"
        raise SchemaChangeError(table=str(plan.target), reason=reason)
    gained = _gained(schema, wanted)
    if not gained:
        return schema
    kept = tuple(column for column in schema.columns if column.name not in gained)
    return catalogue.evolve(plan.target, replace(schema, columns=(*kept, *gained.values())))


def _gained(schema: TableSchema, wanted: list[Column]) -> dict[str, Column]:
    """The columns a table lacks, and those that have fields inside which it lacks."""
    there = {column.name: column.type for column in schema.columns}
    return {
        column.name: column for column in wanted
        if column.name not in there or (parse_type(column.type).is_nested and column.type != there[column.name])
    }  # fmt: skip


def complete_columns(plan: TablePlan, schema: TableSchema) -> tuple[PlanColumn, ...]:
    """The plan's columns in the target's order; the target's others are not delivered."""
    known = {column.name: column for column in plan.columns}
    return tuple(_completed(known.get(column.name), column) for column in schema.columns)


def _completed(known: PlanColumn | None, column: Column) -> PlanColumn:
    kind = parse_type(column.type)
    if known is None:
        return PlanColumn(column.name, kind, None, cast="none")
    # A nested column keeps the fields the table has: every file of it has the same ones.
    return replace(known, type=kind) if kind.is_nested and known.cast != "none" else known
