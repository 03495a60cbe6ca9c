"""Text in Spark SQL: literals and names."""

from __future__ import annotations

_ESCAPES = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\0": "\\0"}


def literal(text: str) -> str:
    """Text as a SQL literal."""
    return "'" + "".join(_ESCAPES.get(letter, letter) for letter in text) + "'"


def quoted(name: str) -> str:
    """A name as a SQL identifier."""
    return "`" + name.replace("`", "``") + "`"
