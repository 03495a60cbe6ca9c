"""From a plan to pinned rows: the source opened, the target found, the layers laid over, what cannot run left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import reduce
from typing import TYPE_CHECKING

from data_framework.modules.data_process.integrations.spark.failures import SPARK_ERRORS, reason_of
from data_framework.modules.data_process.integrations.spark.one_pass.infer import infer_columns
from data_framework.modules.data_process.integrations.spark.one_pass.layers import check_sql, one_pass
from data_framework.modules.data_process.integrations.spark.one_pass.prepared import Pinned
from data_framework.modules.data_process.integrations.spark.one_pass.sources import FAULT, TEXT, Source, open_source
from data_framework.modules.data_process.integrations.spark.sql.casts import stored_type
from data_framework.modules.data_process.integrations.spark.utils import quoted
from data_framework.modules.data_process.plan import hidden
from data_framework.modules.data_process.plan.fitting import fitted_columns
from data_framework.modules.data_process.plan.layout import Layout, make_layout
from data_framework.modules.data_process.plan.model import QuerySource, RowCheck, TablePlan
from data_framework.modules.data_process.plan.target import complete_columns, target_schema
from data_framework.modules.exception import PlanFailedError
from data_framework.modules.utils.data_types import parse_type

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from data_framework.modules.data_process.integrations.spark.desk import Desk


def pin(desk: Desk, plan: TablePlan, query: Callable[[QuerySource], DataFrame]) -> tuple[Pinned, dict[str, str]]:
    """Open a plan's source and lay the one pass over it; also the checks that cannot even be bound, with why.

    Raises:
        PlanFailedError: The source cannot be read.
    """
    try:
        source = open_source(desk, plan, query)
        plan = _resolved(desk, plan, source)
    except (*SPARK_ERRORS, OSError) as error:
        raise PlanFailedError(table=str(plan.target), reason=reason_of(error)) from error
    schema = target_schema(desk.catalogue, plan)
    columns = complete_columns(plan, schema)
    plan = replace(plan, columns=columns)
    types = {column.name: column.type for column in columns}
    source = replace(source, deliveries=replace(source.deliveries, types=types))
    checks = [check for check in plan.checks if isinstance(check, RowCheck)]
    layout = make_layout(plan, columns, schema, checks)
    errors = _unbound(desk, layout, source)
    return laid(desk, plan, layout, source, [check for check in checks if check.id not in errors]), errors


def laid(desk: Desk, plan: TablePlan, layout: Layout, source: Source, checks: Sequence[RowCheck]) -> Pinned:
    """The layers over an opened source, with some of its row checks."""
    layout = make_layout(plan, layout.columns, layout.schema, checks)
    layers = one_pass(plan, layout, source.columns, source.deliveries)
    if source.types is None:
        layers[0] += [FAULT, TEXT]
    try:
        judged = reduce(lambda frame, layer: frame.selectExpr(*layer), layers, source.frame)
    except SPARK_ERRORS as error:
        raise PlanFailedError(table=str(plan.target), reason=reason_of(error)) from error
    return Pinned(plan, layout, desk, source, judged, source.row)


def _resolved(desk: Desk, plan: TablePlan, source: Source) -> TablePlan:
    if source.types is not None:
        return replace(plan, columns=fitted_columns(plan, source.types, desk.catalogue))
    if any(column.cast == "infer" for column in plan.columns):
        return replace(plan, columns=infer_columns(plan, source))
    return plan


def _unbound(desk: Desk, layout: Layout, source: Source) -> dict[str, str]:
    """Row checks that cannot be bound to the columns, each with why."""
    types = {column.name: stored_type(parse_type(column.type)) for column in layout.schema.columns}
    cells = [f"CAST(NULL AS {types[name]}) AS {quoted(name)}" for name in layout.names]
    probe = desk.session.range(0).selectExpr(*cells, f"0 AS {hidden.FILE}")
    errors = {}
    for check in layout.checks:
        try:
            probe.selectExpr(*(f"CAST(({part}) AS boolean)" for part in check_sql(check, source.deliveries)))
        except SPARK_ERRORS as error:
            errors[check.id] = reason_of(error)
    return errors
