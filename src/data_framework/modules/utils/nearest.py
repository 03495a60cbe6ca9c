"""Did you mean …? The nearest of a closed set of names."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(name: str, choices: Iterable[str], cutoff: float = 0.6) -> str | None:
    """Return the choice most like a name, or None when none is like it.

    Example:
        >>> nearest("zipd", ["zipped", "file_format"]), nearest("delimeter", ["encoding"])
        ('zipped', None)
    """
    known = {choice.lower(): choice for choice in sorted(choices, reverse=True)}
    found = difflib.get_close_matches(name.lower(), known, n=1, cutoff=cutoff)
    return known[found[0]] if found else None


def suggest(name: str, choices: Iterable[str]) -> str:
    """Say the nearest choice, else all of them (at most twenty).

    Example:
        >>> suggest("sale", ["sales", "stock"]), suggest("x", ["sales", "stock"])
        ("Did you mean 'sales'?", 'Choose one of: sales, stock.')
    """
    known = list(choices)
    near = nearest(name, known)
    if near is not None:
        return f"Did you mean {near!r}?"
    if not known:
        return ""
    shown = ", ".join(known[:20]) + (", …" if len(known) > 20 else "")
    return f"Choose one of: {shown}."
