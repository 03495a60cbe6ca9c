"""Which raw table a process reads, and which target that goes to: said once, for all that ask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from data_framework.modules.config import Dataflow, Process, TableEntry


@dataclass(frozen=True)
class RawTable:
    """The raw table of a dataflow: its key among the sources (the raw table's name without one), and its name."""

    key: str
    database: str
    table: str


def raw_of(dataflow: Dataflow, process: Process) -> RawTable | None:
    """What landing_to_raw writes, else the only raw table among the sources of a process."""
    landing, sources = dataflow.processes.get("landing_to_raw"), process.source_tables
    if landing and landing.output_file:
        database, table = landing.output_file.database, landing.output_file.table
        return RawTable(source_key(sources, database, table), database, table)
    if len(sources) == 1:
        key, entry = next(iter(sources.items()))
        return RawTable(key, entry.database, entry.table)
    return None


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
