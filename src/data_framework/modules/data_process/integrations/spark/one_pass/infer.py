"""The `dynamic` cast: the narrowest type every cell of a column fits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from data_framework.modules.data_process.integrations.spark.one_pass.prepared import one
from data_framework.modules.data_process.integrations.spark.one_pass.sources import Source
from data_framework.modules.data_process.integrations.spark.sql import casts
from data_framework.modules.data_process.integrations.spark.sql.dialect import render
from data_framework.modules.data_process.plan.model import PlanColumn, TablePlan
from data_framework.modules.utils.data_types import DataType

_CANDIDATES = [DataType("bigint"), DataType("double"), DataType("date"), DataType("timestamp")]


def infer_columns(plan: TablePlan, source: Source) -> tuple[PlanColumn, ...]:
    """The plan's columns, those to infer with the type that fits all their text.

    Tried in order: boolean (true, false), bigint, double, date, timestamp; else string. A column of nulls is a string.
    """
    texts = {column.name: render(column.text, source.deliveries)
             for column in plan.columns if column.cast == "infer" and column.text is not None}  # fmt: skip
    if not texts:
        return tuple(replace(c, cast="exact") if c.cast == "infer" else c for c in plan.columns)
    cells = source.sound.selectExpr(*(f"{text} AS t{place}" for place, text in enumerate(texts.values())))
    row = one(cells.selectExpr(*(test for place in range(len(texts)) for test in _tests(f"t{place}"))))
    width = 2 + len(_CANDIDATES)
    found = {name: _chosen(row[place * width], row[place * width + 1 : (place + 1) * width])
             for place, name in enumerate(texts)}  # fmt: skip
    return tuple(
        replace(column, type=found.get(column.name, DataType("string")), cast="exact")
        if column.cast == "infer"
        else column
        for column in plan.columns
    )


def _tests(text: str) -> list[str]:
    bare = casts.trim(text)
    return [f"count(nullif({bare}, ''))", f"count_if(lower({bare}) IN ('true', 'false'))",
            *(f"count({casts.exact_cast(text, kind)})" for kind in _CANDIDATES)]  # fmt: skip


def _chosen(filled: int, fits: Sequence[int]) -> DataType:
    kinds = [DataType("boolean"), *_CANDIDATES]
    return next(
        (kind for kind, count in zip(kinds, fits, strict=True) if filled and count == filled), DataType("string")
    )
