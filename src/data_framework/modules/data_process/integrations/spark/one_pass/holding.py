"""Text is read, cast and judged once: typed rows with their bits are kept in work files, and the rest reads those.

Beside a row that is set aside lies its text as it was delivered. A row that loses its place only later (its key, a
reference) is read again, for that is seldom.
"""

from __future__ import annotations

from pyspark.sql import Observation, functions

from data_framework.modules.data_process.integrations.spark.one_pass.prepared import LINE, PLACE, Pinned
from data_framework.modules.data_process.integrations.spark.one_pass.sources import FAULT, TEXT
from data_framework.modules.data_process.plan import hidden


def hold(pinned: Pinned) -> None:
    """Write the judged rows of raw files; rows of queries and frames lie in work files before they are judged."""
    if pinned.source.types is not None:
        return
    layout, seen = pinned.layout, Observation()
    row = f"CASE WHEN {FAULT} IS NULL AND {layout.set_aside} THEN {pinned.row} END AS {hidden.ROW}"
    rows = pinned.judged.selectExpr(
        *PLACE, LINE, *pinned.target_columns, *layout.cast_columns, *layout.check_columns, FAULT, TEXT, row
    )
    broken = functions.expr(f"count_if({FAULT} IS NOT NULL) AS faults")
    kept = pinned.desk.keep(rows.observe(seen, broken), "rows")
    pinned.judged, pinned.row = kept.where(f"{FAULT} IS NULL").drop(FAULT, TEXT), hidden.ROW
    if pinned.source.deliveries.names and seen.get["faults"]:
        pinned.faults = kept.where(f"{FAULT} IS NOT NULL").select(hidden.FILE, LINE, FAULT, TEXT)
