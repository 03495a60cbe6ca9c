"""The one dialect as DuckDB writes it."""

from __future__ import annotations

from sqlglot import exp


def to_duckdb(expression: exp.Expression) -> str:
    """A tree of the dialect as DuckDB SQL."""
    return expression.sql(dialect="duckdb", comments=False)
