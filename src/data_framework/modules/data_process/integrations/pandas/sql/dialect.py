"""The words of a plan's vocabulary as DuckDB writes them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlglot import exp

from data_framework.modules.data_process.helpers.cast import date_format
from data_framework.modules.data_process.integrations.pandas.sql import casts
from data_framework.modules.data_process.plan import hidden
from data_framework.modules.data_process.plan import vocabulary as words
from data_framework.modules.data_process.plan.deliveries import Deliveries
from data_framework.modules.data_process.sql import Schema, written_in_place
from data_framework.modules.utils.data_types import parse_type
from data_framework.modules.utils.names import quote_identifier as quoted


def render(
    expression: exp.Expression, deliveries: Deliveries | None = None, schemas: Schema | None = None
) -> str:  # fmt: skip
    """Write an expression of a plan as DuckDB SQL; of a query also the types of its tables' columns are known."""
    if isinstance(expression, exp.Column) and not expression.table and not expression.is_star:
        return quoted(expression.name)
    context = deliveries or Deliveries()
    plain, held = words.held_back(expression, lambda name, parts: _WRITERS[name](parts, context))
    text = written_in_place(plain, schemas or {"": dict(context.types)})
    for token, written in held.items():
        text = text.replace(token, written)
    return text


def _cast(parts: list[exp.Expression], context: Deliveries) -> str:
    formats = tuple(str(part.this) for part in parts[2:])
    return casts.exact_cast(render(parts[0], context), parse_type(str(parts[1].this)), formats, context.zone)


def _trim(parts: list[exp.Expression], context: Deliveries) -> str:
    return casts.trim(render(parts[0], context))


def _matches(parts: list[exp.Expression], context: Deliveries) -> str:
    text, pattern = render(parts[0], context), str(parts[1].this)
    function = "regexp_full_match" if parts[2].this else "regexp_matches"
    matched = f"{function}({text}, {casts.literal(pattern)})"
    if not isinstance(parts[0], exp.Column) or parts[0].name not in context.repeating:
        return matched
    # DuckDB extracts once per value of a dictionary, but matches row by row; an empty match looks like none.
    whole = rf"\A(?:{pattern})\z" if parts[2].this else pattern
    return f"(regexp_extract({text}, {casts.literal(whole)}) <> '' OR {matched})"


def _json_text(parts: list[exp.Expression], context: Deliveries) -> str:
    pointer = "/" + str(parts[1].this).replace("~", "~0").replace("/", "~1")
    document = render(parts[0], context)
    found = casts.unmark_numbers(f"json_extract_string({casts.mark_numbers(document)}, {casts.literal(pointer)})")
    found = f"CASE WHEN json_type({document}) = 'OBJECT' THEN {found} END"
    return f"CASE WHEN {casts.is_json(document)} THEN {found} END"


def _json_has_key(parts: list[exp.Expression], context: Deliveries) -> str:
    document, key = render(parts[0], context), casts.literal(str(parts[1].this))
    return (f"CASE WHEN {casts.is_json(document)} THEN json_type({document}) = 'OBJECT' "
            f"AND list_contains(json_keys({document}), {key}) WHEN {document} IS NOT NULL THEN false END")  # fmt: skip


def _python(parts: list[exp.Expression], context: Deliveries) -> str:
    name, argument = (casts.literal(str(part.this)) for part in (parts[0], parts[2]))
    return f"df_python({name}, {render(parts[1], context)}, {argument})"


def _skewness(parts: list[exp.Expression], context: Deliveries) -> str:
    value = f"CAST({render(parts[0], context)} AS DOUBLE)"
    return f"CASE WHEN min({value}) < max({value}) THEN skewness({value}) END"


def _quantile(parts: list[exp.Expression], context: Deliveries) -> str:
    return f"quantile_cont(CAST({render(parts[0], context)} AS DOUBLE), {parts[1].this})"


def _by_file(values: Sequence[str]) -> str:
    listed = ", ".join(casts.literal(value) if value else "NULL" for value in values)
    return f"(CAST([{listed}] AS VARCHAR[]))[{hidden.FILE} + 1]" if values else "CAST(NULL AS VARCHAR)"


def _reformat(parts: list[exp.Expression], context: Deliveries) -> str:
    text, target = render(parts[0], context), date_format(str(parts[1].this))
    branches = []
    for part in parts[2:]:
        found = date_format(str(part.this))
        value = casts.parsed(casts.trim(text), found)
        branches.append(f"CASE WHEN regexp_matches({casts.trim(text)}, {casts.literal(found.pattern)}) "
                        f"THEN strftime({value}, {casts.literal(target.strptime)}) END")  # fmt: skip
    return f"coalesce({', '.join([*branches, text])})"


def _lossless(parts: list[exp.Expression], context: Deliveries) -> str:
    value, kind = render(parts[0], context), parse_type(str(parts[1].this))
    stored = casts.stored_type(kind)
    name = kind.kind.upper() if kind.is_integer else stored
    cast = f"try_cast({value} AS {name})"
    same = f"{cast} = {value}" if kind.is_integer or kind.kind in {"decimal", "date"} else f"{cast} IS NOT NULL"
    return (f"CASE WHEN {value} IS NULL THEN NULL WHEN {same} THEN {cast} "
            f"ELSE error('a value does not fit ' || {casts.literal(str(kind))}) END::{stored}")  # fmt: skip


def _call(template: str) -> Callable[[list[exp.Expression], Deliveries], str]:
    return lambda parts, context: template.format(render(parts[0], context))


_WRITERS: dict[str, Callable[[list[exp.Expression], Deliveries], str]] = {
    words.CAST: _cast, words.TRIM: _trim, words.MATCHES: _matches, words.JSON_TEXT: _json_text,
    words.QUANTILE: _quantile, words.JSON_HAS_KEY: _json_has_key, words.PYTHON: _python, words.SKEWNESS: _skewness,
    words.LOSSLESS: _lossless, words.REFORMAT_DATE: _reformat,
    words.CODE_POINTS: _call("length({0})"), words.BYTES: _call("strlen({0})"),
    words.IS_JSON: lambda parts, context: casts.is_json(render(parts[0], context)),
    words.IS_FINITE: _call("isfinite({0})"),
    words.TEXT: _call("CAST({0} AS VARCHAR)"), words.REPAIR_STRUCT: _call("df_repair_struct({0})"),
    words.DISTINCT_COUNT: _call("count(DISTINCT {0})"),
    words.NOW: lambda _, context: "now()", words.ONCE: _call("{0}"),
    words.FILE_NAME: lambda _, context: _by_file(context.names),
    words.DATA_DATE: lambda _, context: f"CAST({_by_file(context.dates)} AS DATE)",
}  # fmt: skip
