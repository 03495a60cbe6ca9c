"""Where the rows that fail a check concentrate: files and values of columns that hold more of them than of the rest.

Engines hand over some of the invalid rows, count the values these have in common over all rows, and `worst` ranks what
they counted. Values of columns the check itself looks at are left out (reports mask them), and so are private ones.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from data_framework.modules.data_process.plan.model import PlanColumn, Slice

#: How many invalid rows an engine hands over to look for values they share.
ROWS = 2_000
_COLUMNS = 16
_CANDIDATES = 3
_SHOWN = 3
_LEAST = 2
_CONCENTRATED = 0.1
_DEVIATIONS = 2
_WIDTH = 40
_KINDS = frozenset({"string", "boolean", "date", "tinyint", "smallint", "int", "bigint"})


def sliced_columns(columns: Sequence[PlanColumn], partition: str | None, fields: Iterable[str]) -> tuple[str, ...]:
    """The columns whose values may name a slice of a check over `fields`, the partition first."""
    left_out = {*fields}
    found = [
        column.name
        for column in columns
        if column.type.kind in _KINDS and not column.private and column.name not in left_out
    ]
    return tuple(sorted(found, key=lambda name: name != partition)[:_COLUMNS])


def candidates(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[tuple[str, Any]]:
    """The (column, value) pairs most of some invalid rows share.

    Example:
        >>> candidates(["country", "id"], [("ES", 1), ("ES", 2), ("PT", 3)])
        [('country', 'ES')]
    """
    shared: list[tuple[int, str, Any]] = []
    for place, name in enumerate(names):
        value, count = max(Counter(row[place] for row in rows).items(), key=lambda item: (item[1], str(item[0])))
        if count >= _LEAST:
            shared.append((count, name, value))
    shared.sort(key=lambda one: (-one[0], one[1]))
    return [(name, value) for _, name, value in shared[:_CANDIDATES]]


def slice_name(column: str, value: Any) -> str:
    """What a slice is called: the column and its value, cut and without what cannot be printed."""
    text = "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    text = "".join(character if character.isprintable() else "?" for character in text)
    return f"{column} {text[:_WIDTH]}{'…' if len(text) > _WIDTH else ''}"


def worst(slices: Iterable[Slice], total: int, invalid: int) -> tuple[Slice, ...]:
    """The slices that hold a larger share of the invalid rows than of all rows, more so than chance, the worst first.

    Example:
        >>> worst([Slice("country ES", 3, 3), Slice("kind a", 98, 3)], total=100, invalid=3)
        (Slice(name='country ES', total=3, invalid=3),)
    """

    def excess(one: Slice) -> float:
        return one.invalid / invalid - one.total / total

    def telling(one: Slice) -> bool:
        chance = one.total / total
        spread = math.sqrt(chance * (1 - chance) / invalid)
        return one.invalid >= _LEAST and excess(one) > max(_CONCENTRATED, _DEVIATIONS * spread)

    return tuple(sorted(filter(telling, slices), key=lambda one: (-excess(one), one.name))[:_SHOWN])
