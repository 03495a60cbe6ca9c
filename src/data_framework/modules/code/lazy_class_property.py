"""A property of a class, made on first use and kept: for what is truly one per process."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class LazyClassProperty(Generic[T]):
    """Delay an expensive value (a SparkSession, a boto3 session) until a class is first asked for it.

    Each class that inherits the property has a value of its own. Safe under threads.

    Example:
        >>> class Session:
        ...     @LazyClassProperty
        ...     def number(cls) -> int:
        ...         return 42
        >>> Session.number
        42
    """

    def __init__(self, make: Callable[[type], T]) -> None:
        self._make = make
        self._values: dict[type, T] = {}
        self._lock = threading.RLock()
        self.__doc__ = make.__doc__

    def __get__(self, instance: object, owner: type) -> T:
        with self._lock:
            if owner not in self._values:
                self._values[owner] = self._make(owner)
            return self._values[owner]

    def forget(self, owner: type | None = None) -> None:
        """Drop the value of one class, or of all: for tests."""
        with self._lock:
            self._values.pop(owner, None) if owner else self._values.clear()
