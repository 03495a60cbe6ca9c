"""The choice of a storage."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from data_framework.modules.code import Backend, Backends
from data_framework.modules.storage.interface_storage import StorageInterface

if TYPE_CHECKING:
    from data_framework.modules.config import Config

STORAGES = Backends(
    "storage",
    {
        "local": Backend("data_framework.modules.storage.integrations.local_storage:LocalStorage"),
        "s3": Backend("data_framework.modules.storage.integrations.s3_storage:S3Storage", extra="aws"),
    },
)


def open_storage(config: Config) -> StorageInterface:
    """Open the storage a configuration names: buckets by its prefix, else the local data root."""
    if config.platform.bucket_prefix is not None:
        made = STORAGES.load("s3")(config.aws, config.platform.bucket_prefix, config.platform.encryption.kms_key)
        return cast(StorageInterface, made)
    return cast(StorageInterface, STORAGES.load("local")(config.data_root))
