"""What it takes to make a table as its contract says: planned first, refused where something would be lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from data_framework.modules.catalogue.interface_catalogue import CatalogueInterface, SchemaChange, TableSchema
from data_framework.modules.config.model.tables import TableRef
from data_framework.modules.exception import SchemaChangeError

_ADVICE = (
    "Nothing was changed. Keep what the table has, or make it anew and empty with --recreate; "
    "`run DATAFLOW --full-refresh` then fills it from raw."
)

Action = Literal["created", "evolved", "unchanged", "refused", "recreated"]


@dataclass(frozen=True)
class Application:
    """One table and its contract.

    Attributes:
        schema: What the contract asks for.
        action: What is done; refused: it would lose rows or values.
        changes: What differs; what the table has beyond its contract is kept.
    """

    ref: TableRef
    schema: TableSchema
    action: Action
    changes: tuple[SchemaChange, ...] = ()

    @property
    def losses(self) -> tuple[SchemaChange, ...]:
        """The differences that cannot be made good without losing something."""
        return tuple(change for change in self.changes if change.kind == "lose")


def plan_application(catalogue: CatalogueInterface, ref: TableRef, schema: TableSchema) -> Application:
    """Compare a table with what its contract asks for; nothing is changed."""
    if not catalogue.exists(ref):
        return Application(ref, schema, "created")
    changes = tuple(change for change in catalogue.changes(ref, schema) if not change.column.startswith("_"))
    planned = Application(ref, schema, "unchanged", changes)
    if planned.losses:
        return replace(planned, action="refused")
    now = catalogue.schema(ref)
    same = (now.primary_keys, _required(now)) == (schema.primary_keys, _required(schema))
    evolves = not same or any(change.kind != "keep" for change in changes)
    return replace(planned, action="evolved" if evolves else "unchanged")


def apply(catalogue: CatalogueInterface, planned: Sequence[Application], *, recreate: bool) -> list[Application]:
    """Make tables as planned: all of them, or none when one is refused.

    Args:
        catalogue: Where the tables are.
        planned: What is to be done.
        recreate: Make a table anew, empty, where it would be refused.

    Raises:
        SchemaChangeError: A table would lose rows or values, and nobody said it may.
    """
    refused = [one for one in planned if one.action == "refused"]
    if refused and not recreate:
        reasons = [f"{one.ref} {_told(change)}" for one in refused for change in one.losses]
        raise SchemaChangeError(table=str(refused[0].ref), reason="; ".join(reasons), hint=_ADVICE)
    return [_applied(catalogue, one) for one in planned]


def _applied(catalogue: CatalogueInterface, one: Application) -> Application:
    if one.action == "refused":
        catalogue.drop(one.ref)
        catalogue.create(one.ref, one.schema)
        return replace(one, action="recreated")
    if one.action == "created":
        catalogue.create(one.ref, one.schema)
    elif one.action == "evolved":
        catalogue.evolve(one.ref, one.schema)
    return one


def _required(schema: TableSchema) -> set[str]:
    return {column.name for column in schema.columns if not column.nullable}


def _told(change: SchemaChange) -> str:
    what = f"column {change.column!r}" if change.column else "the table"
    return f"{what} is {change.found} and cannot become {change.wanted}"
