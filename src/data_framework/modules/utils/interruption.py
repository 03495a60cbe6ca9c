"""Ctrl-C and SIGTERM while native code computes."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import suppress
from types import FrameType, TracebackType
from typing import Any, ClassVar, Protocol, TypeVar
from weakref import WeakSet

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interruptible(Protocol):
    """A computation in native code that another thread can stop."""

    def interrupt(self) -> None:
        """Stop what is being computed, if anything is."""


Computation = TypeVar("Computation", bound=Interruptible)


class Interruption:
    """Turns Ctrl-C and SIGTERM into KeyboardInterrupt, and remembers that it did.

    Python hears of a signal when native code gives control back, which may be minutes later: a thread hears of it at
    once and stops every computation that is to be reached. A library may answer that with an error of its own (DuckDB:
    "Interrupted!"); whoever catches errors asks `asked` to know what really happened. Use it in a `with` block; outside
    the main thread it changes nothing, for signals do not arrive there.

    Attributes:
        asked: Whether the user wants to stop.
    """

    _reached: ClassVar[WeakSet[Any]] = WeakSet()  # one per process, as signals are

    def __init__(self) -> None:
        self.asked = False
        self._before: dict[signal.Signals, Any] = {}
        self._watch: _Watch | None = None

    @classmethod
    def reaches(cls, computation: Computation) -> Computation:
        """Stop this computation too when a signal comes, as long as it lives."""
        cls._reached.add(computation)
        return computation

    def __enter__(self) -> Interruption:
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._stop) for number in _SIGNALS}
            self._watch = _Watch(self._reached)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._watch:
            self._watch.close()
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.asked = True
        raise KeyboardInterrupt


class _Watch:
    """A thread that is told of each signal as it arrives, whatever the main thread does."""

    def __init__(self, reached: WeakSet[Any]) -> None:
        self._reached = reached
        self._heard, self._told = os.pipe()
        os.set_blocking(self._told, False)
        self._before = signal.set_wakeup_fd(self._told, warn_on_full_buffer=False)
        self._thread = threading.Thread(target=self._listen, name="signals", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Hear of no more signals."""
        signal.set_wakeup_fd(self._before)
        os.close(self._told)
        self._thread.join()
        os.close(self._heard)

    def _listen(self) -> None:
        while numbers := os.read(self._heard, 64):
            if any(number in _SIGNALS for number in numbers):
                for computation in list(self._reached):
                    with suppress(Exception):  # it has ended meanwhile
                        computation.interrupt()
