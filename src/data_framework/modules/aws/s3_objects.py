"""Objects on S3 as streams: read from any position, resumed when a connection breaks; written whole or not at all."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from typing_extensions import override

from data_framework.modules.aws.clients import AwsClient
from data_framework.modules.exception import AwsError, AwsRequestError, AwsResourceMissingError, AwsUnreachableError

MISSING = {"NoSuchKey", "404", "NotFound"}
CONFLICT = {"PreconditionFailed", "ConditionalRequestConflict", "412", "409"}
TAIL = 64 * 1024
_WINDOW = 1024 * 1024
_MOST_WINDOW = 16 * 1024 * 1024
_PART = 8 * 1024 * 1024
_MOST_PARTS_OF_A_SIZE = 1000
_RESUMED = 5
# S3 asks who lost a race of conditional writes to try again.
_RACES = 20


def is_missing(error: AwsError) -> bool:
    """Whether an error says that an object does not exist (not its bucket)."""
    return isinstance(error, AwsRequestError | AwsResourceMissingError) and error.context.get("code") in MISSING


def is_conflict(error: AwsError) -> bool:
    """Whether an error says that the condition of a write does not hold."""
    return isinstance(error, AwsRequestError) and error.context.get("code") in CONFLICT


def split_uri(uri: str) -> tuple[str, str]:
    """Split an address into bucket and key.

    Example:
        >>> split_uri("s3://bucket/a/b c.csv"), split_uri("bucket/a")
        (('bucket', 'a/b c.csv'), ('bucket', 'a'))
    """
    for scheme in ("s3://", "s3a://", "s3n://"):
        uri = uri.removeprefix(scheme)
    bucket, _, key = uri.partition("/")
    return bucket, key


@dataclass(frozen=True)
class S3Address:
    """One object: a client, its bucket and key, and what every write of it says (encryption)."""

    client: AwsClient
    bucket: str
    key: str
    extra: Mapping[str, Any]

    @property
    def named(self) -> dict[str, str]:
        """Bucket and key as parameters of a request."""
        return {"Bucket": self.bucket, "Key": self.key}


@dataclass(frozen=True)
class Piece:
    """Some bytes of an object, and its size and time."""

    content: bytes
    size: int
    modified: datetime


class S3Stream(io.RawIOBase):
    """An object read from its start, in one request; a broken connection is taken up where it broke.

    An object that is replaced meanwhile is read on as it was, or, where the connection has to be made again, refused.
    """

    def __init__(self, address: S3Address) -> None:
        super().__init__()
        self._address = address
        self._position = 0
        answer = address.client.get_object(**address.named)
        self._etag, self.size = str(answer["ETag"]), int(answer["ContentLength"])
        self._body = answer["Body"]

    @override
    def readable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: Any) -> int:
        data = self._read(len(buffer))
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)

    def _read(self, size: int) -> bytes:
        last: Exception | None = None
        for _ in range(_RESUMED):
            try:
                data: bytes = self._body.read(size)
                if data or self._position >= self.size:
                    return data
            except _interruptions() as error:
                last = error
            self._body.close()
            wanted = {"Range": f"bytes={self._position}-", "IfMatch": self._etag}
            self._body = self._address.client.get_object(**self._address.named, **wanted)["Body"]
        reason = f"s3://{self._address.bucket}/{self._address.key} broke off at byte {self._position}: {last or 'end'}"
        raise AwsUnreachableError(service="s3", operation="GetObject", reason=reason) from last

    @override
    def close(self) -> None:
        if not self.closed:
            self._body.close()
        super().close()


class S3Reader(io.RawIOBase):
    """An object read from any position, a window at a time: the end first, for that is where Parquet tells its shape.

    Args:
        address: The object.
        tail: Its end.
    """

    def __init__(self, address: S3Address, tail: Piece) -> None:
        super().__init__()
        self._address = address
        self._tail, self.size = tail.content, tail.size
        self._window, self._start, self._ahead = b"", 0, _WINDOW
        self._position = 0

    @override
    def readable(self) -> bool:
        return True

    @override
    def seekable(self) -> bool:
        return True

    @override
    def tell(self) -> int:
        return self._position

    @override
    def seek(self, offset: int, whence: int = 0) -> int:
        self._position = offset + (0, self._position, self.size)[whence]
        return self._position

    @override
    def readinto(self, buffer: Any) -> int:
        data = self._piece(min(len(buffer), self.size - self._position))
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)

    def _piece(self, wanted: int) -> bytes:
        if wanted <= 0:
            return b""
        tail = self.size - len(self._tail)
        if self._position >= tail:
            return self._tail[self._position - tail :][:wanted]
        inside = self._position - self._start
        if not 0 <= inside < len(self._window):
            # What is read in order is read in ever larger steps.
            self._ahead = min(self._ahead * 2, _MOST_WINDOW) if inside == len(self._window) else _WINDOW
            end = min(max(self._position + self._ahead, self._position + wanted), tail)
            self._window = fetch(self._address, self._position, end).content
            self._start, inside = self._position, 0
        return self._window[inside:][:wanted]


def fetch_tail(address: S3Address) -> Piece:
    """Read the end of an object."""
    return fetch(address, -TAIL, 0)


def fetch(address: S3Address, start: int, end: int) -> Piece:
    """Read bytes `start` to `end` (not included) of an object, or its last `-start`."""
    wanted = f"bytes={start}" if start < 0 else f"bytes={start}-{end - 1}"
    last: Exception | None = None
    for _ in range(_RESUMED):
        try:
            answer = address.client.get_object(**address.named, Range=wanted)
            with answer["Body"] as body:
                content = body.read()
        except AwsRequestError as error:
            if error.context.get("code") == "InvalidRange":
                return Piece(b"", 0, datetime.now(UTC))
            raise
        except _interruptions() as error:
            last = error
            continue
        total = str(answer.get("ContentRange", "")).rpartition("/")[2]
        return Piece(content, int(total) if total.isdigit() else len(content), answer["LastModified"])
    raise AwsUnreachableError(service="s3", operation="GetObject", reason=str(last)) from last


class S3Writer(io.RawIOBase):
    """An object being written: in one request if it is small, else in parts; closing publishes, `discard` does not.

    Args:
        address: The object.
        only_new: Publish only if there is none; `published` says whether it was.
    """

    def __init__(self, address: S3Address, *, only_new: bool = False) -> None:
        super().__init__()
        self._address = address
        self._condition = {"IfNoneMatch": "*"} if only_new else {}
        self._buffer = bytearray()
        self._parts: list[dict[str, Any]] = []
        self._upload = ""
        self._position = 0
        self.published = False

    @property
    def name(self) -> str:
        """The object's address."""
        return f"s3://{self._address.bucket}/{self._address.key}"

    @override
    def writable(self) -> bool:
        return True

    @override
    def tell(self) -> int:
        return self._position

    @override
    def write(self, data: Any) -> int:
        self._buffer += data
        self._position += len(data)
        size = _PART * (1 + len(self._parts) // _MOST_PARTS_OF_A_SIZE) * (1 + len(self._parts) // 5000 * 8)
        while len(self._buffer) >= size:
            self._send(bytes(self._buffer[:size]))
            del self._buffer[:size]
        return len(data)

    @override
    def close(self) -> None:
        if self.closed:
            return
        try:
            self._publish()
        except BaseException:
            self._abort()
            raise
        finally:
            super().close()

    @override
    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        if kind is None:
            self.close()
        else:
            self.discard()

    @override
    def __del__(self) -> None:
        # One that was forgotten is not finished; io would publish it here.
        self.discard()

    def discard(self) -> None:
        """Close without publishing; nothing stays behind."""
        if not self.closed:
            self._abort()
            super().close()

    def _publish(self) -> None:
        address = self._address
        if not self._upload:
            self._conditionally(lambda: address.client.put_object(
                **address.named, Body=bytes(self._buffer), **address.extra, **self._condition))  # fmt: skip
            return
        if self._buffer:
            self._send(bytes(self._buffer))
        parts = {"Parts": self._parts}
        self._conditionally(lambda: address.client.complete_multipart_upload(
            **address.named, UploadId=self._upload, MultipartUpload=parts, **self._condition))  # fmt: skip
        if not self.published:
            self._abort()

    def _conditionally(self, publish: Callable[[], Any]) -> None:
        for _ in range(_RACES):
            try:
                publish()
            except AwsError as error:
                if not self._condition or not is_conflict(error):
                    raise
                if error.context.get("code") in {"ConditionalRequestConflict", "409"}:
                    continue
                return
            self.published = True
            return

    def _send(self, part: bytes) -> None:
        address = self._address
        if not self._upload:
            self._upload = str(address.client.create_multipart_upload(**address.named, **address.extra)["UploadId"])
        number = len(self._parts) + 1
        sent = address.client.upload_part(**address.named, UploadId=self._upload, PartNumber=number, Body=part)
        self._parts.append({"ETag": sent["ETag"], "PartNumber": number})

    def _abort(self) -> None:
        upload, self._upload = self._upload, ""
        if upload:
            self._address.client.abort_multipart_upload(**self._address.named, UploadId=upload)


def _interruptions() -> tuple[type[Exception], ...]:
    """What a body being read raises when its connection breaks."""
    from botocore.exceptions import HTTPClientError, IncompleteReadError
    from urllib3.exceptions import HTTPError

    return HTTPClientError, IncompleteReadError, HTTPError, OSError
