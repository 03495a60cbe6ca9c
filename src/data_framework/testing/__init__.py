"""Shipped tests: a backend of your own certifies itself by inheriting a suite (they need pytest)."""

from data_framework.testing.state_conformance import StateConformance
from data_framework.testing.storage_conformance import StorageConformance

__all__ = ["StateConformance", "StorageConformance"]
