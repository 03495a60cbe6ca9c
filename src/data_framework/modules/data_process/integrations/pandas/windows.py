"""Checks that look at the other rows: statistics of all of them first, then the row before, then the verdict."""

from __future__ import annotations

from data_framework.modules.data_process.integrations.pandas.dialect import render
from data_framework.modules.data_process.integrations.pandas.prepared import Staged
from data_framework.modules.data_process.plan import hidden
from data_framework.modules.data_process.plan.deliveries import Deliveries
from data_framework.modules.data_process.plan.model import WindowCheck
from data_framework.modules.utils.names import quote_identifier as quoted


def windowed(staged: Staged, check: WindowCheck, judged: str) -> str:
    """SQL of the rows a check judges: file, record, its fields and `df_valid`."""
    columns = ", ".join([staged.target_columns, hidden.FILE, hidden.RECORD])
    rows = staged.sound(columns).replace(" WHERE ", f" WHERE ({judged}) AND ", 1)
    return verdicts(check, rows, staged.deliveries)


def verdicts(check: WindowCheck, rows: str, deliveries: Deliveries) -> str:
    """SQL of the verdicts over the rows judged."""
    for step in check.observed:
        values = ", ".join(f"{render(value, deliveries)} AS {quoted(name)}" for name, value in step.items())
        rows = f"SELECT * FROM ({rows}) CROSS JOIN (SELECT {values} FROM ({rows}))"
    if check.previous:
        order = f"{render(check.order, deliveries)}, " if check.order is not None else ""
        values = ", ".join(
            f"lag({render(value, deliveries)}) OVER (ORDER BY {order}{hidden.FILE}, {hidden.RECORD}) AS {quoted(name)}"
            for name, value in check.previous.items()
        )
        rows = f"SELECT *, {values} FROM ({rows})"
    fields = "".join(f", {quoted(name)}" for name in check.fields)
    valid = f"coalesce(({render(check.valid, deliveries)}), false) AS df_valid"
    return f"SELECT {hidden.FILE} AS df_file, {hidden.RECORD} AS df_record{fields}, {valid} FROM ({rows})"
