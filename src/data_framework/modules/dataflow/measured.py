"""What past runs of a process were measured at: the run store remembers what they read and held."""

from __future__ import annotations

from data_framework.modules.data_process import Measured
from data_framework.modules.state import StateInterface

_RUNS = 10
_MEGA_IN_GIGA = 1000.0


def measured(state: StateInterface, dataflow: str, process: str, technology: str, mode: str) -> Measured:
    """The largest unit read and the highest peak among the latest runs of a process on an engine in a mode.

    Args:
        state: The run store.
        dataflow: Whose runs.
        process: The one of its processes.
        technology: The engine the peak was held on; what was read counts for any.
        mode: delta or full.
    """
    runs, sizes, peaks = 0, [0.0], [0.0]
    for run in state.runs(dataflow, limit=_RUNS):
        if run.get("execution_mode", "delta") != mode:
            continue
        read = state.metrics("TableReadSize", ExecutionId=run["execution_id"], Process=process)
        sizes += [metric.value or 0.0 for metric in read]
        runs += bool(read)
        peaks += [entry.get("peak_memory_mb") or 0.0 for entry in run["processes"]
                  if (entry["process"], entry["engine"]) == (process, technology)]  # fmt: skip
    return Measured(runs, max(sizes) / _MEGA_IN_GIGA, max(peaks) / _MEGA_IN_GIGA)
