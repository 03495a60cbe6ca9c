"""What the other engine's tests say of publish holds on Spark."""

from unit.data_process.engine.test_publish import *  # noqa: F403
