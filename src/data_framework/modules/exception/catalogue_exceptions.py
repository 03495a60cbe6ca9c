"""Errors of tables, schemas and partitions."""

from data_framework.modules.exception.base import DataFrameworkError


class CatalogueError(DataFrameworkError):
    """An error of tables, schemas and partitions."""
