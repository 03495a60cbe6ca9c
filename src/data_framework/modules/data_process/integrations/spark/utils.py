"""Text in Spark SQL: literals and names."""

from __future__ import annotations

from data_framework.modules.config.model.tables import Partition

_ESCAPES = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\0": "\\0"}


def literal(text: str) -> str:
    """Text as a SQL literal."""
    return "'" + "".join(_ESCAPES.get(letter, letter) for letter in text) + "'"


def partition_sql(partition: Partition) -> str:
    """SQL of the text of a row's partition."""
    column = quoted(partition.field)
    return f"date_format({column}, 'yyyy-MM')" if partition.transform else f"CAST({column} AS string)"


def quoted(name: str) -> str:
    """A name as a SQL identifier."""
    return "`" + name.replace("`", "``") + "`"
