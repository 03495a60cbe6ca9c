"""The files of tables on S3 for PyIceberg: written whole or not at all, read with the clients of the framework."""

from __future__ import annotations

import io
from typing import Any

from pyiceberg.io import FileIO, InputFile, OutputFile
from pyiceberg.io.pyarrow import PyArrowFileIO
from typing_extensions import override

from data_framework.modules.aws import AwsClients, bucket_of, encryption
from data_framework.modules.aws.s3_filesystem import S3FileSystem
from data_framework.modules.aws.s3_objects import S3Writer, split_uri
from data_framework.modules.catalogue.integrations.iceberg.places import Files, plain_path
from data_framework.modules.config.model.tables import TableRef


class S3File(InputFile, OutputFile):
    """One object, to read or to write."""

    def __init__(self, location: str, filesystem: S3FileSystem) -> None:
        super().__init__(location)
        self._filesystem = filesystem

    @override
    def __len__(self) -> int:
        return int(self._filesystem.size(self.location))

    @override
    def exists(self) -> bool:
        return bool(self._filesystem.exists(self.location))

    @override
    def open(self, seekable: bool = True) -> Any:
        return self._filesystem.open(self.location, "rb")

    @override
    def create(self, overwrite: bool = False) -> Any:
        return _Whole(self._filesystem.open(self.location, "wb" if overwrite else "xb"))

    @override
    def to_input_file(self) -> S3File:
        return self


class _Whole(io.BufferedWriter):
    """An object that is published when it is closed in peace, and not when the block that writes it fails."""

    def __init__(self, writer: S3Writer) -> None:
        super().__init__(writer)
        self._writer = writer

    @override
    def __exit__(self, kind: type[BaseException] | None, *error: Any) -> None:
        if kind is not None:
            self._writer.discard()
            return
        self.close()

    @override
    def close(self) -> None:
        super().close()
        if not self._writer.published:
            raise FileExistsError(f"there is an object of this name: {self._writer.name}")


class S3Files(Files):
    """The files of tables in `s3://<prefix>-<layer>/<database>/<table>`."""

    def __init__(self, aws: AwsClients, prefix: str, kms_key: str | None = None) -> None:
        super().__init__()
        self._aws, self._prefix = aws, prefix
        self._extra = encryption(kms_key)
        self._opened: S3FileSystem | None = None

    @override
    def new_input(self, location: str) -> S3File:
        return S3File(plain_path(location), self.filesystem())

    @override
    def new_output(self, location: str) -> S3File:
        return S3File(plain_path(location), self.filesystem())

    @override
    def delete(self, location: str | InputFile | OutputFile) -> None:
        self.filesystem().rm_file(plain_path(location if isinstance(location, str) else location.location))

    @override
    def folder(self, ref: TableRef) -> str:
        return f"s3://{bucket_of(self._prefix, ref.layer)}/{ref.database}/{ref.table}"

    @override
    def layer(self, location: str, database: str, table: str) -> str | None:
        bucket, key = split_uri(location)
        mine = bucket.startswith(f"{self._prefix}-") and key.startswith(f"{database}/{table}/")
        return bucket.removeprefix(f"{self._prefix}-") if mine else None

    @override
    def prepare(self, folder: str) -> None:
        """Nothing to do: keys need no folders."""

    @override
    def remove_folder(self, folder: str) -> None:
        for path in self.staged(folder, ""):
            self.delete(path)

    @override
    def staged(self, folder: str, prefix: str) -> list[str]:
        bucket, key = split_uri(folder)
        listed = self._aws.client("s3").pages("list_objects_v2", "Contents", Bucket=bucket, Prefix=f"{key}/")
        return [f"s3://{bucket}/{one['Key']}" for one in listed
                if str(one["Key"]).rpartition("/")[2].startswith(prefix)]  # fmt: skip

    @override
    def written_before(self, folder: str, moment: float) -> list[str]:
        bucket, key = split_uri(folder)
        listed = self._aws.client("s3").pages("list_objects_v2", "Contents", Bucket=bucket, Prefix=f"{key}/")
        return [f"s3://{bucket}/{one['Key']}" for one in listed if one["LastModified"].timestamp() < moment]

    @override
    def filesystem(self) -> S3FileSystem:
        if self._opened is None:
            self._opened = S3FileSystem(self._aws.client("s3"), self._extra)
        return self._opened

    @override
    def for_arrow(self) -> FileIO:
        return _ArrowFiles(self.filesystem())


class _ArrowFiles(PyArrowFileIO):
    """What PyArrow reads through: the same clients, whatever the way their credentials came."""

    def __init__(self, filesystem: S3FileSystem) -> None:
        from pyarrow.fs import FSSpecHandler, PyFileSystem

        super().__init__()
        wrapped = PyFileSystem(FSSpecHandler(filesystem))
        self._wrapped = wrapped

    @override
    def _initialize_fs(self, scheme: str, netloc: str | None = None) -> Any:
        return self._wrapped
