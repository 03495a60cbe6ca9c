"""What a user asked to run: the arguments of the launcher and the command line, in one value."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Literal


def new_execution_id() -> str:
    """A fresh id that sorts by time."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:8]}"


@dataclass(frozen=True)
class Request:
    """One run of one dataflow.

    Attributes:
        process: Only this process; `first` and `last` bound the chain otherwise.
        files: Landed files named by the user (keys below landing, or base names).
        source_prefix: Key prefix below the landing layer.
        file_date: One data date; `start` and `end` bound data dates, inclusive.
        mode: delta, or full from the first process run.
        table: Only this target key.
        wait: Seconds to wait for another run of the same dataflow.
        debug: Log the traceback of every error.
        dry_run: Say what would run; touch nothing.
    """

    dataflow: str
    process: str = ""
    first: str = ""
    last: str = ""
    files: tuple[str, ...] = ()
    source_prefix: str = ""
    file_date: str = ""
    start: str = ""
    end: str = ""
    mode: Literal["delta", "full"] = "delta"
    table: str = ""
    execution_id: str = field(default_factory=new_execution_id)
    job_id: str = ""
    wait: float = 600.0
    dry_run: bool = False
    fail_on_warn: bool = False
    debug: bool = False

    @property
    def dates_named(self) -> bool:
        """Whether the user named data dates."""
        return bool(self.file_date or self.start or self.end)

    @property
    def days(self) -> tuple[str, ...]:
        """Every data date the user named: the one, or all from `start` to `end` (of one bound alone, that one)."""
        if self.file_date:
            return (self.file_date,)
        bounds = [date.fromisoformat(text) for text in (self.start, self.end) if text]
        if not bounds:
            return ()
        first, last = bounds[0], bounds[-1]
        return tuple((first + timedelta(days=n)).isoformat() for n in range((last - first).days + 1))

    def takes(self, file_date: str) -> bool:
        """Whether a data date is among those asked for."""
        if self.file_date:
            return file_date == self.file_date
        return (not self.start or file_date >= self.start) and (not self.end or file_date <= self.end)
