"""Primary keys of a merge: null keys, rows that are the same, rows that clash."""

from __future__ import annotations

from typing import TYPE_CHECKING

from data_framework.modules.data_process.integrations.spark.one_pass.layers import by_file
from data_framework.modules.data_process.integrations.spark.utils import literal, quoted
from data_framework.modules.data_process.plan import hidden
from data_framework.modules.data_process.plan.model import RawSource

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from data_framework.modules.data_process.integrations.spark.one_pass.prepared import Pinned

KEY_CONTROL = "primary_key"
CLASH = "duplicate_key"
_UNIT = "_df_unit"


def filled(names: tuple[str, ...]) -> str:
    """SQL: every one of these columns has a value."""
    return " AND ".join(f"{quoted(name)} IS NOT NULL" for name in names)


def apply_key_policy(pinned: Pinned) -> None:
    """Judge the primary keys of the rows a merge would publish."""
    keys = pinned.plan.primary_keys
    if pinned.plan.write_mode not in {"merge", "scd2"} or not keys:
        return
    unit = _unit(pinned)
    rows = pinned.sound([hidden.FILE, *map(quoted, keys)])
    frame = repeated(rows.selectExpr("*", f"{unit} AS {_UNIT}"), (*keys, _UNIT))
    row = frame.selectExpr(f"coalesce(sum(CASE WHEN NOT ({filled(keys)}) THEN df_rows END), 0) AS nulls",
                           f"coalesce(sum(CASE WHEN df_rows > 1 AND {filled(keys)} THEN 1 END), 0) AS again"
                           ).collect()[0]  # fmt: skip
    if row["nulls"]:
        _null_keys(pinned)
    if row["again"]:
        _clashes(pinned, frame.where(f"df_rows > 1 AND {filled(keys)}"), unit)
    elif unit == "''":
        pinned.unique.append(frozenset(keys))


def repeated(rows: DataFrame, names: tuple[str, ...]) -> DataFrame:
    """How often each value of some columns occurs: the columns and `df_rows`."""
    return rows.groupBy(*(quoted(name) for name in names)).count().withColumnRenamed("count", "df_rows")


def _unit(pinned: Pinned) -> str:
    """What a delivery is: in full mode the files of one data date; else everything that was read."""
    dates = pinned.source.deliveries.dates
    if not isinstance(pinned.plan.source, RawSource) or not pinned.plan.rebuilds or len({*dates}) < 2:
        return "''"
    return by_file([date or "?" for date in dates], hidden.FILE)


def _null_keys(pinned: Pinned) -> None:
    keys, effect = pinned.plan.primary_keys, pinned.plan.key_policy.nulls
    rows = pinned.sound(where=f"NOT ({filled(keys)})")
    pinned.note_late(rows.selectExpr(*_late(effect, KEY_CONTROL, ", ".join(keys), "null in the primary key")))


def _clashes(pinned: Pinned, again: DataFrame, unit: str) -> None:
    """Among the rows of repeated keys: equal ones collapse, others clash."""
    keys = pinned.plan.primary_keys
    group = ", ".join([*map(quoted, keys), _UNIT])
    every = ", ".join(f"{literal(name)}, {quoted(name)}" for name in pinned.layout.names)
    rows = pinned.sound().selectExpr("*", f"{unit} AS {_UNIT}").join(again.drop("df_rows"), [*keys, _UNIT], "left_semi")
    place = f"{hidden.FILE}, {hidden.RECORD}"
    ordered = ", ".join([*_order(pinned), place])
    newest = f"rank() OVER (PARTITION BY {group} ORDER BY {_sequence(pinned)}) = 1"
    told = rows.selectExpr("*", f"to_json(named_struct({every})) AS df_all", f"{newest} AS df_newest")
    within, latest = f"(PARTITION BY {group})", "CASE WHEN df_newest THEN df_all END"
    versions = told.selectExpr(
        hidden.FILE, hidden.RECORD, "df_newest",
        f"row_number() OVER (PARTITION BY {group}, df_all ORDER BY {place}) AS copy",
        f"row_number() OVER (PARTITION BY {group} ORDER BY {ordered}) AS place",
        f"df_newest AND min({latest}) OVER {within} <> max({latest}) OVER {within} AS clash",
    )  # fmt: skip
    versions = pinned.desk.keep(versions, "versions")
    policy = pinned.plan.key_policy.clash
    where, effect = {
        "quarantine": ("clash", "quarantine"),
        "drop": ("clash", "drop"),
        "unify": ("clash AND place > 1", "merged"),
    }[policy]
    copies = versions.where("NOT clash AND (copy > 1 OR NOT df_newest)").selectExpr(*_late("merged", "", "", ""))
    late = _late(effect, CLASH, ", ".join(keys), "rows with this key differ")
    pinned.note_late(copies.union(versions.where(where).selectExpr(*late)))


def _late(effect: str, control: str, field: str, message: str) -> list[str]:
    said = {"effect": effect, "control": control, "field": field, "message": message}
    return [hidden.FILE, hidden.RECORD, *(f"{literal(text)} AS {name}" for name, text in said.items())]


def _sequence(pinned: Pinned) -> str:
    """What decides among rows of one delivery, where the plan says so: the later one is the newer."""
    parts = [f"{quoted(pinned.plan.sequence_by)} DESC NULLS LAST"] if pinned.plan.sequence_by else []
    dates = pinned.source.deliveries.dates
    if not pinned.plan.rebuilds and len({*dates}) > 1:  # rows of several dates at once: those of a replay
        parts.append(f"{by_file(dates, hidden.FILE)} DESC")
    return ", ".join(parts) or "true"


def _order(pinned: Pinned) -> list[str]:
    return [f"{quoted(name)} {'DESC' if down else 'ASC'} NULLS LAST" for name, down in pinned.plan.key_policy.order_by]
