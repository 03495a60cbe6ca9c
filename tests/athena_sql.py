"""Athena's SQL run by DuckDB: what sqlglot says of it, and what it gets wrong of it put right."""

from __future__ import annotations

import re

import sqlglot
from sqlglot import exp

_DATES = (exp.DateAdd, exp.DateTrunc, exp.TimestampTrunc)


def for_duckdb(sql: str) -> exp.Expression:
    """A query of Athena as a tree that DuckDB's writer writes."""
    return sqlglot.parse_one(sql, read="athena").transform(_right)


def _right(node: exp.Expression) -> exp.Expression:
    if isinstance(node, exp.RegexpReplace) and isinstance(node.args.get("replacement"), exp.Literal):
        node.args["replacement"].set("this", re.sub(r"\$(\d)", r"\\\1", node.args["replacement"].this))
    if isinstance(node, exp.Pad):
        node.set("expression", exp.cast(node.expression, "INT"))
        node.set("this", exp.cast(node.this, "VARCHAR"))
    if isinstance(node, exp.ArgMax | exp.ArgMin):
        name = "arg_max_null" if isinstance(node, exp.ArgMax) else "arg_min_null"
        return exp.Anonymous(this=name, expressions=[node.this, node.expression])
    day = isinstance(node, _DATES) and isinstance(node.this, exp.Cast) and node.this.to.is_type("date")
    if day and not isinstance(node.parent, exp.Cast):
        return exp.cast(node.copy(), "date")
    return node
