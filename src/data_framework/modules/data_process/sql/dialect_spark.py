"""The one dialect as Spark writes it: its words are Spark's already, only regular expressions are spelled anew."""

from __future__ import annotations

from sqlglot import ErrorLevel, exp

from data_framework.modules.data_process.sql.marks import is_ours
from data_framework.modules.utils.java_regex import java_regex

_WITH_PATTERN = frozenset({"regexp_like", "rlike", "regexp", "regexp_extract", "regexp_replace", "split"})


def to_spark(expression: exp.Expression) -> str:
    """A tree of the dialect as Spark SQL.

    Args:
        expression: What `parse_select`, `parse_condition` or `parse_expression` answered, or a tree that holds one.
    """
    tree = expression.copy().transform(_spelled)
    return tree.sql(dialect="spark", identify=True, comments=False, unsupported_level=ErrorLevel.RAISE)


def _spelled(node: exp.Expression) -> exp.Expression:
    if not is_ours(node):
        return node
    if isinstance(node, exp.RegexpLike):
        _spell(node.expression)
    elif isinstance(node, exp.Anonymous) and node.name.lower() in _WITH_PATTERN:
        _spell(node.expressions[1])
    return node


def _spell(pattern: exp.Expression) -> None:
    if isinstance(pattern, exp.Literal) and pattern.is_string:
        pattern.set("this", java_regex(pattern.this))
