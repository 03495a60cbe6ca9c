"""Pieces of an engine's SQL with holes: `fill("upper(:a)", a=node)` is DuckDB's."""

from __future__ import annotations

from functools import cache, partial

from sqlglot import exp, parse_one

from data_framework.modules.data_process.sql.kinds import duckdb_type, with_kind
from data_framework.modules.utils.data_types import DataType


def fill_in(
    dialect: str, template: str, kind: DataType | None = None, **nodes: exp.Expression | str | int
) -> exp.Expression:
    """A piece of an engine's SQL as a tree, its `:holes` filled with trees, texts or numbers."""
    tree = _parsed(template, dialect).copy()
    for hole in list(tree.find_all(exp.Placeholder)):
        value = nodes[hole.name]
        new = _node(value)
        if hole is tree:
            return with_kind(new, kind)
        hole.replace(exp.Paren(this=new) if isinstance(new, exp.Binary | exp.Not | exp.Case) else new)
    return with_kind(exp.Paren(this=tree) if isinstance(tree, exp.Binary | exp.Not) else tree, kind)


fill = partial(fill_in, "duckdb")


def cast(node: exp.Expression, kind: DataType) -> exp.Expression:
    """DuckDB's own CAST."""
    return with_kind(exp.Cast(this=node, to=duckdb_type(kind)), kind)


def fails(message: str) -> exp.Expression:
    """An expression that stops the query when it is reached."""
    return exp.Anonymous(this="error", expressions=[exp.Literal.string(message)])


def _node(value: exp.Expression | str | int) -> exp.Expression:
    if isinstance(value, str):
        return exp.Literal.string(value)
    if isinstance(value, int):
        number = exp.Literal.number(str(abs(value)))
        return exp.Neg(this=number) if value < 0 else number
    return value.copy()


@cache
def _parsed(template: str, dialect: str) -> exp.Expression:
    tree = parse_one(template, dialect=dialect)
    assert isinstance(tree, exp.Expression)
    return tree
