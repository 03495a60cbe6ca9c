"""What the other engine's tests say of foreign_deletes holds on Spark."""

from unit.data_process.engine.test_foreign_deletes import *  # noqa: F403
