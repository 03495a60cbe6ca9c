"""Several deliveries at once, as if one after the other: the newest wins, the undelivered stays."""

from __future__ import annotations

from collections.abc import Mapping

from data_framework.modules.data_process.integrations.pandas import casts
from data_framework.modules.data_process.integrations.pandas.prepared import Staged
from data_framework.modules.data_process.plan import hidden
from data_framework.modules.data_process.plan.target import partition_is_date
from data_framework.modules.utils.names import quote_identifier as quoted


def last_delivered(staged: Staged) -> str:
    """The SELECT of the rows that stay when each delivery (a data date) replaces the table, or its partitions.

    Empty when every row stays.
    """
    dates, partition = staged.deliveries.dates, staged.plan.partition_field
    mode = staged.plan.write_mode
    if mode == "append" or len({*dates}) < 2 or (mode == "overwrite_partition" and partition_is_date(staged.plan)):
        return ""
    ranks = sorted({*dates})
    place = f"[{', '.join(str(ranks.index(date)) for date in dates)}][s.{hidden.FILE} + 1]"
    columns = ", ".join(f"s.{quoted(name)}" for name in staged.layout.names)
    rows = staged.sound(f"{staged.target_columns}, {hidden.FILE}")
    if mode == "overwrite" or partition is None:
        return f"SELECT {columns} FROM ({rows}) s WHERE {place} = {len(ranks) - 1}"
    name = quoted(partition)
    last = f"SELECT s.{name}, max({place}) AS df_place FROM ({rows}) s GROUP BY 1"
    on = f"s.{name} IS NOT DISTINCT FROM l.{name} AND {place} = l.df_place"
    return f"SELECT {columns} FROM ({rows}) s SEMI JOIN ({last}) l ON {on}"


def replayed(staged: Staged, delivered: Mapping[str, str]) -> str:
    """The SELECT of the table that replaying the staged deliveries by date gives."""
    keys = staged.plan.primary_keys
    dates = ", ".join(casts.literal(date) if date else "NULL" for date in staged.deliveries.dates)
    order = [f"CAST([{dates}] AS VARCHAR[])[s.{hidden.FILE} + 1] NULLS FIRST", f"s.{hidden.FILE}", f"s.{hidden.RECORD}"]
    if staged.plan.sequence_by:
        order.insert(0, f"s.{quoted(staged.plan.sequence_by)} NULLS FIRST")
    names = ", ".join(quoted(key) for key in keys)
    staged.cursor.execute(
        f"CREATE OR REPLACE TEMP TABLE df_again AS SELECT {names} FROM ({staged.sound(names)}) GROUP BY {names} "
        "HAVING count(*) > 1"
    )
    rows = staged.sound(f"{staged.target_columns}, {hidden.FILE}, {hidden.RECORD}")
    on = " AND ".join(f"s.{quoted(key)} = a.{quoted(key)}" for key in keys)
    columns = ", ".join(f"s.{quoted(name)}" for name in staged.layout.names)
    once = f"SELECT {columns} FROM ({rows}) s ANTI JOIN df_again a ON {on}"
    window = f"OVER (PARTITION BY {', '.join(f's.{quoted(key)}' for key in keys)} ORDER BY {', '.join(order)} "
    every = "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"
    values = ", ".join(
        f"s.{quoted(name)}" if delivered[name] == "true" or name in keys else
        f"(list(CASE WHEN {delivered[name]} THEN {{'v': s.{quoted(name)}}} END) FILTER ({delivered[name]}) "
        f"{window}{every})[-1].v "
        f"AS {quoted(name)}"
        for name in staged.layout.names
    )  # fmt: skip
    place = f"lead(true, 1, false) {window}) AS df_later"
    again = f"SELECT {values}, {place} FROM ({rows}) s SEMI JOIN df_again a ON {on}"
    picked = ", ".join(quoted(name) for name in staged.layout.names)
    return f"{once} UNION ALL SELECT {picked} FROM ({again}) WHERE NOT df_later"
