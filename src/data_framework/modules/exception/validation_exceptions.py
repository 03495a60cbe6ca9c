"""Errors of quality controls."""

from data_framework.modules.exception.base import DataFrameworkError


class ValidationError(DataFrameworkError):
    """An error of quality controls."""
