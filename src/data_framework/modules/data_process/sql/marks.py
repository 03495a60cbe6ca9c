"""Which nodes of a tree the dialect's parser read: a plan's tree may hold others, which mean what their engine says."""

from __future__ import annotations

from sqlglot import exp

_MARK = "df_sql"


def mark(tree: exp.Expression) -> exp.Expression:
    """Mark every node of a parsed tree."""
    for node in tree.walk():
        node.meta[_MARK] = True
    return tree


def is_ours(node: exp.Expression) -> bool:
    """Whether the dialect's parser read this node."""
    return bool(node.meta.get(_MARK))
