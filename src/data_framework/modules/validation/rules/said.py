"""Expressions of rules written in the SQL dialect, so that every engine reads the same words."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from sqlglot import exp

from data_framework.modules.data_process.sql import parse_expression, parse_select
from data_framework.modules.data_process.sql.marks import mark

_WHOLE = (exp.Binary, exp.Not, exp.Case, exp.Neg)


def said(text: str, **parts: exp.Expression | str | int) -> exp.Expression:
    """An expression of the dialect; names in it that are given stand for other expressions, texts and numbers.

    Example:
        >>> from data_framework.modules.data_process.plan.vocabulary import column
        >>> print(said("length(x) >= least_length", x=column("iso"), least_length=2).sql())
        (LENGTH("iso") >= 2)
    """
    tree = _parsed(text).copy()
    for name in list(tree.find_all(exp.Column)):
        if name.name in parts:
            name.replace(_part(parts[name.name]))
    return tree


def asked(text: str, **parts: exp.Expression | str | int) -> exp.Expression:
    """A query of the dialect, filled as `said`."""
    tree = _selected(text).copy()
    for name in list(tree.find_all(exp.Column)):
        if name.name in parts and not name.table:
            name.replace(_part(parts[name.name]))
    return tree


def texts(values: Iterable[str]) -> list[exp.Expression]:
    """Texts as constants."""
    return [exp.Literal.string(value) for value in values]


def either(parts: Iterable[exp.Expression]) -> exp.Expression:
    """The condition that one of several conditions holds."""
    return exp.Paren(this=exp.or_(*parts, copy=False))


def _part(value: exp.Expression | str | int) -> exp.Expression:
    if isinstance(value, str):
        return exp.Literal.string(value)
    if isinstance(value, int):
        return exp.Literal.number(value) if value >= 0 else exp.Neg(this=exp.Literal.number(-value))
    if isinstance(value, exp.Column):
        return mark(value.copy())
    return exp.Paren(this=value.copy()) if isinstance(value, _WHOLE) else value.copy()


@lru_cache(maxsize=1024)
def _parsed(text: str) -> exp.Expression:
    return parse_expression(f"({text})")


@lru_cache(maxsize=256)
def _selected(text: str) -> exp.Expression:
    return parse_select(text)
