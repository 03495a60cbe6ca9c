"""Errors of reports."""

from data_framework.modules.exception.base import DataFrameworkError


class OutputError(DataFrameworkError):
    """An error of reports."""
