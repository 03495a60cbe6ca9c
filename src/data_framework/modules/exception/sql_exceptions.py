"""Errors of the SQL a project writes: what the one dialect does not know or does not allow."""

from typing import ClassVar

from data_framework.modules.exception.base import DataFrameworkError


class SqlError(DataFrameworkError):
    """SQL that is not understood. Context: `text`, `line`, `column`, `reason`, and `file` when it comes from one."""

    exit_code: ClassVar[int] = 2
    what: ClassVar[str] = "{place}: {reason}."
    advice: ClassVar[str] = "See docs/reference/sql.md for what the dialect knows."


class UnsafeSqlError(SqlError):
    """SQL that would do more than read the tables it names."""

    advice: ClassVar[str] = (
        "Write one SELECT over the tables of the configuration; docs/reference/sql.md says what is allowed."
    )
