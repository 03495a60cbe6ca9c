"""Errors of messages."""

from data_framework.modules.exception.base import DataFrameworkError


class NotificationError(DataFrameworkError):
    """An error of messages."""
