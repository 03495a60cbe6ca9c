"""Run a command line that stops itself (SIGSTOP) as soon as a step has become durable: the test decides what happens.

usage: held.py STEP ARGUMENT…
"""

import os
import signal
import sys
from typing import Any

from data_framework.cli import main
from data_framework.modules.dataflow import Runtime, Step

_made = Runtime.__init__
_held: list[Step] = []


def _hold(reached: Step) -> None:
    if reached is Step(sys.argv[1]) and not _held:
        _held.append(reached)
        os.kill(os.getpid(), signal.SIGSTOP)


def _watched(self: Runtime, *positional: Any, **named: Any) -> None:
    _made(self, *positional, **named)
    self.on_step = _hold


if __name__ == "__main__":
    Runtime.__init__ = _watched  # type: ignore[method-assign]
    main(sys.argv[2:])
