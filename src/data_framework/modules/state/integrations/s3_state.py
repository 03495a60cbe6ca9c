"""The run store on S3: a JSON object per document, written under conditions; claims with a lease."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from typing import Any, ClassVar

from typing_extensions import override

from data_framework.modules.aws import AwsClients, bucket_of, encryption
from data_framework.modules.aws.s3_objects import is_conflict, is_missing
from data_framework.modules.exception import AwsError, AwsSetupError, LeaseLostError, RunStoreError
from data_framework.modules.state.documents import Change, Document, Put, Stored, make_key
from data_framework.modules.state.integrations.s3_claims import S3Claims
from data_framework.modules.state.integrations.ssm_payloads import publish_payload
from data_framework.modules.state.interface_state import StateInterface

_PAGE = 200
_READERS = 16
_LONGEST_KEY, _KEPT = 800, 700
# No key holds it: in keys a percent sign is always escaped.
_CUT = "%~"
_RACES = 10


class S3State(StateInterface):
    """Documents as objects `<collection>/<key>` below a folder of the bucket `<prefix>-state`.

    A document says its own version, which is the time of its writing: it grows without being read first. Where a
    version is expected, the ETag that was read with it is the condition of the write.

    The payload of a process is written to the Parameter Store, too, where orchestrators read it.

    Args:
        aws: The clients.
        prefix: How the names of the buckets begin.
        project_id: The folder: several projects may share the buckets.
        kms_key: The key that objects are encrypted with.

    Attributes:
        lease_seconds: How long a claim outlives its owner: a killed run is followed within the time one is waited for.
    """

    poll_seconds: ClassVar[float] = 1.0
    lease_seconds: ClassVar[float] = 180.0

    def __init__(self, aws: AwsClients, prefix: str, project_id: str, kms_key: str | None = None) -> None:
        self._aws, self._bucket, self._folder = aws, bucket_of(prefix, "state"), project_id
        self._extra = encryption(kms_key)
        self._tags: dict[tuple[str, str], tuple[int, str]] = {}
        self._claims = S3Claims(aws, self._bucket, f"{project_id}/claim", self._extra, self.lease_seconds)

    @property
    def place(self) -> str:
        """Where it is, for messages."""
        return f"s3://{self._bucket}/{self._folder}"

    @override
    def save_payload(self, path: str, payload: Document) -> None:
        super().save_payload(path, payload)
        if path.startswith("/dataflow/"):
            with _translated(self.place):
                publish_payload(
                    self._aws, path, payload, f"s3://{self._bucket}/{self._name('payload', make_key(path))}"
                )

    @override
    def _get(self, collection: str, key: str) -> Stored | None:
        found = self._read(self._name(collection, key))
        if found is None:
            return None
        body, etag = found
        self._tags[collection, key] = (body["version"], etag)
        return Stored(body["document"], body["version"])

    @override
    def _commit(self, changes: Sequence[Change]) -> bool:
        if lost := self._claims.lost:
            raise LeaseLostError(name=lost, path=self.place)
        return all(self._apply(change) for change in changes)

    @override
    def _keys(self, collection: str, prefix: str = "", *, start: str = "", limit: int | None = None) -> list[str]:
        base = f"{self._folder}/{collection}/"
        after = {"StartAfter": f"{base}{start[:-1]}"} if start > prefix else {}
        found = self._named(collection, prefix, **after)
        return list(islice((key for key, _ in found if key >= start), limit))

    @override
    def _list(self, collection: str, prefix: str = "") -> Iterator[tuple[str, Document]]:
        found = self._named(collection, prefix)
        with ThreadPoolExecutor(_READERS) as readers:
            while page := list(islice(found, _PAGE)):
                bodies = readers.map(self._read, [name for _, name in page])
                for (key, _), body in zip(page, bodies, strict=True):
                    # One that was deleted since it was listed is not there.
                    if body is not None:
                        yield key, body[0]["document"]

    @override
    def _try_claim(self, name: str, owner: str) -> bool:
        who = f"{owner} ({socket.gethostname()}, process {os.getpid()})"
        with _translated(self.place):
            return self._claims.take(name, who)

    @override
    def _release(self, name: str) -> None:
        with _translated(self.place):
            self._claims.release(name)

    @override
    def _holder(self, name: str) -> str:
        with _translated(self.place):
            return self._claims.holder(name)

    @override
    def _close(self) -> None:
        with _translated(self.place):
            self._claims.close()

    # inside ---------------------------------------------------------------------------------------------------------
    @property
    def _client(self) -> Any:
        return self._aws.client("s3")

    def _apply(self, change: Change) -> bool:
        name = self._name(change.collection, change.key)
        with _translated(self.place):
            if not isinstance(change, Put):
                self._client.delete_object(Bucket=self._bucket, Key=name)
                return True
            return self._put(change, name)

    def _put(self, change: Put, name: str) -> bool:
        condition = self._condition(change)
        if condition is None:
            return False
        version = time.time_ns()
        body = json.dumps({"key": change.key, "version": version, "document": change.document}, default=_plain)
        for _ in range(_RACES):
            try:
                written = self._client.put_object(
                    Bucket=self._bucket, Key=name, Body=body.encode(), ContentType="application/json", **self._extra,
                    **condition,
                )  # fmt: skip
            except AwsError as error:
                if is_missing(error) and condition:
                    return False
                if not is_conflict(error):
                    raise
                if error.context["code"] != "ConditionalRequestConflict":
                    return self._is_mine(name, version)
            else:
                self._tags[change.collection, change.key] = (version, written["ETag"])
                return True
        return False

    def _is_mine(self, name: str, version: int) -> bool:
        """Whether a write that is said to have come too late is our own, whose answer was lost."""
        found = self._read(name)
        return found is not None and found[0]["version"] == version

    def _condition(self, change: Put) -> dict[str, str] | None:
        """The condition of a write as S3 knows it; None when it does not hold already."""
        if change.expected is None:
            return {}
        if change.expected == 0:
            return {"IfNoneMatch": "*"}
        place = (change.collection, change.key)
        if self._tags.get(place, (0, ""))[0] != change.expected:
            self._get(*place)
        version, etag = self._tags.get(place, (0, ""))
        return {"IfMatch": etag} if version == change.expected else None

    def _read(self, name: str) -> tuple[dict[str, Any], str] | None:
        with _translated(self.place):
            try:
                found = self._client.get_object(Bucket=self._bucket, Key=name)
            except AwsError as error:
                if is_missing(error):
                    return None
                raise
            with found["Body"] as body:
                return json.loads(body.read()), str(found["ETag"])

    def _named(self, collection: str, prefix: str, **after: str) -> Iterator[tuple[str, str]]:
        """The keys that begin so, with the names of their objects, in order."""
        base = f"{self._folder}/{collection}/"
        with _translated(self.place):
            pages = self._client.pages(
                "list_objects_v2", "Contents", Bucket=self._bucket, Prefix=f"{base}{_cut(prefix)}", **after
            )
            for one in pages:
                name = str(one["Key"])
                key = name.removeprefix(base)
                if _CUT in key:
                    found = self._read(name)
                    key = found[0]["key"] if found else ""
                if key.startswith(prefix):
                    yield key, name

    def _name(self, collection: str, key: str) -> str:
        """The name of a document's object: S3 allows 1024 bytes, so a long key is cut and says the rest by its hash."""
        if _cut(key) != key:
            key = f"{_cut(key)}{_CUT}{hashlib.sha256(key.encode()).hexdigest()}"
        return f"{self._folder}/{collection}/{key}"


@contextmanager
def _translated(place: str) -> Iterator[None]:
    try:
        yield
    except AwsSetupError:
        raise
    except AwsError as error:
        raise RunStoreError(path=place, reason=error.message.rstrip("."), hint=error.hint) from error


def _cut(text: str) -> str:
    """The beginning of a key that is too long."""
    return text if len(text.encode()) <= _LONGEST_KEY else text.encode()[:_KEPT].decode(errors="ignore")


def _plain(value: object) -> object:
    return dict(value) if isinstance(value, Mapping) else str(value)
