"""Checks that hand the rows in flight to others' code: Python functions and queries."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from data_framework.modules.data_process.helpers.arrow import arrow_table
from data_framework.modules.data_process.helpers.libraries import pa, pc
from data_framework.modules.data_process.integrations.pandas.frames import to_frame
from data_framework.modules.data_process.integrations.pandas.one_pass.prepared import Staged
from data_framework.modules.data_process.integrations.pandas.sql import casts
from data_framework.modules.data_process.plan import hidden
from data_framework.modules.data_process.plan.model import CheckCount, FunctionCheck, QueryCheck
from data_framework.modules.exception import DataProcessError

_ANSWERS = 10_000


def judge_function(staged: Staged, check: FunctionCheck) -> tuple[str, CheckCount]:
    """Call a function with the rows in flight; answer a SELECT of the rows it found invalid, and its count."""
    names = f"{staged.target_columns}, {hidden.FILE}, {hidden.RECORD}"
    table = staged.cursor.sql(staged.sound(names)).to_arrow_table()
    places = table.select([hidden.FILE, hidden.RECORD])
    frame = to_frame(table.drop_columns([hidden.FILE, hidden.RECORD]))
    try:
        answer = check.function(frame)
    except Exception as error:
        raise DataProcessError(reason=f"{type(error).__name__}: {error}") from error
    if answer is None or isinstance(answer, bool | int | float | str) or _is_scalar(answer):
        return "", CheckCount(total=1, observed=_plain(answer))
    if hasattr(answer, "columns") or isinstance(answer, pa.Table):
        return "", CheckCount(rows=_pairs(arrow_table(answer)))
    return _verdicts(staged, check, places, list(answer))


def judge_query(staged: Staged, check: QueryCheck, run: Callable[..., Iterable[Any]]) -> CheckCount:
    """Run a query over named tables and the rows in flight (`data`)."""
    found: list[tuple[Any, Any]] = []
    for batch in run(check, staged):
        found += _pairs(pa.Table.from_batches([batch]))
        if len(found) > _ANSWERS:
            break
    return CheckCount(rows=tuple(found[:_ANSWERS]))


def _is_scalar(answer: Any) -> bool:
    return not hasattr(answer, "__len__") and not hasattr(answer, "__iter__")


def _plain(answer: Any) -> Any:
    return answer.item() if hasattr(answer, "item") else answer


def _pairs(table: Any) -> tuple[tuple[Any, Any], ...]:
    if table.num_columns == 1:
        return tuple((position, value) for position, value in enumerate(table.column(0).to_pylist(), 1))
    names = [name.lower() for name in table.column_names]
    pair = ("identifier", "result") if {"identifier", "result"} <= set(names) else (names[0], names[1])
    columns = [table.column(names.index(name)).slice(0, _ANSWERS).to_pylist() for name in pair]
    return tuple(zip(*columns, strict=True))


def _verdicts(staged: Staged, check: FunctionCheck, places: Any, verdicts: list[Any]) -> tuple[str, CheckCount]:
    """A column of verdicts: true is valid, null is not judged, anything else is invalid."""
    if len(verdicts) != places.num_rows:
        raise DataProcessError(reason=f"the function answered {len(verdicts)} verdicts for {places.num_rows} rows")
    marks = [None if verdict is None or _missing(verdict) else bool(verdict) for verdict in verdicts]
    total, invalid = sum(mark is not None for mark in marks), sum(mark is False for mark in marks)
    if not invalid:
        return "", CheckCount(total, 0)
    broken = places.append_column("df_valid", pa.array(marks, pa.bool_())).filter(pc.field("df_valid") == False)  # noqa: E712
    name = f"df_function_{abs(hash(check.id))}"
    staged.cursor.register(name, broken)
    field = casts.literal(", ".join(check.fields))
    select = (f"SELECT {hidden.FILE}, {hidden.RECORD}, '{check.on_failure}', {casts.literal(check.name)}, {field}, "
              f"'the function found it invalid' FROM {name}")  # fmt: skip
    return select, CheckCount(total, invalid)


def _missing(verdict: Any) -> bool:
    return type(verdict).__name__ in {"NAType", "NaTType"} or verdict != verdict  # noqa: PLR0124 - NaN
