"""The ledger: every landed object the framework has looked at, and which of them raw holds now.

Five collections: `delivery` holds the lines by dataflow and sequence; `identity` finds the line of a landed object;
`in_force` holds a copy of each line raw holds, by table and date, so that one short listing answers for a date however
long the ledger is; `name` finds the dates a base name is in force for; `sequence` counts. `identity` is written last
and taken away first: where changes are not made together (S3), a landed object whose recording was cut off is looked at
again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from data_framework.modules.state.documents import Change, Delete, Documents, Put, make_key, split_key
from data_framework.modules.state.model import Delivery, from_document, to_document


class Ledger(Documents):
    """The verbs on deliveries."""

    def seen(self, dataflow: str) -> set[str]:
        """The identities of every landed object of a dataflow already looked at."""
        return {split_key(key)[1] for key in self._keys("identity", make_key(dataflow, ""))}

    def record_delivery(self, delivery: Delivery) -> Delivery:
        """Write or replace the line of a delivery; a new one gets the next `sequence` of its dataflow.

        So does one that comes into force again: it is the latest now. Its old line stays if a restatement replaced it.
        """
        return self.record_all([delivery])[0]

    def record_all(self, deliveries: Sequence[Delivery]) -> list[Delivery]:
        """Write or replace several lines, all or none (locally), and return them with their sequences."""
        while True:
            batch = Batch(self)
            recorded = [batch.add(delivery) for delivery in deliveries]
            if self._commit(batch.changes):
                return recorded

    def deliveries(self, dataflow: str | None = None) -> Iterator[Delivery]:
        """Every line, oldest first."""
        prefix = make_key(dataflow, "") if dataflow is not None else ""
        found = self._list("delivery", prefix)
        lines: Iterator[Delivery] = (from_document(Delivery, document) for _, document in found)
        if dataflow is None:
            lines = iter(sorted(lines, key=lambda line: (line.arrived, line.dataflow, line.sequence)))
        yield from lines

    def in_force(self, database: str, table: str, file_date: str | None = None) -> list[Delivery]:
        """The deliveries raw holds now of a raw table (and date), by file date, then sequence: one indexed read."""
        parts = (database, table) if file_date is None else (database, table, file_date)
        return [from_document(Delivery, document) for _, document in self._list("in_force", make_key(*parts, ""))]

    def named(self, dataflow: str, file_name: str) -> list[Delivery]:
        """The latest line of every landed object of a dataflow with this base name, oldest first."""
        found = []
        for key in self._keys("identity", make_key(dataflow, "")):
            landed = split_key(key)[1].rsplit("|", 2)[0]
            stored = self._get("identity", key) if landed.rpartition("/")[2] == file_name else None
            line = self._get("delivery", _line_key(dataflow, stored.document["sequence"])) if stored else None
            found += [from_document(Delivery, line.document)] if line else []
        return sorted(found, key=lambda one: one.sequence)

    def dates_in_force(self, dataflow: str, file_name: str) -> set[str]:
        """The data dates a dataflow's files of this base name are in force for: one indexed read."""
        return {split_key(key)[2] for key in self._keys("name", make_key(dataflow, file_name, ""))}

    def raw_dates(self, database: str, table: str) -> dict[str, str]:
        """Every data date raw holds → fingerprint of what is in force (content hashes in order)."""
        hashes: dict[str, list[str]] = {}
        for key in self._keys("in_force", make_key(database, table, "")):
            _, _, file_date, _, _, content_hash = split_key(key)
            hashes.setdefault(file_date, []).append(content_hash)
        return {date: hashlib.sha256("\n".join(found).encode()).hexdigest() for date, found in hashes.items()}


class Batch:
    """The changes that record some deliveries, each conditional on what was read for it."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._last: dict[str, tuple[int, int]] = {}
        self._recorded: dict[str, Change] = {}
        self._unseen: list[Change] = []
        self._others: list[Change] = []
        self._seen: list[Change] = []

    @property
    def changes(self) -> list[Change]:
        """The lines and counters, which carry the conditions, before what is derived from them; seen comes last."""
        counters = [Put("sequence", make_key(dataflow), {"last": last}, version)
                    for dataflow, (last, version) in self._last.items()]  # fmt: skip
        return [*counters, *self._recorded.values(), *self._unseen, *self._others, *self._seen]

    def add(self, delivery: Delivery) -> Delivery:
        """Add one line and return it as it will be kept."""
        place = make_key(delivery.dataflow, delivery.identity)
        known = self._documents._get("identity", place)
        sequence = known.document["sequence"] if known else self._next(delivery.dataflow)
        key = _line_key(delivery.dataflow, sequence)
        stored = self._documents._get("delivery", key) if known else None
        old = from_document(Delivery, stored.document) if stored else None
        if old and delivery.in_force and not self._now(key, old).in_force:
            sequence = self._next(delivery.dataflow)
            self._leave(key, old)
            key, stored = _line_key(delivery.dataflow, sequence), None
        arrived = delivery.arrived or datetime.now(UTC).isoformat(timespec="microseconds")
        kept = replace(delivery, sequence=sequence, arrived=arrived)
        self._recorded[key] = Put("delivery", key, to_document(kept), stored.version if stored else 0)
        self._enforce(old, kept)
        if not stored:
            self._unseen += [Delete("identity", place)] if known else []
            self._seen.append(Put("identity", place, {"sequence": sequence}))
        return kept

    def _now(self, key: str, stored: Delivery) -> Delivery:
        """A line as it will be after what this batch has recorded of it."""
        pending = self._recorded.get(key)
        return from_document(Delivery, pending.document) if isinstance(pending, Put) else stored

    def _leave(self, key: str, old: Delivery) -> None:
        """Give a line's landed object a new line: the old one is history if raw held it, else it is dropped."""
        if not self._now(key, old).superseded_by:
            self._others.append(Delete("delivery", key))

    def _enforce(self, old: Delivery | None, kept: Delivery) -> None:
        if old:  # its line may say so already where the recording was cut off
            self._others += [Delete("in_force", _force_key(old)), Delete("name", _name_key(old))]
        if kept.in_force:
            self._others += [Put("in_force", _force_key(kept), to_document(kept)), Put("name", _name_key(kept), {})]

    def _next(self, dataflow: str) -> int:
        if dataflow not in self._last:
            counter = self._documents._get("sequence", make_key(dataflow))
            self._last[dataflow] = (counter.document["last"], counter.version) if counter else (0, 0)
        last, version = self._last[dataflow]
        self._last[dataflow] = (last + 1, version)
        return last + 1


def _line_key(dataflow: str, sequence: int) -> str:
    return make_key(dataflow, f"{sequence:012d}")


def _name_key(line: Delivery) -> str:
    return make_key(line.dataflow, line.file_name, line.file_date, f"{line.sequence:012d}")


def _force_key(line: Delivery) -> str:
    place = (line.database, line.table, line.file_date, f"{line.sequence:012d}", line.dataflow, line.content_hash)
    return make_key(*place)
