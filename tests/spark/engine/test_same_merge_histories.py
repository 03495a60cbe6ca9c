"""What the other engine's tests say of merge_histories holds on Spark."""

from unit.data_process.engine.test_merge_histories import *  # noqa: F403
