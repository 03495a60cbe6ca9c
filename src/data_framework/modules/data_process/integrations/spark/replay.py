"""Several deliveries at once, as if one after the other: the newest wins, the undelivered stays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from data_framework.modules.data_process.integrations.spark.keys import repeated
from data_framework.modules.data_process.integrations.spark.layers import by_file
from data_framework.modules.data_process.integrations.spark.prepared import PLACE, Pinned
from data_framework.modules.data_process.integrations.spark.text import quoted
from data_framework.modules.data_process.plan import hidden
from data_framework.modules.data_process.plan.target import partition_is_date

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def last_delivered(pinned: Pinned) -> DataFrame | None:
    """The rows that stay when each delivery (a data date) replaces the table, or its partitions; None: every row."""
    dates, partition = pinned.source.deliveries.dates, pinned.plan.partition_field
    mode = pinned.plan.write_mode
    if mode == "append" or len({*dates}) < 2 or (mode == "overwrite_partition" and partition_is_date(pinned.plan)):
        return None
    ranks = sorted({*dates})
    place = by_file([str(ranks.index(date)) for date in dates], hidden.FILE, "int")
    rows = pinned.sound([*pinned.target_columns, f"{place} AS df_place"])
    if mode == "overwrite" or partition is None:
        return rows.where(f"df_place = {len(ranks) - 1}").drop("df_place")
    columns = pinned.target_columns
    last = rows.selectExpr("*", f"max(df_place) OVER (PARTITION BY {quoted(partition)}) AS df_last")
    return last.where("df_place = df_last").selectExpr(*columns)


def replayed(pinned: Pinned, delivered: Mapping[str, str]) -> DataFrame:
    """The table that replaying the pinned deliveries by date gives."""
    keys = [quoted(key) for key in pinned.plan.primary_keys]
    date = by_file(pinned.source.deliveries.dates, hidden.FILE)
    order = [f"{date} ASC NULLS FIRST", *PLACE]
    if pinned.plan.sequence_by:
        order.insert(0, f"{quoted(pinned.plan.sequence_by)} ASC NULLS FIRST")
    rows = pinned.sound([*pinned.target_columns, *PLACE])
    again = repeated(rows, pinned.plan.primary_keys).where("df_rows > 1").drop("df_rows")
    names = list(pinned.plan.primary_keys)
    once = rows.join(again, names, "left_anti").selectExpr(*pinned.target_columns)
    window = f"OVER (PARTITION BY {', '.join(keys)} ORDER BY {', '.join(order)}"
    every = "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"
    values = [
        quoted(name) if delivered[name] == "true" or name in names else
        f"(last(CASE WHEN {delivered[name]} THEN struct({quoted(name)} AS v) END, true) {window} {every}).v "
        f"AS {quoted(name)}"
        for name in pinned.layout.names
    ]  # fmt: skip
    later = f"lead(true, 1, false) {window}) AS df_later"
    told = rows.join(again, names, "left_semi").selectExpr(*values, later).where("NOT df_later").drop("df_later")
    return once.unionByName(told)
