"""Errors of running a process."""

from data_framework.modules.exception.base import DataFrameworkError


class DataFlowError(DataFrameworkError):
    """An error of running a process."""
