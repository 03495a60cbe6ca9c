"""Bytes by layer and key."""

from data_framework.modules.storage.core_storage import STORAGES, open_storage
from data_framework.modules.storage.interface_storage import StorageInterface, StoredObject

__all__ = ["STORAGES", "StorageInterface", "StoredObject", "open_storage"]
