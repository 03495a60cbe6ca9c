"""Errors of SQL with their place: file, line and column of what is wrong."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from sqlglot import exp

from data_framework.modules.exception.sql_exceptions import SqlError, UnsafeSqlError


@dataclass(frozen=True)
class Text:
    """SQL as its author wrote it, and where."""

    text: str
    file: str = ""
    line: int = 1


def wrong(
    origin: Text, node: exp.Expression | None, reason: str, *,
    near: tuple[str, Iterable[str]] | None = None, position: tuple[int, int] | None = None,
) -> SqlError:  # fmt: skip
    """The error of SQL that is not understood; `near`: a name and what it may have meant."""
    return _error(SqlError, origin, node, reason, near, position)


def unsafe(origin: Text, node: exp.Expression | None, reason: str) -> UnsafeSqlError:
    """The error of SQL that would do more than read the tables it names."""
    error = _error(UnsafeSqlError, origin, node, reason, None, None)
    assert isinstance(error, UnsafeSqlError)
    return error


def suggestion(name: str, known: Iterable[str]) -> str:
    """`Did you mean …?`, or the whole choice when nothing is near and it is short."""
    names = sorted(known)
    close = difflib.get_close_matches(name.lower(), names, n=1)
    if close:
        return f"Did you mean {close[0]!r}?"
    return f"Choose one of: {', '.join(names)}." if 0 < len(names) <= 12 else ""


def _error(
    kind: type[SqlError], origin: Text, node: exp.Expression | None, reason: str,
    near: tuple[str, Iterable[str]] | None, position: tuple[int, int] | None,
) -> SqlError:  # fmt: skip
    line, column = position or _position(node)
    line += origin.line - 1
    place = f"{origin.file}:{line}:{column}" if origin.file else f"SQL, line {line}"
    shown = {"hint": suggestion(*near)} if near else {}
    return kind(place=place, reason=reason, file=origin.file, line=line, column=column,
                text=_shortened(origin.text), **{key: value for key, value in shown.items() if value})  # fmt: skip


def _position(node: exp.Expression | None) -> tuple[int, int]:
    if node is None:
        return 1, 1
    for part in node.walk():
        if "line" in part.meta:
            start, end = part.meta.get("start", 0), part.meta.get("end", 0)
            return int(part.meta["line"]), max(1, int(part.meta["col"]) - (end - start))
    return 1, 1


def _shortened(text: str, limit: int = 200) -> str:
    return text if len(text) <= limit else f"{text[:limit]}…"
