"""Errors of landed files."""

from data_framework.modules.exception.base import DataFrameworkError


class LandingError(DataFrameworkError):
    """An error of landed files."""
