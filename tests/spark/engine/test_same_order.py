"""What the other engine's tests say of order_by holds on Spark."""

from unit.data_process.engine.test_order import *  # noqa: F403
