"""The `dynamic` cast: the narrowest type every cell of a column fits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import duckdb

from data_framework.modules.data_process.integrations.pandas.sql import casts
from data_framework.modules.data_process.integrations.pandas.sql.dialect import render
from data_framework.modules.data_process.plan.model import PlanColumn, TablePlan
from data_framework.modules.utils.data_types import DataType

_CANDIDATES = [DataType("bigint"), DataType("double"), DataType("date"), DataType("timestamp")]


def infer_columns(cursor: duckdb.DuckDBPyConnection, plan: TablePlan, selects: Sequence[str]) -> tuple[PlanColumn, ...]:
    """The plan's columns, those to infer with the type that fits all their text in these sources.

    Tried in order: boolean (true, false), bigint, double, date, timestamp; else string. A column of nulls is a string.
    """
    open_columns = [column for column in plan.columns if column.cast == "infer" and column.text is not None]
    texts = ", ".join(
        f"{render(column.text)} AS t{i}" for i, column in enumerate(open_columns) if column.text is not None
    )
    tests = ", ".join(f"count(nullif({casts.trim(f't{i}')}, '')), {_tests(i)}" for i in range(len(open_columns)))
    source = " UNION ALL ".join(f"({select})" for select in selects)
    row = cursor.execute(f"SELECT {tests} FROM (SELECT {texts} FROM ({source}))").fetchall()[0] if open_columns else ()
    width = 2 + len(_CANDIDATES)
    found = {
        column.name: _chosen(row[i * width], row[i * width + 1 : (i + 1) * width])
        for i, column in enumerate(open_columns)
    }
    return tuple(
        replace(column, type=found.get(column.name, DataType("string")), cast="exact")
        if column.cast == "infer"
        else column
        for column in plan.columns
    )


def _tests(position: int) -> str:
    text = f"t{position}"
    boolean = f"count_if(lower({casts.trim(text)}) IN ('true', 'false'))"
    return ", ".join([boolean, *(f"count({casts.exact_cast(text, kind)})" for kind in _CANDIDATES)])


def _chosen(filled: int, fits: Sequence[int]) -> DataType:
    kinds = [DataType("boolean"), *_CANDIDATES]
    return next(
        (kind for kind, count in zip(kinds, fits, strict=True) if filled and count == filled), DataType("string")
    )
