"""After a pass that failed: which checks cannot run on these rows."""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.errors import PySparkException

from data_framework.modules.data_process.integrations.spark.failures import SPARK_ERRORS, reason_of
from data_framework.modules.data_process.integrations.spark.one_pass.holding import hold
from data_framework.modules.data_process.integrations.spark.one_pass.layers import check_sql
from data_framework.modules.data_process.integrations.spark.one_pass.prepare import laid
from data_framework.modules.data_process.integrations.spark.one_pass.prepared import Pinned
from data_framework.modules.exception import PlanFailedError


def without_culprits(
    pinned: Pinned, errors: Mapping[str, str], cause: PySparkException
) -> tuple[Pinned, dict[str, str]]:  # fmt: skip
    """The plan without the checks that fail on its rows, each tried alone; and all that could not run, with why.

    Raises:
        PlanFailedError: It is not a check that fails.
    """
    layout, found = pinned.layout, dict(errors)
    bare = laid(pinned.desk, pinned.plan, layout, pinned.source, [])
    try:
        hold(bare)
    except SPARK_ERRORS as error:
        raise PlanFailedError(table=str(pinned.plan.target), reason=reason_of(error)) from cause
    for check in layout.checks:
        try:
            parts = check_sql(check, pinned.source.deliveries)
            bare.judged.selectExpr(*(f"count_if({part})" for part in parts)).collect()
        except SPARK_ERRORS as error:
            found[check.id] = reason_of(error)
    if len(found) == len(errors):
        raise PlanFailedError(table=str(pinned.plan.target), reason=reason_of(cause)) from cause
    kept = [check for check in layout.checks if check.id not in found]
    return laid(pinned.desk, pinned.plan, layout, pinned.source, kept), found
