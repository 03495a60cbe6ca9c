"""The one SQL dialect of the framework: read, checked, and written for each engine."""

from data_framework.modules.data_process.sql.dialect_athena import to_athena
from data_framework.modules.data_process.sql.dialect_duckdb import to_duckdb, written_in_place
from data_framework.modules.data_process.sql.dialect_spark import to_spark
from data_framework.modules.data_process.sql.functions import AllowedFunction, functions
from data_framework.modules.data_process.sql.kinds import Schema
from data_framework.modules.data_process.sql.parse import (
    bind,
    columns_of,
    parse_condition,
    parse_expression,
    parse_script,
    parse_select,
    tables_of,
)
from data_framework.modules.data_process.sql.reference import reference
from data_framework.modules.data_process.sql.sandbox import sandboxed, schema_of
from data_framework.modules.data_process.sql.template import names_in

__all__ = [
    "AllowedFunction", "Schema", "bind", "columns_of", "functions", "names_in", "parse_condition", "parse_expression",
    "parse_script", "parse_select", "reference", "sandboxed", "schema_of", "tables_of", "to_athena", "to_duckdb",
    "to_spark", "written_in_place",
]  # fmt: skip
