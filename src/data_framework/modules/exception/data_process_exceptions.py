"""Errors of the engine and its verbs."""

from data_framework.modules.exception.base import DataFrameworkError


class DataProcessError(DataFrameworkError):
    """An error of the engine and its verbs."""
