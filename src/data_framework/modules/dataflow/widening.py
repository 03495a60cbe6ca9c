"""Wider types for columns whose cells do not fit (`type_change: widen`): the table changes, the plan is made again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from data_framework.modules.data_process import open_compactor
from data_framework.modules.data_process.plan import RawSource
from data_framework.modules.data_process.plan.widening import Cells, wider
from data_framework.modules.dataflow.raw_cells import cells_of
from data_framework.modules.utils.data_types import DataType

if TYPE_CHECKING:
    from data_framework.modules.data_process import Prepared, TablePlan
    from data_framework.modules.dataflow.execution import Execution


def widened(execution: Execution, plan: TablePlan, prepared: Prepared) -> TablePlan | None:
    """The plan with wider types for the columns some cells did not fit; None where nothing is to be widened.

    The target has these types then: no value of it changes, and nothing that was not judged can be read.
    """
    failures = prepared.verdict.cast_failures
    unfit = {
        column.name: column for column in prepared.plan.columns
        if failures.get(column.name) and column.name != plan.partition_field
    }  # fmt: skip
    if not plan.widens or not unfit or not isinstance(plan.source, RawSource):
        return None
    seen = {name: Cells() for name in unfit}
    for name, cell, _ in cells_of(execution, plan.source, unfit):
        if cell not in unfit[name].null_values:
            seen[name].see(cell)
    found = {name: kind for name, column in unfit.items() if (kind := wider(column.type, seen[name]))}
    if not found:
        return None
    _change(execution, plan, found)
    for name, kind in found.items():
        was = unfit[name].type
        said = f"column {name} of {plan.target} is {kind} now, no longer {was}: some cells did not fit"
        execution.report.warnings.append(said)
    history = plan.history and _retyped(plan.history, found)
    return replace(_retyped(plan, found), history=history)


def _retyped(plan: TablePlan, kinds: Mapping[str, DataType]) -> TablePlan:
    columns = tuple(replace(column, type=kinds.get(column.name, column.type)) for column in plan.columns)
    return replace(plan, columns=columns)


def _change(execution: Execution, plan: TablePlan, kinds: Mapping[str, DataType]) -> None:
    """Give the table's columns their new types: in place where its files can be read so, else in files written anew."""
    runtime, ref = execution.runtime, plan.target
    if not runtime.catalogue.exists(ref):
        return
    schema = runtime.catalogue.schema(ref)
    columns = tuple(
        replace(column, type=str(kinds[column.name])) if column.name in kinds else column for column in schema.columns
    )
    wanted = replace(schema, columns=columns)
    if any(change.kind == "lose" for change in runtime.catalogue.changes(ref, wanted)):
        open_compactor(runtime.config, runtime.storage, runtime.catalogue).retype(ref, wanted)
    else:
        runtime.catalogue.evolve(ref, wanted)
