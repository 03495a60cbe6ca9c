"""Rows as text in columns, to be read by people."""

from __future__ import annotations

from collections.abc import Sequence

_WIDTH = 40


def table_text(names: Sequence[str], rows: Sequence[Sequence[object]], total: int) -> str:
    """The first rows of a table under their names, wide values shortened, and how many more there are.

    Example:
        >>> print(table_text(["id", "name"], [[1, "a"]], 3))
        id  name
        1   a
        … 2 more rows
    """
    lines = [list(names), *([_shown(value) for value in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    text = "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)
    return text + (f"\n… {total - len(rows)} more rows" if total > len(rows) else "")


def _shown(value: object) -> str:
    text = "" if value is None else str(value).replace("\n", "\\n")
    return text if len(text) <= _WIDTH else text[: _WIDTH - 1] + "…"
