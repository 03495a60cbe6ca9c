"""What the other engine's tests say of windows holds on Spark."""

from unit.data_process.engine.test_windows import *  # noqa: F403
