"""From a contract, a config entry and what was delivered to the plan of one table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from data_framework.modules.config.model.tables import (
    VERSION_COLUMNS,
    ColumnContract,
    TableContract,
    TableRef,
    WriteMode,
)
from data_framework.modules.data_process.plan.model import (
    FrameSource,
    PlanColumn,
    QuerySource,
    RawFile,
    RawSource,
    TablePlan,
)
from data_framework.modules.data_process.plan.vocabulary import column as source_column
from data_framework.modules.data_process.plan.widening import widened_columns
from data_framework.modules.data_process.sql import parse_condition
from data_framework.modules.data_process.transformations import Texts, transform
from data_framework.modules.utils.data_types import DataType, parse_type
from data_framework.modules.utils.names import normalise_name

if TYPE_CHECKING:
    from data_framework.modules.catalogue import TableSchema
    from data_framework.modules.config import TableEntry

STRING = DataType("string")


def compile_raw(
    ref: TableRef, files: Sequence[RawFile], *, entry: TableEntry, contract: TableContract | None,
    schema: TableSchema | None = None, data_date: str = "", time_zone: str = "UTC",
) -> TablePlan:  # fmt: skip
    """The plan of raw_to_staging: text by name and alias, transformed, cast to the contract.

    Args:
        ref: The target.
        files: What is read; none explains the plan as if every column were delivered.
        entry: The target as the process configures it.
        contract: What the target promises; without one the catalogue's schema, else all text.
        schema: The target in the catalogue, None when it does not exist.
        data_date: ISO, "" in full mode.
        time_zone: Of dates and times without a zone.
    """
    policy = contract.schema_policy if contract else None
    widens = bool(policy and policy.type_change == "widen")
    promised = _promised(contract, schema)
    if widens and schema and not entry.casting.master_table:
        promised = widened_columns(promised, schema)
    renamed = [replace(file, columns=_renamed(file.columns, promised)) for file in files]
    delivered = dict.fromkeys(name for file in renamed for name in file.columns.values())
    if not files:
        delivered = dict.fromkeys(column.name for column in promised)
    kept = list(promised) or [ColumnContract(name=name) for name in delivered]
    extra = [name for name in delivered if name not in {column.name for column in kept}]
    if policy and policy.new_columns == "evolve":
        kept += [ColumnContract(name=name) for name in extra]
    texts: Texts = {name: source_column(name) for name in delivered}
    texts, made = transform(entry.casting.transformations, texts, {column.name: column.data_type for column in kept})
    if not promised:
        kept += [ColumnContract(name=name) for name in made if name not in {column.name for column in kept}]
    if files and not entry.casting.add_missing_columns:
        kept = [column for column in kept if column.name in {*texts, _partition(entry, contract)}]
    infer = entry.casting.strategy == "dynamic"
    columns = tuple(_cast(column, texts, infer) for column in kept)
    plan = _plan(ref, RawSource(tuple(renamed)), columns, entry, contract, data_date, time_zone)
    return replace(
        plan, replaces_date=True, rebuilds=not data_date, freeze_types=bool(policy and policy.type_change == "freeze"),
        widens=widens,
        quarantine_columns=tuple(extra) if policy and policy.new_columns == "quarantine" else (),
    )  # fmt: skip


def compile_typed(
    ref: TableRef, source: QuerySource | FrameSource, *, entry: TableEntry, contract: TableContract | None,
    data_date: str = "", time_zone: str = "UTC",
) -> TablePlan:  # fmt: skip
    """The plan of a target that a SELECT or a frame fills: columns by name, compared with the contract."""
    columns = tuple(
        PlanColumn(column.name, column.data_type, source_column(column.name), default=column.default, cast="none",
                   nullable=column.nullable, description=column.description, private=column.pii)
        for column in (contract.columns if contract else ())
    )  # fmt: skip
    plan = _plan(ref, source, columns, entry, contract, data_date, time_zone)
    return replace(plan, infer_schema=contract is None)


def discarded(plan: TablePlan) -> tuple[str, ...]:
    """Delivered columns the plan leaves in raw."""
    if not isinstance(plan.source, RawSource):
        return ()
    used = {column.name for column in plan.columns} | set(plan.quarantine_columns)
    names = dict.fromkeys(name for file in plan.source.files for name in file.columns.values())
    return tuple(name for name in names if name not in used)


def _plan(
    ref: TableRef, source: RawSource | QuerySource | FrameSource, columns: tuple[PlanColumn, ...], entry: TableEntry,
    contract: TableContract | None, data_date: str, time_zone: str,
) -> TablePlan:  # fmt: skip
    keys = contract.primary_keys if contract and contract.primary_keys else entry.primary_keys
    partition = _partition(entry, contract)
    mode = (contract.write_mode if contract else None) or entry.write_mode or default_mode(keys, partition)
    if partition and columns and partition not in {column.name for column in columns}:
        columns = (*columns, PlanColumn(partition, DataType("date"), None))
    if mode == "scd2":
        columns = _with_versions(columns)
    return TablePlan(
        target=ref, source=source, columns=columns, write_mode=mode,
        primary_keys=tuple(keys), partition_field=partition, data_date=data_date,
        partition_transform=(contract.partition_transform if contract else None) or "",
        sequence_by=contract.sequence_by if contract else None, time_zone=time_zone,
        delete_when=parse_condition(contract.delete_when) if contract and contract.delete_when else None,
        order_by=contract.sort_order if contract else (),
    )  # fmt: skip


def _with_versions(columns: tuple[PlanColumn, ...]) -> tuple[PlanColumn, ...]:
    """The columns of scd2: what a delivery may say of a version itself is never taken."""
    plain = tuple(column for column in columns if column.name not in VERSION_COLUMNS)
    told = {column.name: column.description for column in columns}
    return plain + tuple(
        PlanColumn(name, parse_type(kind), None, cast="none", description=told.get(name, ""))
        for name, kind in VERSION_COLUMNS.items()
    )


def _partition(entry: TableEntry, contract: TableContract | None) -> str | None:
    return (contract.partition_field if contract else None) or entry.partition_field


def default_mode(keys: Sequence[str], partition: str | None) -> WriteMode:
    """Merge with primary keys, else overwrite_partition when partitioned, else overwrite.

    Example:
        >>> default_mode(["id"], "day"), default_mode([], "day"), default_mode([], None)
        ('merge', 'overwrite_partition', 'overwrite')
    """
    return "merge" if keys else "overwrite_partition" if partition else "overwrite"


def _promised(contract: TableContract | None, schema: TableSchema | None) -> tuple[ColumnContract, ...]:
    if contract:
        return contract.columns
    names = [column for column in schema.columns if not column.name.startswith("_")] if schema else []
    return tuple(ColumnContract(name=column.name, type=str(parse_type(column.type))) for column in names)


def _renamed(delivered: Mapping[str, str], promised: Sequence[ColumnContract]) -> dict[str, str]:
    """Delivered name → name in the plan: the column's own name first, then its aliases, else normalised as it is."""
    result = dict(delivered)
    for column in promised:
        if column.name in result.values():
            continue
        found = _aliased(delivered, result, column)
        if found is not None:
            result[found] = column.name
    return result


def _aliased(delivered: Mapping[str, str], taken: Mapping[str, str], column: ColumnContract) -> str | None:
    free = {name: normal for name, normal in delivered.items() if taken[name] == normal}
    names = [column.name, *column.aliases]
    for wanted in names:
        if wanted in free:
            return wanted
    wanted_normal = [normalise_name(name) for name in names]
    return next((name for wanted in wanted_normal for name, normal in free.items() if normal == wanted), None)


def _cast(column: ColumnContract, texts: Texts, infer: bool) -> PlanColumn:
    return PlanColumn(
        column.name, column.data_type, texts.get(column.name), formats=column.formats, null_values=column.null_values,
        default=column.default, cast="infer" if infer else "exact", nullable=column.nullable,
        description=column.description, private=column.pii,
    )  # fmt: skip
