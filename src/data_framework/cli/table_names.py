"""From `DATABASE.TABLE` as it is typed to the table that is meant, raw ones included."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from data_framework.modules.exception import TableNotFoundError, UnknownChoiceError

if TYPE_CHECKING:
    from data_framework.modules.config import Config, TableContract, TableRef
    from data_framework.modules.dataflow import Runtime

_LAYERS = ("landing", "raw", "staging", "common", "business", "output")


@dataclass(frozen=True)
class Named:
    """A table that was found. `raw`: it is files and partitions, not Iceberg."""

    ref: TableRef
    raw: bool = False


def split_name(config: Config, name: str) -> tuple[str, str]:
    """Split `database.table`; the platform's prefix may be left out.

    Raises:
        UnknownChoiceError: It is no such name.
    """
    database, _, table = name.rpartition(".")
    if not database or not table:
        raise UnknownChoiceError(kind="table", name=name, suggestion="Write it as DATABASE.TABLE.")
    return config.database(database), table


def find_table(runtime: Runtime, name: str) -> Named:
    """Find a table by its name.

    Raises:
        TableNotFoundError: There is none; the hint names the nearest.
    """
    database, table = split_name(runtime.config, name)
    found = runtime.catalogue.find(database, table)
    if found:
        return Named(found)
    raw = runtime.catalogue.raw_tables()
    for ref in raw:
        if (ref.database, ref.table) == (database, table):
            return Named(ref, raw=True)
    names = [str(ref) for ref in (*runtime.catalogue.tables(), *raw)]
    near = difflib.get_close_matches(f"{database}.{table}", names, n=1)
    suggestion = f"Did you mean {near[0]!r}?" if near else "See `data-framework tables list` for those that exist."
    raise TableNotFoundError(table=f"{database}.{table}", suggestion=suggestion)


def contract_ref(config: Config, contract: TableContract) -> TableRef | None:
    """The table a contract is for: its own layer, else what the processes say, else its database's ending."""
    from data_framework.modules.config import TableRef

    if contract.layer:
        return TableRef(contract.layer, contract.database, contract.table)
    for dataflow in config.dataflows.values():
        for process in dataflow.processes.values():
            for entry in (*process.target_tables.values(), *process.source_tables.values()):
                if (entry.database, entry.table) == (contract.database, contract.table) and entry.layer:
                    return entry.ref
    ending = contract.database.rpartition("_")[2]
    return TableRef(ending, contract.database, contract.table) if ending in _LAYERS else None
