"""Functions of dates and timestamps as DuckDB writes them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlglot import exp

from data_framework.modules.data_process.sql import formats
from data_framework.modules.data_process.sql.duckdb_casts import spark_cast, text_of
from data_framework.modules.data_process.sql.duckdb_template import cast, fails, fill
from data_framework.modules.data_process.sql.kinds import DATE, DOUBLE, INT, STRING, TIMESTAMP, kind_of
from data_framework.modules.data_process.sql.problems import Text, wrong
from data_framework.modules.utils.data_types import DataType

Arguments = Sequence[exp.Expression]
Builder = Callable[[Arguments], exp.Expression]
_DATE_UNITS = {"year": "year", "yyyy": "year", "yy": "year", "quarter": "quarter", "month": "month", "mon": "month",
               "mm": "month", "week": "week"}  # fmt: skip
_UNITS = {**_DATE_UNITS, "day": "day", "dd": "day", "hour": "hour", "minute": "minute", "second": "second"}
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LAST = "(day(:a) = day(last_day(:a)) AND day(:b) = day(last_day(:b)))"
_MONTHS = f"""round((year(:a) - year(:b)) * 12 + month(:a) - month(:b) + CASE WHEN day(:a) = day(:b) OR {_LAST} THEN 0
    ELSE ((day(:a) - day(:b)) * 86400 + epoch(CAST(:a AS TIME)) - epoch(CAST(:b AS TIME))) / 2678400.0 END, 8)"""


def as_date(node: exp.Expression) -> exp.Expression:
    """An argument as a date: text is cast strictly, a timestamp loses its time."""
    return node if kind_of(node) == DATE else spark_cast(node, kind_of(node), DATE, strict=True)


def as_timestamp(node: exp.Expression) -> exp.Expression:
    """An argument as a timestamp of the session's zone: an instant of a table is cast."""
    return (
        cast(node, TIMESTAMP) if kind_of(node) == TIMESTAMP else spark_cast(node, kind_of(node), TIMESTAMP, strict=True)
    )


def _of_dates(template: str, kind: DataType, dates: int = 1, moment: bool = False) -> Builder:
    read = as_timestamp if moment else as_date

    def build(arguments: Arguments) -> exp.Expression:
        given = [read(one) if place < dates else one for place, one in enumerate(arguments)]
        return fill(template, kind, **dict(zip("abc", given, strict=False)))

    return build


def _part(name: str, moment: bool = False) -> Builder:
    return _of_dates(f"CAST({name}(:a) AS INTEGER)", INT, moment=moment)


def extract(part: str, node: exp.Expression) -> exp.Expression:
    """`EXTRACT(part FROM node)`."""
    if part == "second":
        return fill("CAST(CAST(microsecond(:a) AS DECIMAL(18,0)) * 0.000001 AS DECIMAL(8,6))",
                    DataType("decimal", 8, 6), a=as_timestamp(node))  # fmt: skip
    name = "weekofyear" if part == "week" else part
    return DATES[name]([node])


def _unit(node: exp.Expression, units: dict[str, str]) -> str | None:
    if not (isinstance(node, exp.Literal) and node.is_string):
        raise wrong(Text(node.sql()), None, "the unit of trunc() and date_trunc() must be a quoted text")
    return units.get(node.this.lower())


def _trunc(arguments: Arguments) -> exp.Expression:
    unit = _unit(arguments[1], _DATE_UNITS)
    if unit is None:
        return fill("CAST(NULL AS DATE)", DATE)
    return fill("CAST(date_trunc(:u, :a) AS DATE)", DATE, u=unit, a=as_date(arguments[0]))


def _date_trunc(arguments: Arguments) -> exp.Expression:
    unit = _unit(arguments[0], _UNITS)
    if unit is None:
        return fill("CAST(NULL AS TIMESTAMP)", TIMESTAMP)
    return fill("CAST(date_trunc(:u, :a) AS TIMESTAMP)", TIMESTAMP, u=unit, a=as_timestamp(arguments[1]))


def _next_day(arguments: Arguments) -> exp.Expression:
    node = arguments[1]
    name = node.this.lower() if isinstance(node, exp.Literal) else ""
    number = next((place for place, day in enumerate(_WEEKDAYS, 1) if name in {day, day[:3], day[:2]}), 0)
    if not number:
        raise wrong(Text(node.sql()), None, "the weekday of next_day() must be one of " + ", ".join(_WEEKDAYS))
    return fill(
        "CAST(:a + CAST((:n - isodow(:a) + 6) % 7 + 1 AS INTEGER) AS DATE)", DATE, a=as_date(arguments[0]), n=number
    )


def _pattern(node: exp.Expression, read: Callable[[str], str]) -> str:
    if not (isinstance(node, exp.Literal) and node.is_string):
        raise wrong(Text(node.sql()), None, "a format must be a quoted text")
    try:
        return read(node.this)
    except ValueError as error:
        raise wrong(Text(node.sql()), None, f"the format {node.this!r} is wrong: {error}") from error


def _date_format(arguments: Arguments) -> exp.Expression:
    codes = _pattern(arguments[1], formats.codes)
    if isinstance(arguments[0], exp.Null):
        return fill("CAST(NULL AS VARCHAR)", STRING)
    return fill("strftime(:a, :f)", STRING, a=as_timestamp(arguments[0]), f=codes)


def _read(target: DataType, strict: bool) -> Builder:
    def build(arguments: Arguments) -> exp.Expression:
        value, kind = arguments[0], kind_of(arguments[0])
        if len(arguments) < 2 or kind in {DATE, TIMESTAMP}:
            return spark_cast(value, kind, target, strict)
        return cast(_read_text(value, arguments[1], strict), target)

    return build


def _read_text(value: exp.Expression, pattern: exp.Expression, strict: bool) -> exp.Expression:
    regex, codes = _pattern(pattern, formats.accepted), _pattern(pattern, formats.parsing_codes)
    parsed = fill("strptime(:t, :f)" if strict else "try_strptime(:t, :f)", t=text_of(value, kind_of(value)), f=codes)
    failed = fails("a text does not fit the format of to_date or to_timestamp") if strict else exp.Null()
    return fill("CASE WHEN regexp_matches(:t, :p) THEN :v WHEN :t IS NULL THEN NULL ELSE :e END",
                t=text_of(value, kind_of(value)), p=regex, v=parsed, e=failed)  # fmt: skip


DATES: dict[str, Builder] = {
    "add_months": _of_dates("CAST(:a + to_months(CAST(:b AS INTEGER)) AS DATE)", DATE),
    "date_add": _of_dates("CAST(:a + CAST(:b AS INTEGER) AS DATE)", DATE),
    "date_sub": _of_dates("CAST(:a - CAST(:b AS INTEGER) AS DATE)", DATE),
    "datediff": _of_dates("CAST(:a - :b AS INTEGER)", INT, dates=2),
    "date_format": _date_format, "date_trunc": _date_trunc, "trunc": _trunc, "next_day": _next_day,
    "day": _part("day"), "dayofyear": _part("dayofyear"), "month": _part("month"), "quarter": _part("quarter"),
    "year": _part("year"), "weekofyear": _part("weekofyear"),
    "hour": _part("hour", moment=True), "minute": _part("minute", moment=True), "second": _part("second", moment=True),
    "dayofweek": _of_dates("CAST(dayofweek(:a) + 1 AS INTEGER)", INT),
    "weekday": _of_dates("CAST(isodow(:a) - 1 AS INTEGER)", INT),
    "last_day": _of_dates("CAST(last_day(:a) AS DATE)", DATE),
    "make_date": _of_dates("make_date(:a, :b, :c)", DATE, dates=0),
    "months_between": _of_dates(_MONTHS, DOUBLE, dates=2, moment=True),
    "to_date": _read(DATE, strict=True), "to_timestamp": _read(TIMESTAMP, strict=True),
    "try_to_timestamp": _read(TIMESTAMP, strict=False),
}  # fmt: skip
