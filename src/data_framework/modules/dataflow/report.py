"""What a process did, collected while it runs: the `processes` entry of INTERFACE's answer."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any

from data_framework.modules.config.model.tables import TableRef
from data_framework.modules.data_process import Written
from data_framework.modules.exception import DataFrameworkError
from data_framework.modules.validation import ControlResult

_COUNTS = ("rows_read", "rows_written", "rows_unchanged", "rows_deleted", "rows_quarantined", "rows_dropped",
           "rows_merged", "snapshot_id")  # fmt: skip


@dataclass
class TableEntry:
    """One table written in one unit."""

    ref: TableRef
    file_date: str
    written: Written

    def to_answer(self) -> dict[str, Any]:
        """The fields of INTERFACE's answer."""
        counts = asdict(self.written)
        named = {"layer": self.ref.layer, "database": self.ref.database, "table": self.ref.table}
        return {**named, "file_date": self.file_date, **{name: counts[name] for name in _COUNTS}}


@dataclass
class FileEntry:
    """One landed file as it was disposed of. `rows` stays None until a process counted them."""

    file_name: str
    file_date: str
    disposition: str
    reasons: tuple[str, ...] = ()
    content_hash: str = ""
    rows: int | None = None
    next_stage: bool = True

    def to_answer(self) -> dict[str, Any]:
        """The fields of INTERFACE's answer."""
        shown = asdict(self)
        shown.pop("next_stage")
        return {**shown, "reasons": list(self.reasons)}


@dataclass
class OutputEntry:
    """One report as it was written, or why not."""

    name: str
    path: str = ""
    rows: int = 0
    escaped: int = 0
    success: bool = True
    error: str = ""
    exit_code: int = 0

    def to_answer(self) -> dict[str, Any]:
        """The fields of INTERFACE's answer."""
        shown = asdict(self)
        shown.pop("exit_code")
        return shown


@dataclass(frozen=True)
class Mark:
    """How many entries of each kind a report has."""

    files: int
    tables: int
    outputs: int
    errors: int


@dataclass
class ProcessReport:
    """Everything one process did, over all its units; `would_run` names the units of a dry run.

    `rows_by_file` counts what was read of each delivery, by data date and file name; `peak_memory_mb` is
    the most its engine held in one process until its end, in millions of bytes.
    """

    process: str
    engine: str = "lambda"
    skipped: bool = True
    next_stage: bool = True
    duration_s: float = 0.0
    peak_memory_mb: float | None = None
    files: list[FileEntry] = field(default_factory=list)
    tables: list[TableEntry] = field(default_factory=list)
    controls: list[ControlResult] = field(default_factory=list)
    outputs: list[OutputEntry] = field(default_factory=list)
    errors: list[DataFrameworkError] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    would_run: list[str] = field(default_factory=list)
    rows_by_file: dict[tuple[str, str], int] = field(default_factory=dict)
    undelivered: int = 0

    def mark(self) -> Mark:
        """Where the report ends now."""
        return Mark(len(self.files), len(self.tables), len(self.outputs), len(self.errors))

    def after(self, mark: Mark) -> ProcessReport:
        """What was added since a mark, as a report of its own."""
        return replace(
            self, files=self.files[mark.files :], tables=self.tables[mark.tables :],
            outputs=self.outputs[mark.outputs :], errors=self.errors[mark.errors :], undelivered=0,
        )  # fmt: skip

    @property
    def exit_codes(self) -> set[int]:
        """The exit codes its outcomes ask for."""
        codes = {error.exit_code for error in self.errors}
        codes |= {1 if entry.disposition == "rejected" else 3 for entry in self.files
                  if entry.disposition in {"rejected", "failed"}}  # fmt: skip
        codes |= {entry.exit_code for entry in self.outputs if not entry.success}
        return codes | ({4} if self.undelivered else set())

    @property
    def success(self) -> bool:
        """Whether nothing failed, was stopped or rejected."""
        return not (self.exit_codes - {0, 4})

    def to_answer(self) -> dict[str, Any]:
        """The entry of `processes`."""
        lists = {name: [entry.to_answer() for entry in getattr(self, name)]
                 for name in ("files", "tables", "controls", "outputs")}  # fmt: skip
        return {
            "process": self.process, "engine": self.engine, "success": self.success, "skipped": self.skipped,
            "next_stage": self.next_stage, "duration_s": round(self.duration_s, 3),
            "peak_memory_mb": self.peak_memory_mb, **lists,
            "warnings": self.warnings, "would_run": self.would_run,
            "errors": [error.to_dict() for error in self.errors],
            "error": self.errors[0].to_dict() if self.errors else None,
        }  # fmt: skip
