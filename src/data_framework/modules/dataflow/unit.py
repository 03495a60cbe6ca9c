"""One unit of work of a process: a landed file, a data date, or a whole run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["file", "date", "run"]


@dataclass(frozen=True)
class Unit:
    """What a coordinator is asked to do.

    Attributes:
        dataflow, process: Names.
        kind: What one unit is.
        file_name, file_date: The file or date of the unit, "" where it has none.
        execution_mode: delta (one file, one date) or full (everything there is).
        fingerprint: Of the input, for resuming: a unit is done for an input once.
        landed: The landed object of a file unit of landing_to_raw.
        table: Only this target key, or "".
        run_id, job_id: The execution.
        current_date: The date of the run (ISO), for `{current_date}`.
    """

    dataflow: str
    process: str
    kind: Kind = "run"
    file_name: str = ""
    file_date: str = ""
    execution_mode: Literal["delta", "full"] = "delta"
    fingerprint: str = ""
    landed: Any = field(default=None, repr=False)
    table: str = ""
    run_id: str = ""
    job_id: str = ""
    current_date: str = ""

    @property
    def key(self) -> str:
        """The name of the unit among those of its process."""
        if self.execution_mode == "full":
            return "full"
        return {"file": f"{self.file_date}/{self.file_name}", "date": self.file_date, "run": "run"}[self.kind]

    @property
    def values(self) -> dict[str, str]:
        """The values that `{file_date}`, `{file_name}` and `{current_date}` stand for."""
        return {"file_date": self.file_date, "file_name": self.file_name, "current_date": self.current_date}
