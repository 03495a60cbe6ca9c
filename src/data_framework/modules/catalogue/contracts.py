"""The schema a table gets from its contract."""

from __future__ import annotations

from data_framework.modules.catalogue.interface_catalogue import Column, TableSchema
from data_framework.modules.config.model.tables import VERSION_COLUMNS, TableContract


def contract_schema(contract: TableContract) -> TableSchema:
    """Turn a contract into a schema; a partition field that is no column becomes a date column, the data date.

    Example:
        >>> contract = TableContract(database="d", table="t", columns=({"name": "a", "type": "int"},),
        ...                          partition_field="data_date")
        >>> [(column.name, column.type) for column in contract_schema(contract).columns]
        [('a', 'int'), ('data_date', 'date')]
    """
    columns = tuple(
        Column(
            column.name, column.type, column.nullable and column.name not in contract.primary_keys, column.description
        )
        for column in contract.columns
    )
    field = contract.partition_field
    if field is not None and field not in {column.name for column in columns}:
        columns += (Column(field, "date", description="The data date of the delivery."),)
    if contract.write_mode == "scd2":
        named = {column.name for column in columns}
        columns += tuple(Column(name, kind) for name, kind in VERSION_COLUMNS.items() if name not in named)
    return TableSchema(columns, field, contract.primary_keys, partition_transform=contract.partition_transform or "")
