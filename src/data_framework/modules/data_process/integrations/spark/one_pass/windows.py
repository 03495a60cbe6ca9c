"""Checks that look at the other rows: statistics of all of them first, then the row before, then the verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from data_framework.modules.data_process.integrations.spark.one_pass.across import Found, Invalid, late_rows
from data_framework.modules.data_process.integrations.spark.one_pass.prepared import PLACE, Pinned, one
from data_framework.modules.data_process.integrations.spark.sql.dialect import render
from data_framework.modules.data_process.integrations.spark.utils import quoted
from data_framework.modules.data_process.plan.deliveries import Deliveries
from data_framework.modules.data_process.plan.model import CheckCount, WindowCheck

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def judge_window(pinned: Pinned, check: WindowCheck) -> Invalid:
    """Judge each row by the others."""
    deliveries = pinned.source.deliveries
    judged = render(check.judged, deliveries) if check.judged is not None else "true"
    rows = _verdicts(check, pinned.sound([*PLACE, *pinned.target_columns], judged), deliveries)
    row = one(rows.selectExpr("count(*) AS total", "count_if(NOT df_valid) AS invalid"))
    total, invalid = int(row["total"]), int(row["invalid"])
    if not invalid:
        return Invalid(CheckCount(total, 0))
    return late_rows(
        pinned, check, Found(rows.where("NOT df_valid"), judged, total, invalid), "the other rows forbid it"
    )


def _verdicts(check: WindowCheck, rows: DataFrame, deliveries: Deliveries) -> DataFrame:
    for step in check.observed:
        values = [f"{render(value, deliveries)} AS {quoted(name)}" for name, value in step.items()]
        rows = rows.crossJoin(rows.selectExpr(*values))
    if check.previous:
        order = ", ".join([*([render(check.order, deliveries)] if check.order is not None else []), *PLACE])
        rows = rows.selectExpr("*", *(
            f"lag({render(value, deliveries)}) OVER (ORDER BY {order}) AS {quoted(name)}"
            for name, value in check.previous.items()
        ))  # fmt: skip
    fields = [quoted(name) for name in check.fields]
    return rows.selectExpr(*PLACE, *fields, f"coalesce(({render(check.valid, deliveries)}), false) AS df_valid")
