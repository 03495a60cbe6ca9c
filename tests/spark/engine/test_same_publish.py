"""What the other engine's tests say of publish holds on Spark."""

from unit.data_process.engine.test_publish import *  # noqa: F403

del test_a_large_delivery_becomes_files_a_merge_can_leave_alone  # noqa: F821 - the sizes of files are Iceberg's own here
del test_rows_in_order_of_their_key_are_unique_without_counting  # noqa: F821 - looks at the SQL of the other engine
