"""What the other engine's tests say of quarantine holds on Spark."""

from unit.data_process.engine.test_quarantine import *  # noqa: F403
