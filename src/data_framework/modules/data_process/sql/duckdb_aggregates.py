"""Aggregates and window functions as DuckDB writes them.

An aggregate may need several of DuckDB's (the exact mean of decimals is a sum over a count): those are its leaves, and
OVER and FILTER are put on each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlglot import exp

from data_framework.modules.data_process.sql.duckdb_operators import decimal_quotient
from data_framework.modules.data_process.sql.duckdb_template import cast, fill
from data_framework.modules.data_process.sql.kinds import (
    BIGINT,
    BOOLEAN,
    DOUBLE,
    INT,
    decimal,
    kind_of,
    with_kind,
)
from data_framework.modules.utils.data_types import DataType

Arguments = Sequence[exp.Expression]
Builder = Callable[[Arguments], exp.Expression]
_LEAF = "df_leaf"


def leaf(name: str, arguments: Arguments, kind: DataType | None = None) -> exp.Expression:
    """One aggregate of DuckDB's, which OVER and FILTER apply to."""
    node = exp.Anonymous(this=name, expressions=[one.copy() for one in arguments])
    node.meta[_LEAF] = True
    return with_kind(node, kind)


def wrap(tree: exp.Expression, make: Callable[[exp.Expression], exp.Expression]) -> exp.Expression:
    """Put OVER or FILTER on every leaf of a translated aggregate."""
    kind = kind_of(tree)
    for node in [node for node in tree.find_all(exp.Expression) if node.meta.get(_LEAF)]:
        inner = node.copy()
        inner.meta.pop(_LEAF, None)
        made = make(inner)
        made.meta[_LEAF] = True
        if node is tree:
            return with_kind(made, kind)
        node.replace(made)
    return tree


def _plain(name: str, kind: DataType | None = None) -> Builder:
    """The same in DuckDB; without a kind, of the kind of its first argument."""

    def build(arguments: Arguments) -> exp.Expression:
        return leaf(name, arguments, kind or (kind_of(_inner(arguments[0])) if arguments else None))

    return build


def _of_doubles(name: str) -> Builder:
    def build(arguments: Arguments) -> exp.Expression:
        return leaf(name, [cast(one, DOUBLE) for one in arguments], DOUBLE)

    return build


def _numbered(name: str) -> Builder:
    def build(arguments: Arguments) -> exp.Expression:
        return cast(leaf(name, arguments), INT)

    return build


def _inner(node: exp.Expression) -> exp.Expression:
    return node.expressions[0] if isinstance(node, exp.Distinct) else node


def _sum(arguments: Arguments) -> exp.Expression:
    kind = kind_of(_inner(arguments[0]))
    total = leaf("sum", arguments, kind)
    if kind is not None and kind.is_integer:
        return cast(total, BIGINT)
    if kind is not None and kind.kind == "decimal":
        return cast(total, DataType("decimal", min(38, kind.precision + 10), kind.scale))
    return with_kind(total, DOUBLE if kind is not None and kind.is_number else None)


def _avg(arguments: Arguments) -> exp.Expression:
    kind = kind_of(_inner(arguments[0]))
    if kind is None or kind.kind != "decimal":
        return leaf("avg", arguments, DOUBLE if kind is not None else None)
    total = DataType("decimal", min(38, kind.precision + 10), kind.scale)
    result = decimal(kind.precision + 4, kind.scale + 4)
    summed, counted = cast(leaf("sum", arguments), total), leaf("count", arguments)
    return decimal_quotient(summed, counted, total, DataType("decimal", 20, 0), result, exp.Null())


def _count(arguments: Arguments) -> exp.Expression:
    distinct = bool(arguments) and isinstance(arguments[0], exp.Distinct)
    values = arguments[0].expressions if distinct else list(arguments)
    if len(values) < 2:
        return leaf("count", arguments or [exp.Star()], BIGINT)
    present = fill(
        " AND ".join(f":v{place} IS NOT NULL" for place in range(len(values))),
        None,
        **{f"v{place}": one for place, one in enumerate(values)},
    )
    row = exp.Anonymous(this="row", expressions=[one.copy() for one in values])
    value = fill("CASE WHEN :p THEN :r END", p=present, r=row)
    return leaf("count", [exp.Distinct(expressions=[value])] if distinct else [value], BIGINT)


def _count_if(arguments: Arguments) -> exp.Expression:
    return leaf("count", [fill("CASE WHEN :c THEN 1 END", c=arguments[0])], BIGINT)


def _shifted(name: str) -> Builder:
    def build(arguments: Arguments) -> exp.Expression:
        kind = kind_of(arguments[0])
        given = [*arguments[:2], *(cast(one, kind) if kind else one for one in arguments[2:])]
        return leaf(name, given, kind)

    return build


AGGREGATES: dict[str, Builder] = {
    "sum": _sum, "avg": _avg, "count": _count, "count_if": _count_if,
    "min": _plain("min"), "max": _plain("max"), "min_by": _plain("arg_min_null"), "max_by": _plain("arg_max_null"),
    "bool_and": _plain("bool_and", BOOLEAN), "bool_or": _plain("bool_or", BOOLEAN),
    "median": _of_doubles("median"), "stddev": _of_doubles("stddev_samp"), "stddev_pop": _of_doubles("stddev_pop"),
    "variance": _of_doubles("var_samp"), "var_pop": _of_doubles("var_pop"), "corr": _of_doubles("corr"),
    "covar_pop": _of_doubles("covar_pop"), "covar_samp": _of_doubles("covar_samp"),
    "row_number": _numbered("row_number"), "rank": _numbered("rank"), "dense_rank": _numbered("dense_rank"),
    "ntile": _numbered("ntile"),
    "percent_rank": _plain("percent_rank", DOUBLE), "cume_dist": _plain("cume_dist", DOUBLE),
    "first_value": _plain("first_value"), "last_value": _plain("last_value"), "nth_value": _plain("nth_value"),
    "lag": _shifted("lag"), "lead": _shifted("lead"),
}  # fmt: skip
