"""Cross-checks of contracts and controls, without data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from data_framework.modules.config.config import Config
from data_framework.modules.config.model.controls import Control
from data_framework.modules.config.model.flows import TableEntry
from data_framework.modules.config.model.tables import TableContract
from data_framework.modules.config.nodes import Key, Node, problem_at
from data_framework.modules.exception import Problem
from data_framework.modules.utils.names import normalise_name
from data_framework.modules.utils.nearest import suggest

Fault = tuple[tuple[Key, ...], str, str, str]


def check_contracts(config: Config) -> Iterator[Problem]:
    """Judge each contract by itself, and all of them together."""
    first: dict[tuple[str, str], int] = {}
    for index, contract in enumerate(config.contracts):
        yield from contract_problems(contract, config.tree.get("tables", index) or Node({}))
        name = (contract.database, contract.table)
        if name in first:
            other = config.problem(("tables", first[name]), "", "")
            where = f"{other.file}:{other.line}"
            found, expected = f"a second contract of {'.'.join(name)}", f"one contract per table (the first: {where})"
            yield config.problem(("tables", index, "table"), found, expected)
        first.setdefault(name, index)
    for index, contract in enumerate(config.contracts):
        table = contract.table.removesuffix("_quarantine")
        if table != contract.table and (contract.database, table) in first:
            found = f"the name of the quarantine of {contract.database}.{table}"
            yield config.problem(("tables", index, "table"), found, "another name")


def contract_problems(contract: TableContract, tree: Node) -> Iterator[Problem]:
    """Judge one contract by itself."""
    for path, found, expected, hint in _contract_faults(contract):
        yield problem_at(tree, path, found, expected, hint)


def _contract_faults(contract: TableContract) -> Iterator[Fault]:
    names = [column.name for column in contract.columns]
    yield from _column_faults(contract, names)
    listed = {"primary_keys": contract.primary_keys, "order_by": tuple(name for name, _ in contract.sort_order)}
    for key, wanted in listed.items():
        for position, name in enumerate(wanted):
            if name not in names and name != contract.partition_field:
                yield (key, position), f"the unknown column {name!r}", "a column of the contract", suggest(name, names)
    sequence = contract.sequence_by
    if sequence is not None and sequence not in names and sequence != contract.partition_field:
        yield ("sequence_by",), f"the unknown column {sequence!r}", "a column of the contract", suggest(sequence, names)
    yield from _mode_faults(contract)


def check_controls(config: Config) -> Iterator[Problem]:
    """Judge the controls of a project: they name a table and are told apart by their ids."""
    known = {f"{ref.database}.{ref.table}" for ref in _tables(config)}
    seen: Counter[tuple[str, ...]] = Counter()
    for index, control in enumerate(config.controls):
        yield from _unnamed(config, index, control)
        name = f"{control.database}.{control.table}"
        if control.database and control.table and name not in known:
            hint = suggest(name, known)
            found = f"the table {name}, which no contract or process names"
            yield config.problem(("controls", index, "table"), found, "a table of the project", hint, warning=True)
        identity = (control.control_master_id, control.control_table_id, control.name, name)
        seen[identity] += 1
        if seen[identity] == 2 and control.key:
            found = f"a second control {control.key} of {name}"
            yield config.problem(("controls", index), found, "different ids or names")


def check_entries(config: Config) -> Iterator[Problem]:
    """Compare what processes say of a table with its contract: a differing key, partition or layer is an error."""
    for flow in config.dataflows.values():
        for process in flow.processes.values():
            for side in ("source_tables", "target_tables"):
                for key, entry in getattr(process, side).items():
                    path = ("dataflows", flow.name, "processes", process.name, side, key)
                    yield from _differences(config, path, entry)


def _column_faults(contract: TableContract, names: list[str]) -> Iterator[Fault]:
    taken: dict[str, str] = {}
    for position, name in enumerate(names):
        plain = normalise_name(name)
        if not plain:
            yield ("columns", position, "name"), repr(name), "a name with a letter or digit", ""
        elif plain in taken:
            found = f"{name!r}, which is {taken[plain]!r} after normalising"
            yield ("columns", position, "name"), found, "names that differ after normalising", ""
        taken.setdefault(plain, name)
    for position, column in enumerate(contract.columns):
        for index, alias in enumerate(column.aliases):
            owner = taken.get(normalise_name(alias), column.name)
            if owner != column.name:
                found = f"the alias {alias!r}, which is the column {owner!r}"
                yield ("columns", position, "aliases", index), found, "a name no other column has", ""


def _mode_faults(contract: TableContract) -> Iterator[Fault]:
    if contract.write_mode in {"merge", "scd2"} and not contract.primary_keys:
        yield ("write_mode",), f"{contract.write_mode} without primary_keys", "primary_keys, or another write_mode", ""
    keyed = contract.write_mode in {"merge", "scd2"} or (contract.write_mode is None and contract.primary_keys)
    for key in ("sequence_by", "delete_when"):
        if getattr(contract, key) and not keyed:
            yield (key,), f"{key} where rows are not told apart by key", "write_mode merge or scd2, with keys", ""
    if contract.write_mode == "overwrite_partition" and contract.partition_field is None:
        yield ("write_mode",), "overwrite_partition without partition_field", "partition_field, or another mode", ""
    yield from _partition_faults(contract)
    nullable = {column.name: column.nullable for column in contract.columns}
    repeated = [name for name, count in Counter(contract.primary_keys).items() if count > 1]
    if repeated:
        yield ("primary_keys",), f"{repeated[0]!r} twice", "each column once", ""
    if contract.layer == "landing" and nullable:
        yield ("layer",), "landing", "a layer that has tables: raw, staging, common, business or output", ""


def _partition_faults(contract: TableContract) -> Iterator[Fault]:
    field = contract.partition_field
    column = next((c for c in contract.columns if c.name == field), None)
    kind = column.data_type.kind if column is not None else "date"
    if column is not None and column.data_type.is_nested:
        yield ("partition_field",), f"a column of type {column.type}", "a column of a plain type", ""
    if contract.partition_transform is None:
        return
    if field is None:
        yield ("partition_transform",), "a month of nothing", "partition_field: the column whose month it is", ""
    elif kind not in {"date", "timestamp"}:
        yield ("partition_transform",), f"the month of a {kind}", "a partition_field of type date or timestamp", ""
    if f"{field}_month" in {c.name for c in contract.columns}:
        yield ("partition_transform",), f"the name {field}_month, which a column has", "another name of the column", ""
    if contract.write_mode is None and not contract.primary_keys:
        expected = "a write_mode (overwrite_partition: each delivery replaces the months it has rows of)"
        yield ("partition_transform",), "no write_mode", expected, ""


def _unnamed(config: Config, index: int, control: Control) -> Iterator[Problem]:
    for key in ("database", "table"):
        if getattr(control, key) is None:
            yield config.problem(("controls", index, key), "nothing", f"the {key} the control is bound to")
    if not control.key:
        yield config.problem(("controls", index, "control_master_id"), "nothing", "an id or a name")


def _differences(config: Config, path: tuple[str, ...], entry: TableEntry) -> Iterator[Problem]:
    contract = config.contract(entry.database, entry.table)
    if contract is None:
        return
    if entry.primary_keys and contract.primary_keys and set(entry.primary_keys) != set(contract.primary_keys):
        expected = f"the keys of the contract: {', '.join(contract.primary_keys)}"
        yield config.problem((*path, "primary_keys"), ", ".join(entry.primary_keys), expected)
    for key in ("partition_field", "layer"):
        said, promised = getattr(entry, key), getattr(contract, key)
        if said and promised and said != promised:
            yield config.problem((*path, key), repr(said), f"what the contract says: {promised!r}")


def _tables(config: Config) -> Iterator[TableContract | TableEntry]:
    yield from config.contracts
    for flow in config.dataflows.values():
        for process in flow.processes.values():
            yield from process.source_tables.values()
            yield from process.target_tables.values()
            if process.output_file is not None:
                yield TableEntry(database=process.output_file.database, table=process.output_file.table)
