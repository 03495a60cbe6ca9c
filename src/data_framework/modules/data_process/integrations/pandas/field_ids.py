"""Types and Iceberg's field ids of staged files, as DuckDB writes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from data_framework.modules.catalogue import TableSchema
from data_framework.modules.data_process.integrations.pandas.sql.casts import stored_type
from data_framework.modules.data_process.plan import hidden
from data_framework.modules.data_process.plan.layout import Layout
from data_framework.modules.utils.data_types import DataType, parse_type
from data_framework.modules.utils.names import quote_identifier


def staged_field_ids(layout: Layout) -> str:
    """The FIELD_IDS clause of a staged file."""
    extra = layout.staged_columns
    hidden_ids = [f"{quote_identifier(name)}: {hidden.FIRST_ID + number}" for number, name in enumerate(extra)]
    return "{" + ", ".join([*_parts(layout.names, layout.schema), *hidden_ids]) + "}"


def target_field_ids(layout: Layout) -> str:
    """The FIELD_IDS clause of a file with the target's columns only."""
    return "{" + ", ".join(_parts(layout.names, layout.schema)) + "}"


def table_field_ids(schema: TableSchema) -> str:
    """The FIELD_IDS clause of a file with all columns of a table."""
    return "{" + ", ".join(_parts(schema.names, schema)) + "}"


def stored(schema: TableSchema, name: str) -> str:
    """The DuckDB type of a column of the target."""
    return next(stored_type(parse_type(column.type)) for column in schema.columns if column.name == name)


def _parts(names: Iterable[str], schema: TableSchema) -> list[str]:
    types = {column.name: parse_type(column.type) for column in schema.columns}
    return [_ids(name, types[name], schema.field_ids, name) for name in names]


def _ids(name: str, kind: DataType, ids: Mapping[str, int], path: str) -> str:
    if not kind.is_nested:
        return f"{quote_identifier(name)}: {ids[path]}"
    inner = [_ids(child, child_kind, ids, f"{path}.{child}") for child, child_kind in kind.fields]
    return f"{quote_identifier(name)}: {{__duckdb_field_id: {ids[path]}, {', '.join(inner)}}}"
