"""What the other engine's tests say of windows, time limits and slices holds on Spark."""

from unit.data_process.engine.test_windows import *  # noqa: F403

del test_the_bytes_of_the_columns_a_check_looks_at_are_known  # noqa: F821 - Spark's readers do not say them by column
