"""Checks that hand the rows in flight to others' code: Python functions and queries."""

from __future__ import annotations

from typing import Any

from pyspark.sql import Column, DataFrame

from data_framework.modules.data_process.integrations.spark.failures import reason_of
from data_framework.modules.data_process.integrations.spark.one_pass.across import Invalid
from data_framework.modules.data_process.integrations.spark.one_pass.prepared import PLACE, Pinned, one
from data_framework.modules.data_process.integrations.spark.utils import literal
from data_framework.modules.data_process.plan.model import CheckCount, FunctionCheck, QueryCheck
from data_framework.modules.exception import DataProcessError

_ANSWERS = 10_000


def judge_function(pinned: Pinned, check: FunctionCheck) -> Invalid:
    """Call a function with the rows in flight: it answers a column of verdicts, a scalar or a frame of results."""
    rows = pinned.sound([*PLACE, *pinned.target_columns])
    try:
        answer = check.function(rows.drop(*PLACE))
    except Exception as error:
        raise DataProcessError(reason=f"{type(error).__name__}: {reason_of(error)}") from error
    if isinstance(answer, Column):
        return _verdicts(rows.withColumn("df_valid", answer), check)
    if isinstance(answer, DataFrame):
        return Invalid(CheckCount(rows=_pairs(answer)))
    if answer is None or isinstance(answer, bool | int | float | str) or not hasattr(answer, "__len__"):
        return Invalid(CheckCount(total=1, observed=answer))
    raise DataProcessError(
        reason=f"the function answered {type(answer).__name__}; on Spark it answers a Column of verdicts, a scalar or "
        "a DataFrame (identifier, result)"
    )


def judge_query(check: QueryCheck, answer: DataFrame) -> CheckCount:
    """The rows a query answered over named tables and the rows in flight (`data`)."""
    return CheckCount(rows=_pairs(answer))


def _pairs(frame: DataFrame) -> tuple[tuple[Any, Any], ...]:
    rows = frame.take(_ANSWERS)
    if len(frame.columns) == 1:
        return tuple((position, row[0]) for position, row in enumerate(rows, 1))
    names = [name.lower() for name in frame.columns]
    pair = ("identifier", "result") if {"identifier", "result"} <= set(names) else (names[0], names[1])
    places = [names.index(name) for name in pair]
    return tuple((row[places[0]], row[places[1]]) for row in rows)


def _verdicts(rows: DataFrame, check: FunctionCheck) -> Invalid:
    """A column of verdicts: true is valid, null is not judged, anything else is invalid."""
    row = one(rows.selectExpr("count(df_valid) AS total", "count_if(NOT CAST(df_valid AS boolean)) AS invalid"))
    total, invalid = int(row["total"]), int(row["invalid"])
    if not invalid:
        return Invalid(CheckCount(total, 0))
    said = {"effect": check.on_failure, "control": check.name, "field": ", ".join(check.fields),
            "message": "the function found it invalid"}  # fmt: skip
    cells = [f"{literal(text)} AS {name}" for name, text in said.items()]
    return Invalid(CheckCount(total, invalid), rows.where("NOT CAST(df_valid AS boolean)").selectExpr(*PLACE, *cells))
