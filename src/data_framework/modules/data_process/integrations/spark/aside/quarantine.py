"""Rows set aside: one table beside the target, one commit, only where there is something to say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from data_framework.modules.catalogue import TableSchema, standing
from data_framework.modules.data_process.integrations.spark.aside.rows import NAMES, rows_aside
from data_framework.modules.data_process.integrations.spark.commits import append, committed, replace_where, settled
from data_framework.modules.data_process.integrations.spark.failures import SPARK_ERRORS, reason_of
from data_framework.modules.data_process.integrations.spark.one_pass.prepared import Pinned
from data_framework.modules.data_process.integrations.spark.utils import literal
from data_framework.modules.data_process.plan.aside import COLUMNS, place_of
from data_framework.modules.data_process.plan.model import RawSource
from data_framework.modules.exception import PublishFailedError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


SCHEMA = TableSchema(COLUMNS, "_data_date")


def set_aside(pinned: Pinned, properties: Mapping[str, str]) -> int:
    """Publish the rejected rows of a pinned plan; answer how many there are."""
    desk, plan, ref = pinned.desk, pinned.plan, pinned.plan.target.quarantine
    place = place_of(plan, properties)
    replaces = plan.replaces_date or bool(place or plan.in_force)
    if not pinned.verdict.rejected and not (replaces and desk.catalogue.exists(ref)):
        return 0
    run_id = properties.get("execution-id") or properties.get("run-id", "")
    try:
        aside = desk.keep(rows_aside(pinned, run_id, place), "aside")
    except SPARK_ERRORS as error:
        raise PublishFailedError(table=str(ref), reason=reason_of(error)) from error
    if desk.catalogue.exists(ref):
        desk.catalogue.create(ref, SCHEMA)  # says so if another table has the name
    if committed(desk, ref, lambda: _publish(pinned, aside, place, properties)):
        settled(desk, ref)
    return pinned.verdict.rejected


def _publish(pinned: Pinned, aside: DataFrame, place: str, properties: Mapping[str, str]) -> bool:
    """Make the change, if there is one."""
    desk, ref = pinned.desk, pinned.plan.target.quarantine
    found = standing(desk.catalogue, ref, SCHEMA)
    files = found.files
    dates = {str(row[0]) if row[0] is not None else None for row in aside.select("_data_date").distinct().collect()}
    replaced = _replaced(pinned, place, {file.partition for file in files})
    touched = {file.partition for file in files} & (dates | replaced)
    if not touched:
        if dates:
            append(desk, ref, aside, found.create, (), properties)
        return bool(dates)
    condition = _of_dates(touched)
    known = desk.table(ref, technical=True).where(condition).selectExpr(*NAMES)
    kept = _kept(pinned, known, aside, replaced, place)
    fresh = aside.join(kept.select("_quarantine_id"), "_quarantine_id", "left_anti").selectExpr(*NAMES)
    rows = desk.keep(kept.union(fresh), "quarantine")
    if _is_same(known, rows):
        return False
    replace_where(desk, ref, rows, condition, found.snapshot, properties)
    return True


def _replaced(pinned: Pinned, place: str, every: set[str | None]) -> set[str | None]:
    """The dates whose open rows give way."""
    plan = pinned.plan
    if plan.replaces_date:
        return {plan.data_date} if plan.data_date else every
    return {plan.data_date or None} if place or plan.in_force else set()


def _of_dates(dates: set[str | None]) -> str:
    known = ", ".join(f"CAST({literal(date)} AS date)" for date in sorted(date for date in dates if date is not None))
    parts = [f"_data_date IN ({known})"] if known else []
    return " OR ".join([*parts, *(["_data_date IS NULL"] if None in dates else [])])


def _kept(pinned: Pinned, known: DataFrame, aside: DataFrame, replaced: set[str | None], place: str) -> DataFrame:
    """What stays of the rows that are there.

    Rows set aside again give way to what is said of them now, unless they were given up for good. Of replaced dates (or
    of the same unit) open rows in force give way too; those of a version no longer in force are superseded.
    """
    plan = pinned.plan
    ids = aside.selectExpr("_quarantine_id", "true AS df_again").distinct()
    rows = known.join(ids, "_quarantine_id", "left").where("NOT (_status <> 'discarded' AND coalesce(df_again, false))")
    if place:
        return rows.where(f"NOT (_status = 'open' AND _content_hash = {literal(place)})").selectExpr(*NAMES)
    files = plan.source.files if isinstance(plan.source, RawSource) else ()
    hashes = plan.in_force or [file.content_hash for file in files]
    in_force, known_of = (f"_content_hash IN ({', '.join(map(literal, of)) or repr('')})"
                          for of in (hashes, [*hashes, *plan.foreign]))  # fmt: skip
    here = f"({_of_dates(replaced) or 'false'})"
    overtaken = "'open', 'replayed'" if plan.replaces_date else "'open'"  # what was appended stays in the table
    status = f"CASE WHEN {here} AND _status IN ({overtaken}) AND NOT {known_of} THEN 'superseded' ELSE _status END"
    gone = f"{here} AND {in_force} AND _status IN ('open', 'superseded')" if plan.replaces_date else "false"
    kept = rows.where(f"NOT ({gone})")
    return kept.selectExpr(*(f"{status} AS _status" if name == "_status" else name for name in NAMES))


def _is_same(known: DataFrame, rows: DataFrame) -> bool:
    """Whether the rows are the same but for the run that set them aside."""
    columns = [name for name in NAMES if name != "_run_id"]
    old, new = known.select(*columns), rows.select(*columns)
    return not old.exceptAll(new).take(1) and not new.exceptAll(old).take(1)
