"""Which table a control or one of its arguments means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from data_framework.modules.catalogue import CatalogueInterface
from data_framework.modules.config import Config
from data_framework.modules.config.model.controls import Control
from data_framework.modules.config.model.tables import TableRef
from data_framework.modules.utils.nearest import nearest
from data_framework.modules.validation.rules import RuleError

CONTROLS_DATABASE = "data_quality"


def controls_database(config: Config, table: str) -> TableRef:
    """One of the three tables of controls."""
    return TableRef("common", config.database(CONTROLS_DATABASE), table)


def is_of(control: Control, target: TableRef, config: Config) -> bool:
    """Whether a control is bound to a table; those of level File have the raw table, in layer landing or raw."""
    same = control.table == target.table and config.database(control.database or "") == target.database
    layers = {None, target.layer, "landing"} if control.level == "File" else {None, target.layer}
    return same and control.layer in layers


@dataclass(frozen=True)
class TableFinder:
    """Finds the table a control names: a key of its process, `database.table`, or `table` in its own database.

    Without a catalogue (nothing may be opened) the tables are those the configuration names.
    """

    config: Config
    catalogue: CatalogueInterface | None
    target: TableRef
    dataflow: str = ""
    process: str = ""

    def __call__(self, name: str) -> TableRef:
        """Return the table's full name.

        Raises:
            RuleError: There is no such table.
        """
        database, _, table = name.rpartition(".")
        if not database:
            database, table = self._of_key(name) or (self.target.database, name)
        found = self._find(self.config.database(database), table)
        if found is not None:
            return found
        wanted = f"{self.config.database(database)}.{table}"
        near = nearest(wanted, self._known())
        hint = f". Did you mean {near!r}?" if near else ""
        raise RuleError(f"there is no table {wanted}{hint}", doubtful=near is None)

    def columns(self, ref: TableRef) -> Sequence[str]:
        """The columns of a table, () where they are not known."""
        if self.catalogue is not None:
            return self.catalogue.schema(ref).names
        contract = self.config.contract(ref.database, ref.table)
        if contract is None:
            return ()
        names = [column.name for column in contract.columns]
        return [*names, *([contract.partition_field] if contract.partition_field else [])]

    def _of_key(self, key: str) -> tuple[str, str] | None:
        dataflow = self.config.dataflows.get(self.dataflow)
        process = dataflow.processes.get(self.process) if dataflow else None
        for tables in (process.source_tables, process.target_tables) if process else ():
            if key in tables:
                return tables[key].database, tables[key].table
        return None

    def _find(self, database: str, table: str) -> TableRef | None:
        if self.catalogue is not None:
            return self.catalogue.find(database, table)
        contract = self.config.contract(database, table)
        known = f"{database}.{table}" in self._known()
        return TableRef((contract.layer if contract else None) or "", database, table) if known else None

    def _known(self) -> list[str]:
        if self.catalogue is not None:
            return [str(ref) for ref in self.catalogue.tables()]
        return known_tables(self.config)


def promised(config: Config, target: TableRef, name: str) -> dict[str, str] | None:
    """The columns a contract promises, by `database.table`, `table` in the same database or "" (this one)."""
    database, _, table = name.rpartition(".")
    found = config.contract(config.database(database) if database else target.database, table or target.table)
    if found is None:
        return None
    columns = {column.name: str(column.data_type) for column in found.columns}
    return columns if found.partition_field is None else {**columns, **{
        found.partition_field: columns.get(found.partition_field, "date")}}  # fmt: skip


def known_tables(config: Config) -> list[str]:
    """Every table the configuration names, `database.table`."""
    found = {f"{contract.database}.{contract.table}" for contract in config.contracts}
    for dataflow in config.dataflows.values():
        for process in dataflow.processes.values():
            entries = [*process.source_tables.values(), *process.target_tables.values()]
            names = {(entry.database, entry.table) for entry in entries}
            names |= {(process.output_file.database, process.output_file.table)} if process.output_file else set()
            found |= {f"{config.database(database)}.{table}" for database, table in names}
    return sorted(found)
