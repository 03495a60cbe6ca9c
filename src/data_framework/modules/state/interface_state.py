"""The contract of the run store: ledger of deliveries, publishes under way, runs, metrics, payloads and claims.

Everything is a JSON document in a collection under a key, so that a backend writes five primitives (SQLite locally,
conditional puts on S3) and every verb is written once. Documents carry a version; writes can be conditional on it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

Document = dict[str, Any]


@dataclass(frozen=True)
class Delivery:
    """One landed object the framework has looked at: a line of the ledger.

    Attributes:
        dataflow: The dataflow it belongs to.
        key, size, modified, version: Its identity in the landing layer; a file put back is a new delivery.
        file_name, file_date: Base name and data date (ISO), the date empty when it could not be found.
        database, table: The raw table it was meant for.
        content_hash: SHA-256 over the unpacked members by name, empty when it could not be read.
        disposition: ingested, restated, duplicate, rejected or failed.
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


class StateInterface(ABC):
    """The run store. Verbs are concrete over the primitives `_get _put _list _delete _close`."""

    # ledger ---------------------------------------------------------------------------------------------------------
    @abstractmethod
    def seen(self, dataflow: str) -> set[str]:
        """The identities of every landed object of a dataflow already looked at (failed ones excepted)."""

    @abstractmethod
    def record_delivery(self, delivery: Delivery) -> Delivery:
        """Write or replace the line of a delivery; a new one gets the next `sequence` of its dataflow."""

    @abstractmethod
    def deliveries(self, dataflow: str | None = None) -> Iterator[Delivery]:
        """Every line, oldest first."""

    @abstractmethod
    def in_force(self, database: str, table: str, file_date: str | None = None) -> list[Delivery]:
        """The deliveries raw holds now of a raw table (and date), by file date, then sequence. One indexed read a date."""

    @abstractmethod
    def raw_dates(self, database: str, table: str) -> dict[str, str]:
        """Every data date raw holds → fingerprint of what is in force (content hashes in order)."""

    # publishes and completion ---------------------------------------------------------------------------------------
    @abstractmethod
    def begin_publish(self, publish: Publish) -> None:
        """Write the intent."""

    @abstractmethod
    def close_publish(self, publish: Publish) -> None:
        """Close it as committed or abandoned."""

    @abstractmethod
    def open_publishes(self, dataflow: str) -> list[Publish]:
        """Intents never closed: recovery asks the catalogue what became of them."""

    @abstractmethod
    def complete(self, dataflow: str, process: str, unit: str, fingerprint: str) -> None:
        """Note that a process is done for a unit (a data date, a file, `run`) of the given input fingerprint."""

    @abstractmethod
    def completed(self, dataflow: str, process: str) -> dict[str, str]:
        """Unit → fingerprint, for every unit a process is done for."""

    # runs, metrics, payloads ----------------------------------------------------------------------------------------
    @abstractmethod
    def save_run(self, run_id: str, answer: Document) -> None:
        """Write or replace the record of a run (`status` running|done, the answer of `run --json`)."""

    @abstractmethod
    def run(self, run_id: str) -> Document | None:
        """One run by id, or by a unique beginning of its id."""

    @abstractmethod
    def runs(self, dataflow: str | None = None, limit: int = 50) -> list[Document]:
        """The latest runs, newest first."""

    @abstractmethod
    def save_metrics(self, metrics: list[Metric]) -> None:
        """Append metrics."""

    @abstractmethod
    def metrics(self, name: str | None = None, limit: int = 1000, **dimensions: str) -> list[Metric]:
        """The latest metrics, newest first, filtered by name and dimensions."""

    @abstractmethod
    def save_payload(self, path: str, payload: Document) -> None:
        """Write the payload of a process at `/dataflow/<project_id>/<dataflow>-<process>/result`, replacing the last."""

    @abstractmethod
    def payload(self, path: str) -> Document | None:
        """Read a payload."""

    # claims ---------------------------------------------------------------------------------------------------------
    @abstractmethod
    def claim(self, name: str, owner: str, wait_seconds: float = 600.0) -> AbstractContextManager[None]:
        """Hold a name for one owner; another waits with a message, then gets `ClaimedElsewhereError` (exit 3).

        Locally a dead owner's claim is free at once; elsewhere its lease runs out.
        """

    @abstractmethod
    def close(self) -> None:
        """Release what is open."""
