"""Which target a raw table goes to: said once, for what holds files against its contract and for what fills it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from data_framework.modules.config import TableEntry


def source_key(sources: Mapping[str, TableEntry], database: str, table: str) -> str:
    """The key of a raw table among the sources of a process: the first that names it, else the table's name."""
    return next((key for key, entry in sources.items() if (entry.database, entry.table) == (database, table)), table)


def target_of(targets: Mapping[str, TableEntry], key: str, table: str) -> tuple[str, TableEntry] | None:
    """The target of a source: the one of the same key, else of the same table's name, else the only one.

    Returns:
        Key and entry, or None when none or several would do.
    """
    if key in targets:
        return key, targets[key]
    same = [(name, entry) for name, entry in targets.items() if entry.table == table]
    found = same or list(targets.items())
    return found[0] if len(found) == 1 else None
