"""Checks that look at other rows or tables: keys, dependencies, references; each scans its own columns once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from data_framework.modules.data_process.integrations.spark.one_pass.keys import filled, repeated
from data_framework.modules.data_process.integrations.spark.one_pass.prepared import PLACE, Pinned, one
from data_framework.modules.data_process.integrations.spark.one_pass.samples import sampled
from data_framework.modules.data_process.integrations.spark.sql.dialect import render
from data_framework.modules.data_process.integrations.spark.utils import literal, quoted
from data_framework.modules.data_process.plan.model import CheckCount, KeyCheck, ReferenceCheck, WindowCheck

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


@dataclass(frozen=True)
class Invalid:
    """What a check found.

    Attributes:
        count: Its counts.
        rows: The rows it found invalid: file, record, effect, control, field, message; None: there are none.
        judged: Which of the rows that would be published it judged.
    """

    count: CheckCount = field(default_factory=CheckCount)
    rows: DataFrame | None = None
    judged: str = "true"


def judge_key(pinned: Pinned, check: KeyCheck) -> Invalid:
    """Judge rows that share a key."""
    judged = _judged(pinned, check, (*check.fields, *check.dependents))
    if any(unique <= {*check.fields} for unique in pinned.unique) and check.nulls == "ignore":
        return Invalid(CheckCount(pinned.sound(where=judged).count(), 0))
    names = (*check.fields, *check.dependents)
    rows = pinned.sound([*PLACE, *map(quoted, dict.fromkeys(names))], judged)
    keys = _broken_keys(rows, check)
    row = one(keys.selectExpr("coalesce(sum(df_rows), 0) AS total",
                              "coalesce(sum(CASE WHEN df_broken THEN df_rows END), 0) AS invalid"))  # fmt: skip
    total, invalid = int(row["total"]), int(row["invalid"])
    if not invalid:
        if judged == filled(names) and not check.dependents:
            pinned.unique.append(frozenset(check.fields))
        return Invalid(CheckCount(total, 0))
    broken = keys.where("df_broken").select(*map(quoted, check.fields))
    same = [rows[quoted(name)].eqNullSafe(broken[quoted(name)]) for name in check.fields]
    found = rows.join(broken, same, "left_semi")
    message = "the key has several values" if check.dependents else "the key is not unique"
    return late_rows(pinned, check, Found(found, judged, total, invalid), message)


def judge_reference(pinned: Pinned, check: ReferenceCheck) -> Invalid:
    """Judge rows whose values must be in another table."""
    judged = _judged(pinned, check, check.fields)
    rows = pinned.sound([*PLACE, *map(quoted, check.fields)], judged)
    table = pinned.desk.table(check.table)
    cells = [f"{quoted(name)} AS df_r{place}" for place, name in enumerate(check.columns)]
    other = table.selectExpr(*cells, "true AS df_known").distinct()
    kinds = {field.name: field.dataType.typeName() for field in (*rows.schema, *other.schema)}
    pairs = [_pair(name, f"df_r{place}", kinds) for place, name in enumerate(check.fields)]
    from pyspark.sql import functions

    matched = rows.join(other, functions.expr(" AND ".join(pairs)), "left")
    row = one(matched.selectExpr("count(*) AS total", "count_if(df_known IS NULL) AS invalid"))
    total, invalid = int(row["total"]), int(row["invalid"])
    if not invalid:
        return Invalid(CheckCount(total, 0))
    missing = Found(matched.where("df_known IS NULL"), judged, total, invalid)
    return late_rows(pinned, check, missing, f"not found in {check.table}")


@dataclass(frozen=True)
class Found:
    """Rows a check found invalid: with their place and its fields, out of how many it judged by which condition."""

    rows: DataFrame
    judged: str
    total: int
    invalid: int


def late_rows(pinned: Pinned, check: KeyCheck | ReferenceCheck | WindowCheck, found: Found, message: str) -> Invalid:
    """Rows a check found invalid, as rows that may lose their place, with samples of them."""
    samples = sampled(found.rows, [name for name in check.fields if name in found.rows.columns], pinned.layout.private)
    said = {"effect": check.on_failure, "control": check.name, "field": ", ".join(check.fields), "message": message}
    cells = [f"{literal(text)} AS {name}" for name, text in said.items()]
    count = CheckCount(found.total, found.invalid, samples=samples)
    return Invalid(count, found.rows.selectExpr(*PLACE, *cells), found.judged)


def _broken_keys(rows: DataFrame, check: KeyCheck) -> DataFrame:
    """Each key, how many rows have it, and whether they are invalid."""
    empty = f"NOT ({filled(check.fields)})" if check.nulls == "fail" else "false"
    if not check.dependents:
        again = f"(df_rows > 1 AND {filled(check.fields)})"
        return repeated(rows, check.fields).selectExpr("*", f"({empty} OR {again}) AS df_broken")
    from pyspark.sql import functions

    values = ", ".join(quoted(name) for name in check.dependents)
    each = rows.groupBy(*map(quoted, check.fields)).agg(
        functions.expr("count(*) AS df_rows"), functions.expr(f"count(DISTINCT struct({values})) AS df_values")
    )
    return each.selectExpr("*", f"({empty} OR (df_values > 1 AND {filled(check.fields)})) AS df_broken")


def _judged(pinned: Pinned, check: KeyCheck | ReferenceCheck, fields: tuple[str, ...]) -> str:
    judged = [f"({render(check.judged, pinned.source.deliveries)})"] if check.judged is not None else []
    if check.nulls == "ignore":
        judged.append(filled(tuple(dict.fromkeys(fields))))
    return " AND ".join(judged) or "true"


def _pair(name: str, other: str, kinds: dict[str, str]) -> str:
    left, right = quoted(name), quoted(other)
    if (kinds[name] == "string") != (kinds[other] == "string"):
        return f"CAST({left} AS string) = CAST({right} AS string)"
    return f"{left} = {right}"
