"""Rules that judge a row by the other rows: their order, their spread."""

from __future__ import annotations

import re
from decimal import Decimal

from sqlglot import exp

from data_framework.modules.data_process.plan.vocabulary import column, quantile
from data_framework.modules.validation.rules.arguments import seconds
from data_framework.modules.validation.rules.literals import number
from data_framework.modules.validation.rules.model import (
    NUMBERS,
    ORDERED,
    TIMES,
    Argument,
    Examples,
    Field,
    RuleError,
    Window,
    rule,
)
from data_framework.modules.validation.rules.said import said

_STRICT = Argument("strict", "flag", "whether an equal value is refused", default=False)
_DEFAULT_LIMIT = {"zscore": Decimal(3), "iqr": Decimal("1.5"), "mad": Decimal("3.5")}
_CALENDAR = re.compile(r"\s*([0-9]+)?\s*(month|year)s?\s*\Z", re.IGNORECASE)


@rule(
    "window", dimension="consistency", types=ORDERED, fields=(1, 1), arguments=[_STRICT],
    examples=Examples(
        {"n": "int"}, passes=[{"n": 1}, {"n": 1}, {"n": None}, {"n": 2}], fails=[{"n": 2}, {"n": 3}, {"n": 1}],
        fields=("n",),
    ),
)  # fmt: skip
def is_increasing(field: Field, strict: bool = False) -> Window:
    """The value is not below (`strict`: above) that of the row before, in the order of delivery; nulls are left out."""
    return _ordered(field, "x > before" if strict else "x >= before")


@rule(
    "window", dimension="consistency", types=ORDERED, fields=(1, 1), arguments=[_STRICT],
    examples=Examples(
        {"n": "int"}, passes=[{"n": 3}, {"n": 1}], fails=[{"n": 3}, {"n": 3}], fields=("n",), arguments={"strict": True}
    ),
)  # fmt: skip
def is_decreasing(field: Field, strict: bool = False) -> Window:
    """The value is not above (`strict`: below) that of the row before, in the order of delivery; nulls are left out."""
    return _ordered(field, "x < before" if strict else "x <= before")


@rule(
    "window", dimension="accuracy", types=NUMBERS, fields=(1, 1),
    arguments=[
        Argument("method", "choice", "zscore, iqr or mad", default="zscore", choices=("zscore", "iqr", "mad")),
        Argument("limit", "number", "how far out: standard deviations (3), times the quartiles' distance (1.5), "
                                    "modified z-score (3.5)"),
    ],
    examples=Examples(
        {"n": "int"}, passes=[{"n": n} for n in (1, 2, 3, 2, 1, None)],
        fails=[{"n": n} for n in (1, 2, 3, 2, 1, 2, 90)], fields=("n",), arguments={"method": "mad"},
    ),
)  # fmt: skip
def is_not_outlier(field: Field, method: str = "zscore", limit: Decimal | None = None) -> Window:
    """The value lies where the others of its column do.

    `zscore`: within so many standard deviations of the mean; `iqr`: no further outside the quartiles than so many
    times their distance; `mad`: 0.6745 times its distance from the median is within so many median absolute deviations.
    """
    value = exp.cast(field.column, "DOUBLE")
    most = f"{_DEFAULT_LIMIT[method] if limit is None else limit:f}"
    if method == "iqr":
        quartiles = {"df_first": quantile(value, 0.25), "df_third": quantile(value, 0.75)}
        margin = f"{most} * (df_third - df_first)"
        return Window(said(f"x between df_first - {margin} and df_third + {margin}", x=value), (quartiles,))
    if method == "mad":
        middle = {"df_middle": quantile(value, 0.5)}
        spread = {"df_spread": quantile(said("abs(x - df_middle)", x=value), 0.5)}
        return Window(said(f"0.6745 * abs(x - df_middle) <= {most} * df_spread", x=value), (middle, spread))
    found = {"df_mean": said("avg(x)", x=value), "df_deviation": said("stddev(x)", x=value),
             "df_least": said("min(x)", x=value), "df_most": said("max(x)", x=value)}  # fmt: skip
    near = f"df_least = df_most or abs(x - df_mean) <= {most} * df_deviation"
    return Window(said(near, x=value), (found,))


@rule(
    "window", dimension="completeness", types=TIMES | NUMBERS, fields=(1, 1),
    arguments=[Argument("period", "value", "the step: a number, or `1 day`, `2 hours`, `1 month`", default=1)],
    examples=Examples(
        {"day": "date"}, passes=[{"day": "2026-01-02"}, {"day": "2026-01-01"}, {"day": "2026-01-02"}, {"day": None}],
        fails=[{"day": "2026-01-01"}, {"day": "2026-01-03"}], fields=("day",), arguments={"period": "1 day"},
    ),
)  # fmt: skip
def has_no_gaps(field: Field, period: object = 1) -> Window:
    """In its own order, the value follows the one before within a period; the row after a gap is invalid."""
    before = column("df_before")
    kind = field.type.kind if field.type is not None else "date"
    if kind not in TIMES:
        valid = said(f"x - before <= {abs(number(period, 'period')):f}", x=field.column, before=before)
    else:
        valid = exp.LTE(this=field.column, expression=_later(before, period, kind))
    return Window(_first_or(valid), previous={"df_before": field.column}, order=field.column)


def _ordered(field: Field, comparison: str) -> Window:
    valid = said(comparison, x=field.column, before=column("df_before"))
    return Window(_first_or(valid), previous={"df_before": field.column})


def _first_or(valid: exp.Expression) -> exp.Expression:
    return said("before is null or valid", before=column("df_before"), valid=valid)


def _later(moment: exp.Expression, period: object, kind: str) -> exp.Expression:
    match = _CALENDAR.match(str(period))
    if match:
        months = int(match[1] or 1) * (12 if match[2].lower() == "year" else 1)
        return _months(moment, months, kind)
    length = seconds(period, "period")
    if kind == "date":
        if length % 86400:
            raise RuleError(f"period must be whole days for dates, not {period!r}")
        return said("date_add(moment, days)", moment=moment, days=int(length // 86400))
    return said(f"moment + interval '{int(length)}' second", moment=moment)


def _months(moment: exp.Expression, months: int, kind: str) -> exp.Expression:
    if kind == "date":
        return said("add_months(moment, months)", moment=moment, months=months)
    return said(f"moment + interval '{months}' month", moment=moment)
