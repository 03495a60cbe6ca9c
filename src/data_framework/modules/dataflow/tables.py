"""From a process's table entries to plans and frames: what the stages and user code read and write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from data_framework.modules.config import TableEntry, TableRef
from data_framework.modules.dataflow.history import dates_to_know
from data_framework.modules.dataflow.mapping import RawTable, raw_of
from data_framework.modules.exception import NothingToReadError, UnknownTableKeyError
from data_framework.modules.utils.nearest import suggest
from data_framework.modules.validation import Compiled, ControlContext

if TYPE_CHECKING:
    from sqlglot import exp

    from data_framework.modules.data_process.plan.model import FrameSource, QuerySource, RawFile, TablePlan, TableSource
    from data_framework.modules.dataflow.code import Found
    from data_framework.modules.dataflow.execution import Execution
    from data_framework.modules.state import Delivery


# names --------------------------------------------------------------------------------------------------------------
def target_entry(execution: Execution, key: str) -> TableEntry:
    """The configured target of a key.

    Raises:
        UnknownTableKeyError: There is none; the nearest is named.
    """
    return _entry(execution, execution.process.target_tables, "target", key)


def control_context(execution: Execution, entry: TableEntry | None = None) -> ControlContext:
    """What the rules engine needs to know of the unit."""
    unit = execution.unit
    return ControlContext(
        dataflow=unit.dataflow, process=unit.process, run_id=unit.run_id, job_id=unit.job_id, file_name=unit.file_name,
        file_date=unit.file_date, current_date=unit.current_date, variables=execution.process.vars,
        casting=entry.casting if entry else None, data_controls=entry.data_controls if entry else (),
        engine=execution.report.engine,
    )  # fmt: skip


# plans --------------------------------------------------------------------------------------------------------------
def raw_table(execution: Execution) -> RawTable | None:
    """The raw table that the process of an execution reads."""
    return raw_of(execution.dataflow, execution.process)


def raw_files(execution: Execution, source: RawTable) -> tuple[RawFile, ...]:
    """The members of every delivery in force for the unit, each with its own dialect.

    Raises:
        NothingToReadError: Raw holds nothing for the date.
    """
    unit = execution.unit
    date = None if unit.execution_mode == "full" else unit.file_date or None
    files = _files_of(execution, source, date)
    if not files:
        what = f"{source.database}.{source.table}" + (f" of {date}" if date else "")
        raise NothingToReadError(what_for=what)
    return files


def _files_of(execution: Execution, source: RawTable, date: str | None) -> tuple[RawFile, ...]:
    deliveries = execution.runtime.state.in_force(source.database, source.table, date)
    return tuple(file for delivery in deliveries for file in _members(execution, delivery))


def note_rows(execution: Execution, source: RawTable) -> None:
    """Note in the ledger how many rows each delivery of the unit's date had, where landing did not count them."""
    unit, counts = execution.unit, execution.report.rows_by_file
    if not unit.file_date:
        return
    deliveries = execution.runtime.state.in_force(source.database, source.table, unit.file_date)
    found = [replace(one, rows=counts[unit.file_date, one.file_name]) for one in deliveries
             if one.rows is None and (unit.file_date, one.file_name) in counts]  # fmt: skip
    if found:
        execution.runtime.state.record_all(found)


def plan_of_raw(execution: Execution, entry: TableEntry, source: RawTable) -> TablePlan:
    """The plan of raw_to_staging: read as text, transform, cast to the target's contract.

    `casting` is the target's, else that of the raw table's entry among the sources.
    """
    named = execution.process.source_tables.get(source.key)
    if named and "casting" not in entry.model_fields_set:
        entry = entry.model_copy(update={"casting": named.casting})
    plan = plan_of_files(execution, entry, raw_files(execution, source), _date(execution))
    dates = dates_to_know(execution, plan, source)
    if dates is None:
        return plan
    files = tuple(file for date in dates for file in _files_of(execution, source, date))
    return replace(plan, history=plan_of_files(execution, entry, files, ""))


def plan_of_contract(execution: Execution, entry: TableEntry) -> TablePlan:
    """The same without any file, to explain it: as if every column of the contract were delivered."""
    return plan_of_files(execution, entry, (), _date(execution))


def plan_of_files(execution: Execution, entry: TableEntry, files: tuple[RawFile, ...], date: str) -> TablePlan:
    """The plan of a target that files of text fill: those of a data date, or ("") of any."""
    from data_framework.modules.data_process.compiling import compile_raw

    master = _master(execution, entry)
    return compile_raw(
        entry.ref, files, entry=entry, contract=_contract(execution, entry.ref), data_date=date,
        schema=master or _schema(execution, entry), time_zone=execution.runtime.config.platform.time_zone,
    )  # fmt: skip


def _master(execution: Execution, entry: TableEntry) -> Any:
    """The schema of `casting.master_table`: a key of the process, or database.table."""
    name = entry.casting.master_table
    if not name:
        return None
    keys = {**execution.process.source_tables, **execution.process.target_tables}
    database, _, table = name.rpartition(".")
    found = keys[name].ref if name in keys else execution.runtime.catalogue.find(database or entry.database, table)
    return execution.runtime.catalogue.schema(found) if found and execution.runtime.catalogue.exists(found) else None


def plan_of_query(execution: Execution, entry: TableEntry, select: exp.Expression) -> TablePlan:
    """The plan of a target that one SELECT over the process's tables fills."""
    return _plan_of_typed(execution, entry, query_source(execution, select))


def query_source(execution: Execution, select: exp.Expression) -> QuerySource:
    """A SELECT over the process's tables by key, each narrowed to the unit's date where its entry says so."""
    from data_framework.modules.data_process.plan import QuerySource
    from data_framework.modules.data_process.sql import tables_of

    return QuerySource(
        select, {name: _table_source(execution, source_entry(execution, name)) for name in tables_of(select)}
    )


def source_entry(execution: Execution, name: str) -> TableEntry:
    """The table of a key of the process, or of a full name `database.table`.

    Raises:
        UnknownTableKeyError: There is no such key.
    """
    database, _, table = name.partition(".")
    entries = {**execution.process.target_tables, **execution.process.source_tables}
    if name in entries or not table:
        return _entry(execution, entries, "source", name)
    database = execution.runtime.config.database(database)
    found = execution.runtime.catalogue.find(database, table)
    layer = found.layer if found else execution.process.source_layer
    return TableEntry.model_validate({"layer": layer, "database": database, "table": table})


def plan_of_frame(execution: Execution, entry: TableEntry, frame: Any) -> TablePlan:
    """The plan of a target that a frame of user code fills."""
    from data_framework.modules.data_process.plan import FrameSource

    return _plan_of_typed(execution, entry, FrameSource(frame))


def _plan_of_typed(execution: Execution, entry: TableEntry, source: QuerySource | FrameSource) -> TablePlan:
    from data_framework.modules.data_process.compiling import compile_typed

    plan = compile_typed(
        entry.ref, source, entry=entry, contract=_contract(execution, entry.ref), data_date=_date(execution),
        time_zone=execution.runtime.config.platform.time_zone,
    )  # fmt: skip
    if plan.write_mode == "scd2" and not plan.data_date:  # what is written once a run is valid from the day it runs
        return replace(plan, data_date=execution.unit.current_date)
    return plan


def selects_of_script(execution: Execution, found: Found) -> Mapping[str, exp.Expression]:
    """The SELECTs of a .sql file by target key, their values bound."""
    from data_framework.modules.data_process.sql import parse_script

    unit = execution.unit
    values: dict[str, Any] = {**unit.values, **{f"vars.{key}": value for key, value in execution.process.vars.items()}}
    return parse_script(found.text, values, file=found.file)


def select_of(execution: Execution, found: Found, key: str) -> exp.Expression:
    """The SELECT that fills a target: of the .sql file, else everything of the source of equal key."""
    if found.kind != "sql":
        return select_all(key)
    selects = selects_of_script(execution, found)
    return selects[""] if list(selects) == [""] else selects[key]


def compiled(execution: Execution, plan: TablePlan, context: ControlContext) -> Compiled:
    """The controls of a plan's table as checks over its columns."""
    columns = {column.name: column.type for column in plan.columns}
    return execution.runtime.quality_controls.compile(plan.target, columns, plan.primary_keys, context)


def judged(plan: TablePlan, controls: Compiled) -> TablePlan:
    """A plan, and that of its table's past, with the checks its table's controls compiled to."""
    history = plan.history and judged(plan.history, controls)
    return replace(plan, checks=controls.checks, key_policy=controls.key_policy, history=history)


def select_all(key: str) -> exp.Expression:
    """`select * from key`."""
    from sqlglot import exp

    return exp.select("*").from_(exp.Table(this=exp.to_identifier(key, quoted=True)))


# frames -------------------------------------------------------------------------------------------------------------
def read(execution: Execution, key: str, where: str | None, columns: list[str] | None) -> Any:
    """Read a table by key as the engine's frame; see `DataFlowInterface.read_table`."""
    from sqlglot import exp

    from data_framework.modules.data_process.plan import QuerySource
    from data_framework.modules.data_process.sql import parse_condition

    entry = source_entry(execution, key)
    select = exp.select(*(exp.column(name, quoted=True) for name in columns or ())) if columns else exp.select("*")
    select = select.from_(exp.to_table("source_table"))
    if where:
        select = select.where(parse_condition(where, dict(execution.unit.values)))
    source = _table_source(execution, entry)
    return execution.engine.frame(QuerySource(select, {"source_table": source}))


def read_with_casting(execution: Execution, key: str, target: str, by_rules: bool) -> Any:
    """Read a raw table cast to a target's contract; see `DataFlowInterface.read_table_with_casting`."""
    entry = target_entry(execution, target)
    found = execution.process.source_tables.get(key)
    source = RawTable(key, found.database, found.table) if found else raw_table(execution)
    if source is None:
        _entry(execution, execution.process.source_tables, "source", key)
    assert source is not None
    plan = plan_of_raw(execution, entry, source)
    if by_rules:
        plan = judged(plan, compiled(execution, plan, control_context(execution, entry)))
    return execution.engine.accepted(plan)


def _entry(execution: Execution, entries: Mapping[str, TableEntry], kind: str, key: str) -> TableEntry:
    if key not in entries:
        raise UnknownTableKeyError(process=execution.unit.process, kind=kind, key=key, suggestion=suggest(key, entries))
    return entries[key]


def _table_source(execution: Execution, entry: TableEntry) -> TableSource:
    from sqlglot import exp

    from data_framework.modules.data_process.plan import TableSource

    ref = entry.ref
    date = execution.unit.file_date
    if execution.unit.execution_mode == "full" or not (entry.partition_field and date):
        return TableSource(ref)
    column = exp.column(entry.partition_field, quoted=True)
    return TableSource(ref, exp.EQ(this=column, expression=exp.cast(exp.Literal.string(date), "date")))


def _members(execution: Execution, delivery: Delivery) -> list[RawFile]:
    from data_framework.modules.data_process.plan import RawFile

    reader = delivery.reader
    return [
        RawFile(
            uri=execution.runtime.storage.uri("raw", key), file_name=delivery.file_name,
            content_hash=delivery.content_hash, data_date=delivery.file_date, sequence=delivery.sequence,
            format=reader["format"], dialect=member["dialect"], columns=member["columns"],
            size=member.get("bytes", 0),
        )
        for key, member in zip(delivery.raw_keys, reader["members"], strict=True)
    ]  # fmt: skip


def _contract(execution: Execution, ref: TableRef) -> Any:
    return execution.runtime.config.contract(ref.database, ref.table)


def _schema(execution: Execution, entry: TableEntry) -> Any:
    ref = entry.ref
    catalogue = execution.runtime.catalogue
    return catalogue.schema(ref) if catalogue.exists(ref) else None


def _date(execution: Execution) -> str:
    return "" if execution.unit.execution_mode == "full" else execution.unit.file_date
