"""What the verbs on tables take as a table: its name, its reference, or an object of a configuration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from data_framework.modules.catalogue import CatalogueInterface
from data_framework.modules.config.model.tables import TableRef, WriteMode
from data_framework.modules.exception import PlanError, TableNotFoundError


def found_table(catalogue: CatalogueInterface, database: str, table: str) -> TableRef:
    """A table that exists.

    Raises:
        TableNotFoundError: It does not.
    """
    ref = catalogue.find(database, table)
    if ref is None:
        catalogue.schema(TableRef("", database, table))
        raise TableNotFoundError(table=f"{database}.{table}")
    return ref


def table_of(catalogue: CatalogueInterface, table_config: Any, *, must_exist: bool = True) -> TableRef:
    """The table somebody means.

    Raises:
        TableNotFoundError: It has to exist and does not.
    """
    if isinstance(table_config, TableRef):
        return table_config
    if isinstance(table_config, str):
        return found_table(catalogue, *table_config.split(".", 1))
    ref = getattr(table_config, "ref", None)
    if isinstance(ref, TableRef):
        return ref
    database, table = str(table_config.database), str(table_config.table)
    found = catalogue.find(database, table)
    layer = getattr(table_config, "layer", None) or database.rpartition("_")[2]
    return found or (found_table(catalogue, database, table) if must_exist else TableRef(layer, database, table))


def is_table(value: Any) -> bool:
    """Whether a value means a table and is no frame."""
    return (
        isinstance(value, str | TableRef)
        or hasattr(value, "ref")
        or (hasattr(value, "database") and hasattr(value, "table"))
    )


def mode_of(text: str) -> WriteMode:
    """A write mode by name.

    Raises:
        PlanError: There is none of that name.
    """
    modes: Mapping[str, WriteMode] = {
        "merge": "merge", "overwrite": "overwrite", "overwrite_partition": "overwrite_partition", "append": "append",
    }  # fmt: skip
    if text not in modes:
        raise PlanError(table="", reason=f"there is no strategy {text!r}; choose one of: {', '.join(modes)}")
    return modes[text]
