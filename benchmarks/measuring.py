"""What one process costs, as the operating system accounts for it when it has ended."""

from __future__ import annotations

import os
import resource
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Measured:
    """One process: CPU and wall seconds, peak resident megabytes."""

    cpu: float
    wall: float
    megabytes: float


def measure(*command: str, memory: int | None = None) -> Measured:
    """Run a command and answer what it cost.

    It keeps compiled modules as it does for users, whatever this process was told (PYTHONDONTWRITEBYTECODE).

    Args:
        command: What to run; ours may end with 1, a peer only with 0.
        memory: The bytes of data (heap and private mappings) it may have, None: any.
    """
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env={**environment, "PYTHONPATH": "src:."},
    )  # fmt: skip
    if memory is not None:
        resource.prlimit(process.pid, resource.RLIMIT_DATA, (memory, memory))
    assert process.stderr is not None
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in ({0, 1} if "data_framework" in command else {0}):
        raise SystemExit(f"{' '.join(command)} failed:\n{errors.decode()[-3000:]}")
    return Measured(usage.ru_utime + usage.ru_stime, time.perf_counter() - start, usage.ru_maxrss / 1024)


def tree_cpu() -> float:
    """CPU seconds so far of this process and everything below it: the JVM and its Python workers."""
    parents, spent = {}, {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            number, _, rest = stat.read_text().partition(" (")
        except OSError:  # it has ended
            continue
        fields = rest.rpartition(")")[2].split()
        parents[int(number)] = int(fields[1])
        spent[int(number)] = sum(map(int, fields[11:15])) / _TICK
    return sum(seconds for number, seconds in spent.items() if _is_below(number, parents))


def _is_below(number: int, parents: dict[int, int]) -> bool:
    while number and number != os.getpid():
        number = parents.get(number, 0)
    return bool(number)
