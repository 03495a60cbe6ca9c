"""Values compared exactly: NaN is itself, -0.0 is not 0.0, decimals have their scale."""

from __future__ import annotations

from typing import Any


def exact_columns(table: Any) -> dict[str, list[Any]]:
    """The columns of an Arrow table as values of which equal ones are the same."""
    return {name: [exact(value) for value in table[name].to_pylist()] for name in table.column_names}


def exact(value: Any) -> Any:
    """A value that equals exactly what is the same.

    Example:
        >>> exact(0.0) == exact(-0.0), exact(float("nan")) == exact(float("nan")), exact([None, 1])
        (False, True, [None, 'int 1'])
    """
    if isinstance(value, float):
        return f"float {value!r}"
    if isinstance(value, list | tuple):
        return [exact(item) for item in value]
    if isinstance(value, dict):
        return {key: exact(item) for key, item in value.items()}
    return f"{type(value).__name__} {value}" if value is not None else None
