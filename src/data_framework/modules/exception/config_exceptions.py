"""Errors of configuration: every one ends with exit code 2."""

from typing import ClassVar

from data_framework.modules.exception.base import DataFrameworkError


class ConfigError(DataFrameworkError):
    """The configuration cannot be used as it is."""

    exit_code: ClassVar[int] = 2
