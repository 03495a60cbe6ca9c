"""The history: publishes, completed units, runs, metrics and payloads.

What is asked for newest first is kept under a time that counts down, so that the beginning of a listing is the answer.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from data_framework.modules.exception import UnknownRunError
from data_framework.modules.state.documents import Change, Delete, Document, Documents, Put, make_key, split_key
from data_framework.modules.state.model import Metric, Publish, from_document, to_document

_END_OF_TIME = 10**16


class Publishes(Documents):
    """The verbs on publishes under way and on units that are done."""

    def begin_publish(self, publish: Publish) -> None:
        """Write the intent."""
        self._commit([Put("open_publish", make_key(publish.dataflow, publish.publish_id), to_document(publish))])

    def close_publish(self, publish: Publish) -> None:
        """Close it as committed or abandoned."""
        self._commit([
            Put("publish", make_key(publish.run_id, publish.publish_id), to_document(publish)),
            Delete("open_publish", make_key(publish.dataflow, publish.publish_id)),
        ])  # fmt: skip

    def open_publishes(self, dataflow: str) -> list[Publish]:
        """Intents never closed: recovery asks the catalogue what became of them."""
        found = [from_document(Publish, document) for _, document in self._list("open_publish", make_key(dataflow, ""))]
        return sorted(found, key=lambda publish: publish.started)

    def publishes(self, run_id: str) -> list[Publish]:
        """The publishes a run closed, oldest first."""
        found = [from_document(Publish, document) for _, document in self._list("publish", make_key(run_id, ""))]
        return sorted(found, key=lambda publish: publish.started)

    def finish(self, dataflow: str, process: str, completed: Mapping[str, str], publishes: Sequence[Publish]) -> None:
        """Close the publishes of a unit and note what is done by it (unit → fingerprint), together or not at all.

        Other intents at the same place, left by attempts on an older input, are dropped with them.
        """
        places = {_place(publish) for publish in publishes}
        stale = [publish for publish in self.open_publishes(dataflow) if _place(publish) in places]
        self._commit([
            *(Put("complete", make_key(dataflow, process, unit), {"fingerprint": fingerprint})
              for unit, fingerprint in completed.items()),
            *(Put("publish", make_key(publish.run_id, publish.publish_id), to_document(publish))
              for publish in publishes),
            *(Delete("open_publish", make_key(dataflow, publish.publish_id)) for publish in [*publishes, *stale]),
        ])  # fmt: skip

    def reopen(self, dataflow: str, units: Mapping[str, Sequence[str]]) -> None:
        """Note that processes are no longer done for some units (process → units), all together."""
        self._commit([Delete("complete", make_key(dataflow, process, unit))
                      for process, names in units.items() for unit in names])  # fmt: skip

    def completed(self, dataflow: str, process: str) -> dict[str, str]:
        """Unit → fingerprint, for every unit a process is done for."""
        found = self._list("complete", make_key(dataflow, process, ""))
        return {split_key(key)[2]: document["fingerprint"] for key, document in found}


def _place(publish: Publish) -> tuple[str, str, str, str]:
    return publish.process, publish.database, publish.table, publish.file_date


class KeptResults(Documents):
    """Outcomes of controls between the judging and their table: kept at once, moved once a process, never twice."""

    def keep_results(self, dataflow: str, process: str, unit: str, results: Sequence[Document]) -> None:
        """Keep the outcomes of a unit; a unit that is judged again replaces what is still kept of it."""
        self._commit([Put("result", make_key(dataflow, process, unit), {"results": list(results)})])

    def take_results(self, dataflow: str, process: str) -> tuple[str, list[Document]]:
        """Begin to move the kept outcomes of a process, or go on with a move that was cut off.

        Returns:
            The token of the move ("" when there is nothing) and the outcomes.
        """
        move = self._move(dataflow, process)
        kept = [self._get("result", key) for key in move["keys"]]
        return move["token"], [result for stored in kept if stored for result in stored.document["results"]]

    def _move(self, dataflow: str, process: str) -> Document:
        """The move under way, another's too, or a new one."""
        place = make_key(dataflow, process)
        while True:
            if known := self._get("result_move", place):
                return known.document
            keys = self._keys("result", make_key(dataflow, process, ""))
            if not keys:
                return {"token": "", "keys": []}
            move: Document = {"token": uuid.uuid4().hex, "keys": keys}
            if self._commit([Put("result_move", place, move, expected=0)]):
                return move

    def results_taken(self, dataflow: str, process: str) -> None:
        """End a move: what it took is in its table."""
        place = make_key(dataflow, process)
        known = self._get("result_move", place)
        if known:
            gone = [Delete("result", key) for key in known.document["keys"]]
            self._commit([Delete("result_move", place), *gone])


class History(Documents):
    """The verbs on runs, metrics and payloads."""

    def save_run(self, run_id: str, answer: Document) -> None:
        """Write or replace the record of a run (`status` running|done, the answer of `run --json`).

        A run saved as running is held as a claim of this process, so that one that died is known as interrupted.
        """
        if answer.get("status") == "running":
            self._try_claim(_claim(run_id), run_id)
        known = self._get("run", make_key(run_id))
        record = known.document if known else {"order": _countdown(_now()), "started": _now().isoformat()}
        dataflow = str(answer.get("dataflow", ""))
        pointer = {"run_id": run_id}
        self._commit([
            Put("run", make_key(run_id), {**record, "answer": answer}),
            Put("run_order", make_key(record["order"], run_id), pointer),
            Put("run_order_of", make_key(dataflow, record["order"], run_id), pointer),
        ])  # fmt: skip
        if answer.get("status") != "running":
            self._release(_claim(run_id))

    def run(self, run_id: str) -> Document | None:
        """One run by id, or by a unique beginning of its id.

        Its document is the answer of `run --json` with `started`, and with `status` interrupted where the process that
        ran it is gone.

        Raises:
            UnknownRunError: Several ids begin so.
        """
        known = self._get("run", make_key(run_id))
        if known is None and run_id:
            keys = self._keys("run", make_key(run_id), limit=10)
            if len(keys) > 1:
                raise UnknownRunError(count=len(keys), run_id=run_id)
            known = self._get("run", keys[0]) if keys else None
        return self._shown(known.document) if known else None

    def runs(self, dataflow: str | None = None, limit: int = 50) -> list[Document]:
        """The latest runs, newest first."""
        if dataflow is None:
            keys = self._keys("run_order", limit=limit)
        else:
            keys = self._keys("run_order_of", make_key(dataflow, ""), limit=limit)
        found = [self._get("run", make_key(split_key(key)[-1])) for key in keys]
        return [self._shown(stored.document) for stored in found if stored]

    def expire_runs(self, keep_days: float) -> int:
        """Forget runs that began before that many days, their metrics, publishes and payloads; the ledger stays.

        Returns:
            How many runs were forgotten.
        """
        expired = self._keys("run_order", start=_countdown(_now() - timedelta(days=keep_days)))
        for key in expired:
            order, run_id = split_key(key)
            stored = self._get("run", make_key(run_id))
            dataflow = str(stored.document["answer"].get("dataflow", "")) if stored else ""
            changes: list[Change] = [Delete("payload", make_key(f"/runs/{run_id}/notifications"))]
            changes += [Delete("publish", found) for found in self._keys("publish", make_key(run_id, ""))]
            for found in self._keys("metrics_of", make_key(run_id, "")):
                changes += [Delete("metrics_of", found), Delete("metrics", make_key(*split_key(found)[1:]))]
            changes += [Delete("run_order_of", make_key(dataflow, order, run_id)), Delete("run", make_key(run_id))]
            self._commit([*changes, Delete("run_order", key)])
        return len(expired)

    def save_metrics(self, metrics: list[Metric]) -> None:
        """Append metrics."""
        if metrics:
            batch = make_key(_countdown(_now()), uuid.uuid4().hex[:12])
            document = {"metrics": [to_document(metric) for metric in metrics]}
            runs = {metric.dimensions.get("ExecutionId", "") for metric in metrics}
            index = [Put("metrics_of", f"{make_key(run_id)}/{batch}", {}) for run_id in sorted(runs)]
            self._commit([Put("metrics", batch, document), *index])

    def metrics(self, name: str | None = None, limit: int = 1000, **dimensions: str) -> list[Metric]:
        """The latest metrics, newest first, filtered by name and dimensions."""
        found: list[Metric] = []
        for batch in self._batches(dimensions.get("ExecutionId")):
            for document in reversed(batch["metrics"]):
                metric = from_document(Metric, document)
                if name in {None, metric.name} and dimensions.items() <= metric.dimensions.items():
                    found.append(metric)
            if len(found) >= limit:
                break
        return found[:limit]

    def save_payload(self, path: str, payload: Document) -> None:
        """Write a process's payload at `/dataflow/<project_id>/<dataflow>-<process>/result`, replacing the last."""
        self._commit([Put("payload", make_key(path), payload)])

    def payload(self, path: str) -> Document | None:
        """Read a payload."""
        stored = self._get("payload", make_key(path))
        return stored.document if stored else None

    def _batches(self, run_id: str | None) -> Iterator[Document]:
        if run_id is None:
            yield from (document for _, document in self._list("metrics"))
            return
        for key in self._keys("metrics_of", make_key(run_id, "")):
            stored = self._get("metrics", make_key(*split_key(key)[1:]))
            if stored:
                yield stored.document

    def _shown(self, record: Document) -> Document:
        shown = {"started": record["started"], **record["answer"]}
        run_id = str(shown.get("execution_id", ""))
        if shown.get("status") == "running" and self._try_claim(_claim(run_id), "a look at the history"):
            self._release(_claim(run_id))
            shown["status"] = "interrupted"
        return shown


def _claim(run_id: str) -> str:
    return f"run {run_id}"


def _now() -> datetime:
    return datetime.now(UTC)


def _countdown(moment: datetime) -> str:
    return f"{_END_OF_TIME - int(moment.timestamp() * 1_000_000):016d}"
