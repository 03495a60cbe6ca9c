"""The answer of a run: what `run --json` prints and the run store keeps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from data_framework.modules.dataflow import ProcessReport
from data_framework.modules.exception import DataFrameworkError

_ORDER = (130, 2, 3, 1, 4)


def exit_code_of(codes: set[int]) -> int:
    """Several outcomes: 2 over 3 over 1 over 4; an interruption over all.

    Example:
        >>> exit_code_of({0, 4, 1}), exit_code_of(set())
        (1, 0)
    """
    return next((code for code in _ORDER if code in codes), 0)


@dataclass
class Answer:
    """What one dataflow's run did."""

    execution_id: str
    dataflow: str
    processes: list[ProcessReport] = field(default_factory=list)
    error: DataFrameworkError | None = None
    duration_s: float = 0.0
    fail_on_warn: bool = False
    requests: dict[str, int] = field(default_factory=dict)
    execution_mode: str = "delta"

    @property
    def exit_code(self) -> int:
        """The exit code of the run."""
        codes = {code for process in self.processes for code in process.exit_codes}
        if self.error:
            codes.add(self.error.exit_code)
        if self.fail_on_warn and self._warned:
            codes.add(1)
        return exit_code_of(codes)

    @property
    def _warned(self) -> bool:
        return any(result.rag != "green" for process in self.processes for result in process.controls)

    def to_dict(self) -> dict[str, Any]:
        """INTERFACE's answer; `requests` says how often which service of AWS was asked, where one was."""
        asked = {"requests": self.requests} if self.requests else {}
        return {
            "execution_id": self.execution_id, "dataflow": self.dataflow,
            "execution_mode": self.execution_mode, "success": self.exit_code in {0, 4},
            "exit_code": self.exit_code, "duration_s": round(self.duration_s, 3),
            "processes": [process.to_answer() for process in self.processes],
            "error": self.error.to_dict() if self.error else None, **asked,
        }  # fmt: skip
