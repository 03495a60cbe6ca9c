"""The SQL of a plan, in order, without reading any data."""

from __future__ import annotations

from data_framework.modules.catalogue import Column, TableSchema
from data_framework.modules.data_process.integrations.spark.check_text import writer
from data_framework.modules.data_process.integrations.spark.one_pass.layers import nested, one_pass
from data_framework.modules.data_process.plan.check_text import check_text
from data_framework.modules.data_process.plan.deliveries import Deliveries
from data_framework.modules.data_process.plan.layout import make_layout
from data_framework.modules.data_process.plan.model import (
    AggregateCheck,
    Check,
    KeyCheck,
    QueryCheck,
    QuerySource,
    RawSource,
    ReferenceCheck,
    RowCheck,
    TablePlan,
)
from data_framework.modules.data_process.sql import to_spark


def explain(plan: TablePlan) -> list[str]:
    """The statements this engine would run, the source and its rows by name only."""
    statements = []
    types = {column.name: column.type for column in plan.columns}
    context = Deliveries(["<file_name>"], [plan.data_date], plan.time_zone, types)
    if isinstance(plan.source, QuerySource):
        statements.append(f"-- source\n{to_spark(plan.source.select)}")
    if plan.columns:
        checks = [check for check in plan.checks if isinstance(check, RowCheck)]
        schema = TableSchema(tuple(Column(column.name, str(column.type)) for column in plan.columns))
        layout = make_layout(plan, plan.columns, schema, checks)
        layers = one_pass(plan, layout, _columns(plan), context)
        statements.append(f"-- one pass: text, casts, row rules\n{nested(layers, 'source')}")
    statements += [text for check in plan.checks if (text := _check(check, context))]
    keys = f" by {', '.join(plan.primary_keys)}" if plan.write_mode == "merge" else ""
    statements.append(f"-- publish: {plan.write_mode} into {plan.target}{keys}, one commit")
    return statements


def _columns(plan: TablePlan) -> list[str]:
    files = plan.source.files if isinstance(plan.source, RawSource) else ()
    found = list(dict.fromkeys(name for file in files for name in file.columns.values()))
    return found or [column.name for column in plan.columns if column.text is not None]


def _check(check: Check, context: Deliveries) -> str:
    if not isinstance(check, KeyCheck | ReferenceCheck | AggregateCheck | QueryCheck):
        return ""
    text = check_text(check, writer(context), "judged")
    return f"-- {check.name}\n" + (f"SELECT {text} FROM judged" if isinstance(check, AggregateCheck) else text)
