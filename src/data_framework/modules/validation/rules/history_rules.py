"""Rules that compare a value with what the same control observed before."""

# ruff: noqa: A002  (arguments are named as users write them)
from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from sqlglot import exp

from data_framework.modules.data_process.sql import parse_expression
from data_framework.modules.validation.rules import aggregate_rules
from data_framework.modules.validation.rules.literals import call
from data_framework.modules.validation.rules.model import (
    TIMES,
    Aggregate,
    Argument,
    Examples,
    Field,
    Finding,
    History,
    Past,
    Rule,
    RuleError,
    rule,
)

_WINDOW = Argument("window", "count", "how many data dates back it looks", default=14)
_METHODS = ("standard_deviation", "moving_average", "mad", "seasonal")
_LIMITS = {"standard_deviation": 3.0, "moving_average": 0.5, "mad": 3.5, "seasonal": 3.0}
_LEAST = 3


@rule(
    "aggregate", dimension="timeliness", types=TIMES, fields=(1, 1),
    arguments=[
        Argument("max_age", "duration", "`36 hours`, `2 days`, `90m`, or a number of days; default: the threshold's")
    ],
    examples=Examples(
        {"updated": "date"}, passes=[{"updated": "9999-01-01"}, {"updated": "2020-01-01"}],
        fails=[{"updated": "2020-01-01"}, {"updated": None}], fields=("updated",), arguments={"max_age": "365 days"},
    ),
)  # fmt: skip
def freshness(fields: Sequence[Field], max_age: float | None = None) -> Aggregate:
    """The newest date or time of the field is not older than `max_age` at the time of the run.

    A date counts in whole days up to the run's date. Observed is the newest value; null when there is none.
    """
    return Aggregate(call("max", fields[0].column), max_age=max_age)


@rule(
    "aggregate", dimension="completeness", fields=(0, 0),
    arguments=[
        _WINDOW,
        Argument("min", "number", "the least change, -0.5 is half as many rows", default=-0.5),
        Argument("max", "number", "the greatest change, 1 is twice as many", default=1),
    ],
    examples=Examples({"x": "int"}, [{"x": 1}, {"x": 1}], [{"x": 1}] * 5, past=(2, 2, 2)),
)  # fmt: skip
def volume_change(fields: Sequence[Field], window: int = 14, min: Any = None, max: Any = None) -> Aggregate:
    """The number of rows has not changed by more than a share since the mean of the last runs.

    Compared with the data dates before, as `controls_results` keeps them; without any, it is valid.
    """
    return Aggregate(
        call("count", exp.Star()), history=History(partial(_changed, window, float(min), float(max)), window)
    )


@rule(
    "aggregate", dimension="accuracy", fields=(0, 1),
    arguments=[
        Argument("metric", "text", "an aggregate rule's name (`mean` of the field, `row_count`) or an aggregate of SQL",
                 default="row_count"),
        _WINDOW,
        Argument("method", "choice", "how far is too far", default="standard_deviation", choices=_METHODS),
        Argument("limit", "number", "how many deviations (3; mad 3.5), or the share of the moving average (0.5)"),
    ],
    examples=Examples({"x": "int"}, [{"x": 10}], [{"x": 99}], ("x",), {"metric": "mean"}, past=(9, 10, 11, 10)),
)  # fmt: skip
def is_anomalous(
    fields: Sequence[Field], metric: str = "row_count", window: int = 14, method: str = "standard_deviation",
    limit: Decimal | None = None,
) -> Aggregate:  # fmt: skip
    """The metric is not out of line with what the control observed before: an anomaly fails.

    `standard_deviation`: within so many deviations of the mean; `moving_average`: within a share of it; `mad`: by the
    modified z-score; `seasonal`: by the deviation of the same weekday. Fewer than three values before: it is valid.
    """
    most = _LIMITS[method] if limit is None else float(limit)
    runs = window * 7 if method == "seasonal" else window
    return Aggregate(
        _metric(metric, fields), history=History(partial(_anomalous, window, _JUDGES[method], most, method), runs)
    )


def _metric(metric: str, fields: Sequence[Field]) -> exp.Expression:
    found = getattr(aggregate_rules, {"min": "least", "max": "greatest", "sum": "total"}.get(metric, metric), None)
    if isinstance(found, Rule) and not any(argument.required for argument in found.arguments) and not found.needs:
        if found.fields[0] > len(fields):
            raise RuleError(f"the metric {metric} is of a field, and the control has none", "field")
        aggregate: Aggregate = found.function(fields)
        return aggregate.observed
    value = parse_expression(metric)
    if isinstance(value, exp.Column):
        raise RuleError(f"metric must be an aggregate rule or an aggregate of SQL, not {metric!r}")
    return value


def _changed(window: int, low: float, high: float, value: float, past: Sequence[Past], day: date) -> Finding:
    before = [one.value for one in past[-window:]]
    mean = statistics.fmean(before) if before else 0.0
    if not mean:
        return Finding(value, True, "nothing to compare with yet")
    change = value / mean - 1
    valid = low <= change <= high
    return Finding(value, valid, f"{change:+.1%} against the mean of {len(before)} before, {mean:g}")


def _anomalous(
    window: int, judge: Callable[[float, Sequence[float], float], tuple[bool, str]], limit: float, method: str,
    value: float, past: Sequence[Past], day: date,
) -> Finding:  # fmt: skip
    chosen = [one for one in past if method != "seasonal" or one.day.weekday() == day.weekday()]
    before = [one.value for one in chosen[-window:]]
    if len(before) < _LEAST:
        return Finding(value, True, f"{len(before)} values to compare with, {_LEAST} are needed")
    valid, detail = judge(value, before, limit)
    return Finding(value, valid, detail)


def _by_deviation(value: float, before: Sequence[float], limit: float) -> tuple[bool, str]:
    mean, deviation = statistics.fmean(before), statistics.stdev(before)
    detail = f"{abs(value - mean):g} from the mean {mean:g} of {len(before)}, allowed {limit * deviation:g}"
    return abs(value - mean) <= limit * deviation, detail


def _by_average(value: float, before: Sequence[float], limit: float) -> tuple[bool, str]:
    mean = statistics.fmean(before)
    detail = f"{abs(value - mean):g} from the average {mean:g} of {len(before)}, allowed {limit * abs(mean):g}"
    return abs(value - mean) <= limit * abs(mean), detail


def _by_median(value: float, before: Sequence[float], limit: float) -> tuple[bool, str]:
    middle = statistics.median(before)
    spread = statistics.median(abs(one - middle) for one in before)
    allowed = limit * spread / 0.6745
    detail = f"{abs(value - middle):g} from the median {middle:g} of {len(before)}, allowed {allowed:g}"
    return abs(value - middle) <= allowed, detail


_JUDGES = {"standard_deviation": _by_deviation, "moving_average": _by_average, "mad": _by_median,
           "seasonal": _by_deviation}  # fmt: skip
