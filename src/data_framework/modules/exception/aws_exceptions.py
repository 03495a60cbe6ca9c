"""Errors of Amazon Web Services."""

from data_framework.modules.exception.base import DataFrameworkError


class AwsError(DataFrameworkError):
    """An error of Amazon Web Services."""
