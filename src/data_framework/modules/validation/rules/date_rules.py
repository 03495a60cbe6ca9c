"""Rules about dates and times, typed or as text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from sqlglot import exp

from data_framework.modules.data_process.helpers.cast import DateFormat, date_format
from data_framework.modules.data_process.plan.vocabulary import exact_cast, now
from data_framework.modules.utils.data_types import DataType
from data_framework.modules.validation.rules.code_lists import holidays_of
from data_framework.modules.validation.rules.literals import all_of
from data_framework.modules.validation.rules.model import TEXT, TIMES, Argument, Field, RuleError, rule, shown
from data_framework.modules.validation.rules.said import said, texts

_DATE, _TIMESTAMP = DataType("date"), DataType("timestamp")
_FORMATS = Argument("formats", "names", "accepted formats, strptime's or Java's; default: ISO", default=[])
_TOLERANCE = Argument("tolerance", "duration", "how far beyond is forgiven: `2 hours`, `1 day`", default=0)
_DAYS = Argument("days", "number", "the age in days", required=True)


@rule(
    "field", dimension="validity", types=TEXT | TIMES, arguments=[_FORMATS],
    examples=shown("day", ["31/01/2026", None], ["31/02/2026", "2026-01-31", ""], formats=["dd/MM/yyyy"]),
)  # fmt: skip
def is_date(field: Field, formats: Sequence[str] = ()) -> exp.Expression:
    """The text is a date that exists, ISO or in one of the formats; a column of dates always is one."""
    return _read(field, _DATE, tuple(formats))


@rule(
    "field", dimension="validity", types=TEXT | TIMES, arguments=[_FORMATS],
    examples=shown("at", ["2026-01-31 23:59:59", "2026-01-31T00:00Z", None], ["2026-01-31 24:30:00", "soon", ""]),
)  # fmt: skip
def is_timestamp(field: Field, formats: Sequence[str] = ()) -> exp.Expression:
    """The text is a date and time that exists, ISO or in one of the formats; a date is its midnight."""
    return _read(field, _TIMESTAMP, tuple(formats))


@rule(
    "field", dimension="validity", types=TEXT,
    arguments=[Argument("format", "text", "one strptime format, `%d/%m/%Y %H:%M`", required=True)],
    examples=shown("at", ["31/01/2026 23:59", None], ["31/01/26 23:59", "31/01/2026", ""], format="%d/%m/%Y %H:%M"),
)  # fmt: skip
def matches_strftime(field: Field, format: str) -> exp.Expression:  # noqa: A002 - as users write it
    """The text is a date or time written in one strptime format."""
    kind = _TIMESTAMP if _known_format(format).has_time else _DATE
    return _read(field, kind, (format,))


@rule(
    "field", dimension="timeliness", types=TIMES, arguments=[_TOLERANCE], needs=("today",),
    examples=shown("day", ["2020-02-29", None], ["9999-12-31"], "date"),
)  # fmt: skip
def is_not_in_future(field: Field, today: date, tolerance: float = 0.0) -> exp.Expression:
    """The date is not after the run's date, the time not after the run's; `tolerance` forgives a little."""
    return exp.LTE(this=field.column, expression=_moment(field, today, tolerance))


@rule(
    "field", dimension="timeliness", types=TIMES, arguments=[_TOLERANCE], needs=("today",),
    examples=shown("due", ["9999-12-31", None], ["2020-02-29"], "date"),
)  # fmt: skip
def is_not_in_past(field: Field, today: date, tolerance: float = 0.0) -> exp.Expression:
    """The date is not before the run's date, the time not before the run's; `tolerance` forgives a little."""
    return exp.GTE(this=field.column, expression=_moment(field, today, -tolerance))


@rule(
    "field", dimension="timeliness", types=TIMES, arguments=[_DAYS], needs=("today",),
    examples=shown("day", ["2020-02-29", None], ["9999-12-31"], "date", days=30),
)  # fmt: skip
def is_older_than(field: Field, today: date, days: float) -> exp.Expression:
    """The date lies more than so many days before the run's date; of times, the run's time counts."""
    return exp.LT(this=field.column, expression=_moment(field, today, -float(days) * 86400))


@rule(
    "field", dimension="timeliness", types=TIMES, arguments=[_DAYS], needs=("today",),
    examples=shown("day", ["9999-12-31", None], ["2020-02-29"], "date", days=30),
)  # fmt: skip
def is_newer_than(field: Field, today: date, days: float) -> exp.Expression:
    """The date lies less than so many days before the run's date; of times, the run's time counts."""
    return exp.GT(this=field.column, expression=_moment(field, today, -float(days) * 86400))


@rule(
    "field",
    dimension="validity",
    types=TIMES,
    examples=shown("day", ["2026-01-30", None], ["2026-01-31", "2026-02-01"], "date"),
)
def is_weekday(field: Field) -> exp.Expression:
    """The day is one of Monday to Friday (of a time: its day in UTC)."""
    return said("weekday(cast(x as date)) < 5", x=field.column)


@rule(
    "field", dimension="validity", types=TIMES,
    arguments=[Argument("calendar", "text", "a country (`ES`, `ES-MD`) or exchange (`NYSE`, `XETR`)", required=True)],
    examples=shown("day", ["2026-01-02", None], ["2026-01-06", "2026-01-03"], "date", calendar="ES"),
)  # fmt: skip
def is_business_day(field: Field, calendar: str) -> exp.Expression:
    """The day is no weekend and no public holiday of a calendar, 1970 to 2070; days outside these years are not known.

    A day of a year that is not known is invalid.
    """
    weekend, free = holidays_of(calendar)
    ends = ", ".join(str(day) for day in weekend)
    workday = said(f"year(day) between 1970 and 2070 and weekday(day) not in ({ends})", day=_day_of(field))
    if not free:
        return workday
    holiday = exp.In(this=said("cast(day as string)", day=_day_of(field)), expressions=texts(map(str, free)))
    return all_of([workday, exp.Not(this=holiday)])


@rule(
    "field",
    dimension="validity",
    types=TIMES,
    examples=shown("day", ["2024-02-29", "2026-12-31", None], ["2026-02-27", "2026-01-01"], "date"),
)
def is_in_month_end(field: Field) -> exp.Expression:
    """The day is the last of its month."""
    return said("cast(x as date) = last_day(cast(x as date))", x=field.column)


def _day_of(field: Field) -> exp.Expression:
    return said("cast(x as date)", x=field.column)


def _read(field: Field, kind: DataType, formats: tuple[str, ...]) -> exp.Expression:
    if field.type is not None and field.type.kind in TIMES:
        return exp.Not(this=field.is_null)
    for text in formats:
        _known_format(text)
    return exp.Not(this=exp.Is(this=exact_cast(field.name, kind, formats), expression=exp.Null()))


def _known_format(text: str) -> DateFormat:
    try:
        return date_format(text)
    except ValueError as error:
        raise RuleError(str(error)) from error


def _moment(field: Field, today: date, seconds: float) -> exp.Expression:
    """The run's date, or for times the moment it judges at, so many seconds later."""
    if field.type is None or field.type.kind == "date":
        return exact_cast(exp.Literal.string((today + timedelta(seconds=seconds)).isoformat()), _DATE)
    return said(f"moment + interval '{round(seconds)}' second", moment=now()) if seconds else now()
