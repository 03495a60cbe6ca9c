"""What the other engine's tests say of write modes, checks and frames holds on Spark."""

from unit.data_process.engine.test_modes import *  # noqa: F403
