"""The storage on S3: one bucket per layer."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, cast

from typing_extensions import override

from data_framework.modules.aws import AwsClients, bucket_of, encryption
from data_framework.modules.aws.s3_objects import S3Address, S3Stream, S3Writer, is_missing
from data_framework.modules.exception import AwsError, StorageWriteError
from data_framework.modules.storage.integrations.scratch import Scratch
from data_framework.modules.storage.interface_storage import StorageInterface, StoredObject, key_problem

_BUFFER = 1024 * 1024
_BATCH = 1000


class S3Storage(StorageInterface):
    """Layers as buckets `<prefix>-<layer>`.

    An object appears when all of it was sent: in one request, or in parts that are put together at the end and thrown
    away when the stream that feeds them fails. Its version is its ETag with the second it was written in, because a
    bucket may keep no versions.

    Args:
        aws: The clients.
        prefix: How the names of the buckets begin.
        kms_key: The key that objects are encrypted with; None: as the bucket says.
    """

    failures: ClassVar[tuple[type[Exception], ...]] = (OSError, AwsError)

    def __init__(self, aws: AwsClients, prefix: str, kms_key: str | None = None) -> None:
        self._aws, self._prefix = aws, prefix
        self._extra = encryption(kms_key)
        self._scratch = Scratch(Path(tempfile.gettempdir()) / f"data-framework-{os.getuid()}")

    @override
    @contextmanager
    def work_folder(self) -> Iterator[str]:
        with self._translated(StorageWriteError, "scratch", "work folder"):
            folder = self._scratch.folder()
        try:
            yield str(folder)
        finally:
            self._scratch.remove(folder)

    @override
    def _list(self, layer: str, prefix: str) -> Iterator[StoredObject]:
        found = self._client.pages("list_objects_v2", "Contents", Bucket=self._bucket(layer), Prefix=prefix)
        for one in found:
            # Consoles make empty objects that stand for folders.
            if not one["Key"].endswith("/"):
                yield _described(layer, str(one["Key"]), int(one["Size"]), one)

    @override
    def _stat(self, layer: str, key: str) -> StoredObject | None:
        try:
            found = self._client.head_object(Bucket=self._bucket(layer), Key=key)
        except AwsError as error:
            if is_missing(error):
                return None
            raise
        return _described(layer, key, int(found["ContentLength"]), found)

    @override
    def _open(self, layer: str, key: str) -> BinaryIO:
        return cast(BinaryIO, io.BufferedReader(S3Stream(self._address(layer, key)), _BUFFER))

    @override
    def _write(self, layer: str, key: str, chunks: Iterable[bytes], *, only_new: bool) -> bool:
        with S3Writer(self._address(layer, key), only_new=only_new) as writer:
            for chunk in chunks:
                writer.write(chunk)
        return writer.published

    @override
    def _move(self, layer: str, key: str, to_layer: str, to_key: str) -> None:
        source = {"Bucket": self._bucket(layer), "Key": key}
        self._client.copy(CopySource=source, Bucket=self._bucket(to_layer), Key=to_key, ExtraArgs=dict(self._extra))
        self._delete(layer, key)

    @override
    def _delete(self, layer: str, key: str) -> None:
        self._client.delete_object(Bucket=self._bucket(layer), Key=key)

    @override
    def _clear(self, layer: str, prefix: str) -> None:
        found = self._client.pages("list_objects_v2", "Contents", Bucket=self._bucket(layer), Prefix=prefix)
        keys = [{"Key": one["Key"]} for one in found]
        for start in range(0, len(keys), _BATCH):
            batch = {"Objects": keys[start : start + _BATCH], "Quiet": True}
            answer = self._client.delete_objects(Bucket=self._bucket(layer), Delete=batch)
            for left in answer.get("Errors", ()):
                raise OSError(f"{left['Key']} stays: {left.get('Message') or left['Code']}")

    @override
    def _uri(self, layer: str, key: str) -> str:
        return f"s3://{self._bucket(layer)}/{key}"

    @property
    def _client(self) -> Any:
        return self._aws.client("s3")

    def _bucket(self, layer: str) -> str:
        return bucket_of(self._prefix, layer)

    def _address(self, layer: str, key: str) -> S3Address:
        return S3Address(self._client, self._bucket(layer), key, self._extra)


def _described(layer: str, key: str, size: int, found: Mapping[str, Any]) -> StoredObject:
    moment = int(found["LastModified"].timestamp())
    version = f"{str(found['ETag']).strip(chr(34))}.{moment}"
    problem = key_problem(key)
    return StoredObject(layer, key, size, moment * 1_000_000_000, version, f"a key where {problem}" if problem else "")
