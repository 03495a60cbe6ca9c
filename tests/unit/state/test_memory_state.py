"""The run store in memory keeps the contract."""

from __future__ import annotations

import pytest

from data_framework.testing import MemoryState, StateConformance


class TestMemoryState(StateConformance):
    @pytest.fixture
    def state(self) -> MemoryState:
        return MemoryState()

    @pytest.fixture
    def again(self, state: MemoryState) -> MemoryState:
        return MemoryState(state)
