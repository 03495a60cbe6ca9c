"""Ctrl-C and SIGTERM while native code computes."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interruption:
    """Turns Ctrl-C and SIGTERM into KeyboardInterrupt, and remembers that it did.

    A library may answer the interruption of its computation with an error of its own (DuckDB: "Query interrupted");
    whoever catches errors asks `asked` to know what really happened. Use it in a `with` block; outside the main thread
    it changes nothing, for signals do not arrive there.

    Attributes:
        asked: Whether the user wants to stop.
    """

    def __init__(self) -> None:
        self.asked = False
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Interruption:
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._stop) for number in _SIGNALS}
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.asked = True
        raise KeyboardInterrupt
