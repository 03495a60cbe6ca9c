"""Claims on S3: an object each, made only if there is none, renewed while it is held, taken over when it is old."""

from __future__ import annotations

import hashlib
import json
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from data_framework.modules.aws import AwsClients
from data_framework.modules.aws.s3_objects import is_conflict, is_missing
from data_framework.modules.exception import AwsError
from data_framework.modules.utils.logger import get_logger

_RENEWALS = 6
_logger = get_logger("state")


@dataclass
class _Held:
    """A claim this process holds: its object as it was last written, and when (of the monotonic clock)."""

    key: str
    body: dict[str, Any]
    etag: str
    renewed: float


class S3Claims:
    """Claims with a lease. How old a claim is says S3's own clock: those of the machines may differ.

    Args:
        aws: The clients.
        bucket: Where the claims are.
        folder: The folder of them.
        extra: What every write says (encryption).
        lease_seconds: How long a claim outlives its owner.
    """

    def __init__(
        self, aws: AwsClients, bucket: str, folder: str, extra: Mapping[str, Any], lease_seconds: float
    ) -> None:
        self._aws, self._bucket, self._folder, self._extra = aws, bucket, folder, extra
        self._lease = lease_seconds
        self._held: dict[str, _Held] = {}
        self._guard = threading.RLock()
        self._ended = threading.Event()
        self._renewer: threading.Thread | None = None
        self.lost = ""

    def take(self, name: str, owner: str) -> bool:
        """Take a claim without waiting; one whose lease has run out is taken over."""
        with self._guard:
            if name in self._held:
                return False
            key = self._key(name)
            body = {"name": name, "owner": owner, "token": uuid.uuid4().hex, "renewed": 0}
            began = time.monotonic()
            etag = self._put(key, body, {"IfNoneMatch": "*"}) or self._take_over(key, body)
            if etag:
                self._held[name] = _Held(key, body, etag, began)
                self._keep_renewing()
            return bool(etag)

    def release(self, name: str) -> None:
        """End a claim, if it is held here and cannot be another's by now."""
        with self._guard:
            held = self._held.pop(name, None)
            if held and time.monotonic() - held.renewed < self._lease:
                self._client.delete_object(Bucket=self._bucket, Key=held.key)

    def holder(self, name: str) -> str:
        """Who took a claim last, and when it is over if its owner is dead; empty when nobody did."""
        found = self._read(self._key(name))
        if found is None:
            return ""
        body, _, age = found
        left = max(self._lease - age, 0)
        return f"{body['owner']}, who last renewed it {age:.0f} s ago (dead, it is free in {left:.0f} s)"

    def close(self) -> None:
        """Let go of everything."""
        self._ended.set()
        for name in list(self._held):
            self.release(name)
        if self._renewer is not None:
            self._renewer.join()
            self._renewer = None

    # inside ---------------------------------------------------------------------------------------------------------
    @property
    def _client(self) -> Any:
        return self._aws.client("s3")

    def _key(self, name: str) -> str:
        return f"{self._folder}/{hashlib.sha256(name.encode()).hexdigest()[:32]}"

    def _put(self, key: str, body: Mapping[str, Any], condition: Mapping[str, str]) -> str:
        """Write a claim under a condition; "" when it does not hold."""
        try:
            written = self._client.put_object(
                Bucket=self._bucket, Key=key, Body=json.dumps(body).encode(), **self._extra, **condition
            )
        except AwsError as error:
            if is_missing(error):
                return ""
            if not is_conflict(error):
                raise
            found = self._read(key)
            # Ours after all: the answer to a first attempt was lost.
            return found[1] if found and found[0] == body else ""
        return str(written["ETag"])

    def _take_over(self, key: str, body: Mapping[str, Any]) -> str:
        found = self._read(key)
        if found is None:
            return ""
        there, etag, age = found
        if age < self._lease:
            return ""
        _logger.warning("The claim %r of %s is %d seconds old and is taken over.", there["name"], there["owner"], age)
        return self._put(key, body, {"IfMatch": etag})

    def _read(self, key: str) -> tuple[dict[str, Any], str, float] | None:
        """A claim, its ETag and its age in seconds."""
        try:
            found = self._client.get_object(Bucket=self._bucket, Key=key)
        except AwsError as error:
            if is_missing(error):
                return None
            raise
        with found["Body"] as body:
            content = json.loads(body.read())
        now = parsedate_to_datetime(found["ResponseMetadata"]["HTTPHeaders"]["date"])
        return content, str(found["ETag"]), (now - found["LastModified"]).total_seconds()

    def _keep_renewing(self) -> None:
        if self._renewer is None:
            self._ended.clear()
            self._renewer = threading.Thread(target=self._renew_all, name="claims", daemon=True)
            self._renewer.start()

    def _renew_all(self) -> None:
        while not self._ended.wait(self._lease / _RENEWALS):
            with self._guard:
                for name, held in list(self._held.items()):
                    self._renew(name, held)

    def _renew(self, name: str, held: _Held) -> None:
        began, body = time.monotonic(), {**held.body, "renewed": held.body["renewed"] + 1}
        try:
            etag = self._put(held.key, body, {"IfMatch": held.etag})
        except AwsError as error:
            _logger.warning("The claim %r could not be renewed: %s", name, error)
            if began - held.renewed < self._lease:
                return
            etag = ""
        if etag:
            self._held[name] = _Held(held.key, body, etag, began)
        else:
            _logger.warning("The claim %r was lost: another run has taken it over.", name)
            self.lost = name
            del self._held[name]
