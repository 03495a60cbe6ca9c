"""S3 as an fsspec file system: the door DuckDB and PyArrow read and write tables through.

It stands on the clients of this package, so that credentials, endpoints, retries and the count of requests are the
same everywhere. What it reads is what the framework writes: objects under names of their own, never written again;
small ones are remembered.
"""

from __future__ import annotations

import io
import threading
from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fsspec import AbstractFileSystem
from typing_extensions import override

from data_framework.modules.aws.clients import AwsClient
from data_framework.modules.aws.s3_objects import (
    Piece,
    S3Address,
    S3Reader,
    S3Writer,
    fetch_tail,
    is_missing,
    split_uri,
)
from data_framework.modules.exception import AwsError

_REMEMBERED = 32 * 1024 * 1024
_BUFFER = 256 * 1024


class S3FileSystem(AbstractFileSystem):  # type: ignore[misc]  # fsspec has no types
    """Buckets and keys as paths `s3://bucket/key`.

    Args:
        client: The S3 client.
        extra: What every write says (encryption).
    """

    protocol = ("s3", "s3a")
    root_marker = ""
    cachable = False

    def __init__(self, client: AwsClient, extra: Mapping[str, Any]) -> None:
        super().__init__(skip_instance_cache=True)
        self._client, self._extra = client, extra
        self._known: OrderedDict[tuple[str, str], Piece] = OrderedDict()
        self._bytes = 0
        self._guard = threading.Lock()

    def address(self, path: str) -> S3Address:
        """The object at a path."""
        return S3Address(self._client, *split_uri(path), self._extra)

    @override
    def _open(self, path: str, mode: str = "rb", block_size: int | None = None, **_: Any) -> Any:
        if mode == "rb":
            try:
                address = self.address(path)
                return io.BufferedReader(S3Reader(address, self._tail(address)), _BUFFER)
            except AwsError as error:
                if is_missing(error):
                    raise FileNotFoundError(path) from error
                raise
        self._forget(path)
        if mode in {"wb", "xb"}:
            return S3Writer(self.address(path), only_new=mode == "xb")
        raise ValueError(f"objects are read (rb) and written (wb), not {mode}")

    @override
    def info(self, path: str, **_: Any) -> dict[str, Any]:
        address = self.address(path)
        name = f"{address.bucket}/{address.key}"
        if address.key and not address.key.endswith("/"):
            try:
                found = address.client.head_object(**address.named)
            except AwsError as error:
                if not is_missing(error):
                    raise
            else:
                return {"name": name, "size": found["ContentLength"], "type": "file", "modified": found["LastModified"]}
        prefix = f"{address.key.rstrip('/')}/" if address.key else ""
        if address.client.list_objects_v2(Bucket=address.bucket, Prefix=prefix, MaxKeys=1).get("KeyCount"):
            return {"name": name.rstrip("/"), "size": 0, "type": "directory"}
        raise FileNotFoundError(path)

    @override
    def ls(self, path: str, detail: bool = True, **_: Any) -> list[Any]:
        bucket, key = split_uri(path)
        prefix = f"{key.rstrip('/')}/" if key else ""
        found: list[dict[str, Any]] = []
        for page in self._client.raw.get_paginator("list_objects_v2").paginate(
            Bucket=bucket, Prefix=prefix, Delimiter="/"
        ):
            found += [{"name": f"{bucket}/{one['Prefix'].rstrip('/')}", "size": 0, "type": "directory"}
                      for one in page.get("CommonPrefixes", ())]  # fmt: skip
            found += [{"name": f"{bucket}/{one['Key']}", "size": one["Size"], "type": "file",
                       "modified": one["LastModified"]} for one in page.get("Contents", ())]  # fmt: skip
        if not found:
            found = [self.info(path)]
        return found if detail else [one["name"] for one in found]

    @override
    def size(self, path: str) -> int:
        return self._tail(self.address(path)).size

    @override
    def modified(self, path: str) -> datetime:
        return self._tail(self.address(path)).modified

    @override
    def mkdir(self, path: str, create_parents: bool = True, **_: Any) -> None:
        """Nothing to do: keys need no folders."""

    @override
    def makedirs(self, path: str, exist_ok: bool = False) -> None:
        """Nothing to do: keys need no folders."""

    @override
    def rm_file(self, path: str) -> None:
        self._forget(path)
        self._client.delete_object(**self.address(path).named)

    _rm = rm_file

    @override
    def cp_file(self, path1: str, path2: str, **_: Any) -> None:
        bucket, key = split_uri(path2)
        self._client.copy(CopySource=self.address(path1).named, Bucket=bucket, Key=key, ExtraArgs=dict(self._extra))

    def _tail(self, address: S3Address) -> Piece:
        """The end of an object, remembered."""
        place = (address.bucket, address.key)
        with self._guard:
            if place in self._known:
                self._known.move_to_end(place)
                return self._known[place]
        piece = fetch_tail(address)
        with self._guard:
            if place not in self._known:
                self._known[place] = piece
                self._bytes += len(piece.content)
            while self._bytes > _REMEMBERED:
                self._bytes -= len(self._known.popitem(last=False)[1].content)
        return piece

    def _forget(self, path: str) -> None:
        with self._guard:
            piece = self._known.pop(split_uri(path), None)
            self._bytes -= len(piece.content) if piece else 0
