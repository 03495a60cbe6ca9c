"""Aggregate checks: taken along with the one pass where they can be, else observed in a scan of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from data_framework.modules.data_process.integrations.spark.failures import SPARK_ERRORS
from data_framework.modules.data_process.integrations.spark.one_pass.prepared import Pinned, one
from data_framework.modules.data_process.integrations.spark.sql.dialect import render
from data_framework.modules.data_process.plan.model import AggregateCheck, CheckCount
from data_framework.modules.data_process.plan.vocabulary import DISTINCT_COUNT

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

Judge = Callable[[], CheckCount]


def take_along(pinned: Pinned, checks: Sequence[AggregateCheck]) -> dict[str, str]:
    """Name → SQL of the aggregates that go with the one pass over one file: they hold where every row is published.

    Distinct values are counted alone (two sets of them in one query cost more than two queries), and a check that
    cannot be bound must not spoil the pass.
    """
    if len(pinned.source.deliveries.names) > 1:
        return {}
    found = {f"observed{number}": _sql(pinned, check) for number, check in enumerate(checks)
             if check.judged is None and not _is_distinct(check)}  # fmt: skip
    return {name: sql for name, sql in found.items() if _binds(pinned.judged, sql)}


def observe_alone(pinned: Pinned, checks: Sequence[AggregateCheck]) -> Iterator[list[tuple[AggregateCheck, Judge]]]:
    """The aggregates left, those of the same rows together; each group answers its checks with how they are judged."""
    groups: dict[tuple[str, int], list[AggregateCheck]] = {}
    for place, check in enumerate(checks):
        judged = render(check.judged, pinned.source.deliveries) if check.judged is not None else "true"
        groups.setdefault((judged, place + 1 if _is_distinct(check) else 0), []).append(check)
    for (judged, _), group in groups.items():
        yield _group(pinned, judged, group)


def _group(pinned: Pinned, judged: str, group: list[AggregateCheck]) -> list[tuple[AggregateCheck, Judge]]:
    try:
        rows = pinned.sound(where=judged)
        values: Mapping[str, Any] = one(rows.selectExpr(*(f"{_sql(pinned, check)} AS o{place}" for place, check
                                                          in enumerate(group)))).asDict()  # fmt: skip
    except SPARK_ERRORS:
        return [(check, partial(_observe, pinned, judged, check)) for check in group]
    counts = [CheckCount(total=1, observed=values[f"o{place}"]) for place in range(len(group))]
    return [(check, partial(_known, count)) for check, count in zip(group, counts, strict=True)]


def _known(count: CheckCount) -> CheckCount:
    return count


def _observe(pinned: Pinned, judged: str, check: AggregateCheck) -> CheckCount:
    rows = pinned.sound(where=judged)
    return CheckCount(total=1, observed=one(rows.selectExpr(_sql(pinned, check)))[0])


def _sql(pinned: Pinned, check: AggregateCheck) -> str:
    return render(check.observed, pinned.source.deliveries)


def _is_distinct(check: AggregateCheck) -> bool:
    named = any(node.name.lower() == DISTINCT_COUNT for node in check.observed.find_all(exp.Anonymous))
    return named or any(True for _ in check.observed.find_all(exp.Distinct))


def _binds(rows: DataFrame, sql: str) -> bool:
    try:
        rows.selectExpr(sql)
    except SPARK_ERRORS:
        return False
    return True
