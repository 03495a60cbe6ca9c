"""The machine-readable result of a process that the next step of an orchestrator reads."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Payload:
    """The result of one process, as DOMAIN says it."""

    success: bool = True
    next_stage: bool = True
    file_name: str = ""
    file_date: str = ""
    execution_id: str = ""
    data_quality: dict[str, list[dict[str, str]]] = field(default_factory=lambda: {"tables": []})
    outputs: list[dict[str, Any]] = field(default_factory=list)
    notifications: list[dict[str, Any]] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)

    @staticmethod
    def path(project_id: str, dataflow: str, process: str) -> str:
        """Where the payload of a process is kept."""
        return f"/dataflow/{project_id}/{dataflow}-{process}/result"
