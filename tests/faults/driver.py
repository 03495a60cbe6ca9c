"""Run command lines that are killed with SIGKILL the n-th time a step has become durable.

Reads requests from stdin, one JSON document a line (step, occurrence, arguments, folder); answers each with the run's
exit status (negative: the signal). Each run is a fork of this process, so that the libraries are imported once.
"""

import importlib
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from data_framework.cli import app, main
from data_framework.modules.dataflow import Runtime, Step

_LIBRARIES = ("duckdb", "pyarrow.compute", "pyarrow.parquet", "pyiceberg.catalog.sql", "pyiceberg.table", "sqlglot")
_made = Runtime.__init__


def _kill_at(step: Step, occurrence: int) -> None:
    seen: list[Step] = []

    def stop(reached: Step) -> None:
        seen.append(reached)
        if reached is step and seen.count(step) == occurrence:
            os.kill(os.getpid(), signal.SIGKILL)

    def watched(self: Runtime, *positional: Any, **named: Any) -> None:
        _made(self, *positional, **named)
        self.on_step = stop

    Runtime.__init__ = watched  # type: ignore[method-assign]


def _run(request: dict[str, Any]) -> None:
    folder = Path(request["folder"])
    os.chdir(folder)
    log = os.open(folder / "killed.log", os.O_CREAT | os.O_TRUNC | os.O_WRONLY)
    os.dup2(log, 1)
    os.dup2(log, 2)
    _kill_at(Step(request["step"]), request["occurrence"])
    main(request["arguments"])


def _serve() -> None:
    for name in _LIBRARIES:
        importlib.import_module(name)
    app()
    for line in sys.stdin:
        child = os.fork()
        if not child:
            _run(json.loads(line))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    _serve()
