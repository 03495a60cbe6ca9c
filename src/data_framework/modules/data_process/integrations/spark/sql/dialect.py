"""The words of a plan's vocabulary as Spark SQL writes them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlglot import exp

from data_framework.modules.data_process.helpers.cast import date_format
from data_framework.modules.data_process.integrations.spark.sql import casts
from data_framework.modules.data_process.integrations.spark.transformations import parse_dates as dates
from data_framework.modules.data_process.integrations.spark.utils import literal
from data_framework.modules.data_process.plan import hidden
from data_framework.modules.data_process.plan import vocabulary as words
from data_framework.modules.data_process.plan.deliveries import Deliveries
from data_framework.modules.data_process.sql import to_spark
from data_framework.modules.utils.data_types import parse_type
from data_framework.modules.utils.java_regex import java_regex


def render(expression: exp.Expression, deliveries: Deliveries | None = None) -> str:
    """Write an expression of a plan as Spark SQL."""
    context = deliveries or Deliveries()
    plain, held = words.held_back(expression, lambda name, parts: _WRITERS[name](parts, context))
    text = to_spark(plain)
    for token, written in held.items():
        text = text.replace(f"`{token}`", written)
    return text


def _cast(parts: list[exp.Expression], context: Deliveries) -> str:
    formats = tuple(str(part.this) for part in parts[2:])
    return casts.exact_cast(render(parts[0], context), parse_type(str(parts[1].this)), formats, context.zone)


def _trim(parts: list[exp.Expression], context: Deliveries) -> str:
    return casts.trim(render(parts[0], context))


def _matches(parts: list[exp.Expression], context: Deliveries) -> str:
    return f"{render(parts[0], context)} RLIKE {literal(java_regex(str(parts[1].this), bool(parts[2].this)))}"


def _with_text(function: str) -> Callable[[list[exp.Expression], Deliveries], str]:
    return lambda parts, context: f"{function}({render(parts[0], context)}, {literal(str(parts[1].this))})"


def _python(parts: list[exp.Expression], context: Deliveries) -> str:
    name, argument = (literal(str(part.this)) for part in (parts[0], parts[2]))
    return f"df_python({name}, {render(parts[1], context)}, {argument})"


def _skewness(parts: list[exp.Expression], context: Deliveries) -> str:
    """Spark's own is the population's: adjusted to the sample's."""
    value = f"CAST({render(parts[0], context)} AS DOUBLE)"
    count = f"CAST(count({value}) AS DOUBLE)"
    adjusted = f"skewness({value}) * sqrt({count} * ({count} - 1)) / ({count} - 2)"
    return f"CASE WHEN count({value}) > 2 AND min({value}) < max({value}) THEN {adjusted} END"


def _quantile(parts: list[exp.Expression], context: Deliveries) -> str:
    return f"percentile({render(parts[0], context)}, CAST({parts[1].this} AS DOUBLE))"


def _text(parts: list[exp.Expression], context: Deliveries) -> str:
    """As reports write it: `typeof` is known before anything runs, so that one branch is left."""
    value = render(parts[0], context)
    plain = f"CAST({value} AS STRING)"
    return (f"CASE typeof({value}) WHEN 'double' THEN df_double_text({plain}) WHEN 'float' THEN df_float_text({plain}) "
            f"WHEN 'date' THEN ltrim('+', {plain}) WHEN 'timestamp' THEN concat(ltrim('+', {plain}), '+00') "
            f"ELSE {plain} END")  # fmt: skip


def _by_file(values: Sequence[str]) -> str:
    listed = ", ".join(literal(value) if value else "NULL" for value in values)
    if not values:
        return "CAST(NULL AS STRING)"
    return f"element_at(CAST(array({listed}) AS ARRAY<STRING>), {hidden.FILE} + 1)"


def _reformat(parts: list[exp.Expression], context: Deliveries) -> str:
    text, target = render(parts[0], context), date_format(str(parts[1].this))
    branches = [dates.reformatted(casts.trim(text), date_format(str(part.this)), target) for part in parts[2:]]
    return f"coalesce({', '.join([*branches, text])})"


def _lossless(parts: list[exp.Expression], context: Deliveries) -> str:
    value, kind = render(parts[0], context), parse_type(str(parts[1].this))
    stored = casts.stored_type(kind)
    cast = f"try_cast({value} AS {kind.kind.upper() if kind.is_integer else stored})"
    same = f"{cast} = {value}" if kind.is_integer or kind.kind in {"decimal", "date"} else f"{cast} IS NOT NULL"
    failed = f"raise_error({literal(f'a value does not fit {kind}')})"
    return f"CAST(CASE WHEN {value} IS NULL THEN NULL WHEN {same} THEN {cast} ELSE {failed} END AS {stored})"


def _call(template: str) -> Callable[[list[exp.Expression], Deliveries], str]:
    return lambda parts, context: template.format(render(parts[0], context))


_WRITERS: dict[str, Callable[[list[exp.Expression], Deliveries], str]] = {
    words.CAST: _cast, words.TRIM: _trim, words.MATCHES: _matches, words.JSON_TEXT: _with_text("df_json_text"),
    words.QUANTILE: _quantile, words.JSON_HAS_KEY: _with_text("df_json_has_key"), words.PYTHON: _python,
    words.SKEWNESS: _skewness, words.LOSSLESS: _lossless, words.REFORMAT_DATE: _reformat,
    words.CODE_POINTS: _call("length({0})"), words.BYTES: _call("octet_length({0})"),
    words.IS_JSON: _call("df_is_json({0})"),
    words.IS_FINITE: _call("abs(CAST({0} AS DOUBLE)) <= 1.7976931348623157E308D"),
    words.TEXT: _text, words.REPAIR_STRUCT: _call("df_repair_struct({0})"),
    words.DISTINCT_COUNT: _call("count(DISTINCT {0})"),
    words.NOW: lambda _, context: "current_timestamp()", words.ONCE: _call("{0}"),
    words.FILE_NAME: lambda _, context: _by_file(context.names),
    words.DATA_DATE: lambda _, context: f"CAST({_by_file(context.dates)} AS DATE)",
}  # fmt: skip
