"""`data-framework tables apply`: tables made and changed as their contracts say, planned first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from data_framework.cli.options import Common
from data_framework.cli.table_names import contract_ref
from data_framework.modules.exception import SchemaChangeError, UnknownChoiceError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from data_framework.modules.catalogue import Application, SchemaChange
    from data_framework.modules.config import Config, TableContract, TableRef
    from data_framework.modules.dataflow import Runtime

_SIGNS = {"add": "+", "widen": "~", "keep": "=", "lose": "!"}


def apply_contracts(
    common: Common,
    name: Annotated[str | None, typer.Argument(metavar="[DB.TABLE]", help="Only this table.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the plan, and change nothing.")] = False,
    recreate: Annotated[
        bool, typer.Option("--recreate", help="Make a table anew, empty, where its contract would lose what it holds.")
    ] = False,
) -> int:
    """Create the tables of the contracts, or evolve those there are; what would lose data is refused."""
    from data_framework.modules.catalogue import apply
    from data_framework.modules.dataflow import Runtime

    with Runtime(common.config()) as runtime:
        done = planned = list(_planned(runtime, _chosen(runtime.config, name)))
        if not dry_run:
            done = apply(runtime.catalogue, planned, recreate=recreate)
    refused = any(one.action == "refused" for one in done)
    for one in done:
        _show(common, one)
    if not done:
        common.output.line("There are no contracts of tables to apply.")
    elif dry_run:
        otherwise = "all of it is refused" if refused else "it is"
        common.output.line(f"Nothing was changed: without --dry-run {otherwise}.")
    common.output.document({"dry_run": dry_run, "tables": [_document(one) for one in done]})
    return 2 if refused else 0


def _chosen(config: Config, name: str | None) -> list[TableContract]:
    contracts = list(config.contracts)
    if name is None:
        return contracts
    found = [c for c in contracts if f"{c.database}.{c.table}" in {name, f"{config.database('')}{name}"}]
    if not found:
        known = ", ".join(f"{c.database}.{c.table}" for c in contracts) or "none"
        raise UnknownChoiceError(kind="contract of a table", name=name, suggestion=f"Choose one of: {known}.")
    return found


def _planned(runtime: Runtime, contracts: list[TableContract]) -> Iterator[Application]:
    from data_framework.modules.catalogue import contract_schema, plan_application

    for contract in contracts:
        ref = contract_ref(runtime.config, contract)
        if ref is None:
            raise SchemaChangeError(table=f"{contract.database}.{contract.table}", reason="its contract says no layer",
                                    hint='Add "layer" to the contract.')  # fmt: skip
        if ref.layer not in {"landing", "raw"}:
            schema = contract_schema(_as_widened(runtime, contract, ref))
            yield plan_application(runtime.catalogue, ref, schema)


def _as_widened(runtime: Runtime, contract: TableContract, ref: TableRef) -> TableContract:
    """The contract, with the types its table has been widened to where it says so."""
    from data_framework.modules.data_process.plan.widening import widened_columns

    if contract.schema_policy.type_change != "widen" or not runtime.catalogue.exists(ref):
        return contract
    return contract.model_copy(update={"columns": widened_columns(contract.columns, runtime.catalogue.schema(ref))})


def _show(common: Common, one: Application) -> None:
    common.output.line(f"{one.action:<10} {one.ref.layer}  {one.ref}")
    for change in one.changes:
        common.output.line(f"    {_SIGNS[change.kind]} {_told(change)}")


def _told(change: SchemaChange) -> str:
    if change.kind == "add":
        return f"{change.column}: {change.wanted}"
    if change.kind == "keep":
        return f"{change.column}: {change.found}, which the contract does not name, is kept"
    return f"{change.column or 'the table'}: {change.found} → {change.wanted}"


def _document(one: Application) -> dict[str, Any]:
    return {
        "layer": one.ref.layer, "database": one.ref.database, "table": one.ref.table, "action": one.action,
        "changes": [vars(change) for change in one.changes],
    }  # fmt: skip
