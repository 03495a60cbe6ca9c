"""The SQL of a plan, in order, without reading any data."""

from __future__ import annotations

from data_framework.modules.catalogue import Column, TableSchema
from data_framework.modules.data_process.integrations.pandas.check_text import check_sql
from data_framework.modules.data_process.integrations.pandas.one_pass.layers import Opened, one_pass
from data_framework.modules.data_process.plan import hidden
from data_framework.modules.data_process.plan.deliveries import Deliveries
from data_framework.modules.data_process.plan.layout import make_layout
from data_framework.modules.data_process.plan.model import (
    AggregateCheck,
    FunctionCheck,
    QuerySource,
    RawSource,
    RowCheck,
    TablePlan,
)
from data_framework.modules.data_process.sql import to_duckdb
from data_framework.modules.utils.names import quote_identifier as quoted


def explain(plan: TablePlan) -> list[str]:
    """The statements this engine would run, the source and staged files by name only."""
    statements = []
    if isinstance(plan.source, QuerySource):
        statements.append(f"-- source\n{to_duckdb(plan.source.select)}")
    if plan.columns:
        checks = [check for check in plan.checks if isinstance(check, RowCheck)]
        schema = TableSchema(tuple(Column(column.name, str(column.type)) for column in plan.columns))
        layout = make_layout(plan, plan.columns, schema, checks)
        statements.append(f"-- one pass: text, casts, row rules\n{one_pass(plan, layout, _named(plan))}")
    types = {column.name: column.type for column in plan.columns}
    checks_after = [check for check in plan.checks if not isinstance(check, RowCheck | FunctionCheck)]
    statements += [f"-- {check.name}\n{_selected(check, check_sql(check, types))}" for check in checks_after]
    keys = f" by {', '.join(plan.primary_keys)}" if plan.write_mode == "merge" else ""
    statements.append(f"-- publish: {plan.write_mode} into {plan.target}{keys}, one commit")
    return statements


def _named(plan: TablePlan) -> Opened:
    columns = list(dict.fromkeys(name for file in plan.source.files for name in file.columns.values())) if isinstance(
        plan.source, RawSource) else []  # fmt: skip
    if not columns:
        columns = [column.name for column in plan.columns if column.text is not None]
    cells = ", ".join(quoted(name) for name in columns)
    select = f"SELECT {hidden.FILE}, {hidden.RECORD}, {cells} FROM source"
    return Opened(select, columns, "to_json(source)", Deliveries(["<file_name>"], [plan.data_date], plan.time_zone))


def _selected(check: object, sql: str) -> str:
    return f"SELECT {sql} FROM staged" if isinstance(check, AggregateCheck) else sql
