"""What the run store keeps: deliveries, publishes, metrics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar, cast

from data_framework.modules.state.documents import Document


@dataclass(frozen=True)
class Delivery:
    """One landed object the framework has looked at: a line of the ledger.

    Attributes:
        dataflow: The dataflow it belongs to.
        key, size, modified, version: Its identity in the landing layer; a file put back is a new delivery.
        file_name, file_date: Base name and data date (ISO), the date empty when it could not be found.
        database, table: The raw table it was meant for.
        content_hash: SHA-256 over the unpacked members by name, empty when it could not be read.
        disposition: ingested, restated, duplicate or rejected.
        in_force: Whether raw holds it now.
        superseded_by: The content hash of the restatement that replaced it, or "".
        raw_keys: Keys of its members in the raw layer.
        reader: How to read those members again: the resolved dialect, delivered names (JSON, see `RawFile`).
        rows: Data rows, None until counted.
        reasons: Why it was rejected, in sentences.
        run_id, arrived: The execution that took it and when (ISO UTC); `sequence` orders deliveries of a dataflow.
    """

    dataflow: str
    key: str
    size: int
    modified: int
    version: str = ""
    file_name: str = ""
    file_date: str = ""
    database: str = ""
    table: str = ""
    content_hash: str = ""
    disposition: str = "ingested"
    in_force: bool = False
    superseded_by: str = ""
    raw_keys: tuple[str, ...] = ()
    reader: Mapping[str, Any] = field(default_factory=dict)
    rows: int | None = None
    reasons: tuple[str, ...] = ()
    run_id: str = ""
    arrived: str = ""
    sequence: int = 0

    @property
    def identity(self) -> str:
        """What makes the landed object the same one: key, size and modification time or version."""
        return f"{self.key}|{self.size}|{self.version or self.modified}"


@dataclass(frozen=True)
class Publish:
    """A publish under way or done: the intent is written before anything is, and closed after the target's commit.

    Attributes:
        publish_id: Unique; also the `run-id` in the snapshot summary of the target and of its quarantine.
        status: intent, committed or abandoned.
        counts: The counts of the table's entry in the answer, once committed.
    """

    publish_id: str
    run_id: str
    dataflow: str
    process: str
    layer: str
    database: str
    table: str
    file_date: str = ""
    status: str = "intent"
    started: str = ""
    counts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Metric:
    """One measured number: name and unit of DOMAIN ("Monitoring"), its dimensions, and when (ISO UTC)."""

    name: str
    value: float | None
    unit: str
    dimensions: Mapping[str, str]
    at: str


Record = TypeVar("Record", Delivery, Publish, Metric)
_TUPLES = {"raw_keys", "reasons"}


def to_document(record: Delivery | Publish | Metric) -> Document:
    """Write a record as JSON."""
    values = {entry.name: getattr(record, entry.name) for entry in fields(record)}
    return {name: dict(value) if isinstance(value, Mapping) else value for name, value in values.items()}


def from_document(kind: type[Record], document: Document) -> Record:
    """Read a record; what an older version did not know has its default, what a newer one added is left out."""
    known = {entry.name for entry in fields(kind)}
    values = {name: tuple(value) if name in _TUPLES else value for name, value in document.items() if name in known}
    return kind(**cast(Any, values))
