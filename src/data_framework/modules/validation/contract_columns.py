"""The columns of a file beside those of a contract."""

from __future__ import annotations

from data_framework.modules.config.model.tables import TableContract
from data_framework.modules.utils.names import normalise_name, normalise_names


def compare_columns(delivered: tuple[str, ...], contract: TableContract) -> tuple[list[str], list[str], list[str]]:
    """Delivered names that are new, contract columns that are missing (the partition apart), and those that are there.

    A column is delivered under its name or an alias, as it is or normalised.
    """
    normalised = normalise_names(delivered)
    takers = {}
    for column in contract.columns:
        for alias in (column.name, *column.aliases):
            takers[alias] = takers[normalise_name(alias)] = column.name
    met = {takers.get(name) or takers.get(plain) for name, plain in zip(delivered, normalised, strict=True)}
    new = [name or plain for name, plain in zip(delivered, normalised, strict=True)
           if name not in takers and plain not in takers]  # fmt: skip
    columns = [column.name for column in contract.columns]
    missing = [name for name in columns if name not in met and name != contract.partition_field]
    return new, missing, [name for name in columns if name in met]
