"""The storage in memory keeps the contract."""

from __future__ import annotations

import pytest

from data_framework.testing import MemoryStorage, StorageConformance


class TestMemoryStorage(StorageConformance):
    @pytest.fixture
    def storage(self) -> MemoryStorage:
        return MemoryStorage()
