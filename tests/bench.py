"""The bench is shipped: engines of others are tested on it, too."""

from data_framework.testing.engine.bench import Bench

__all__ = ["Bench"]
