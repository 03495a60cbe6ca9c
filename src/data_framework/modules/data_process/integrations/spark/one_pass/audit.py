"""What one pass found: one aggregation over the rows, then a scan of its own columns for each key and reference."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from data_framework.modules.data_process.integrations.spark.failures import SPARK_ERRORS, reason_of
from data_framework.modules.data_process.integrations.spark.one_pass.across import Invalid, judge_key, judge_reference
from data_framework.modules.data_process.integrations.spark.one_pass.functions import judge_function, judge_query
from data_framework.modules.data_process.integrations.spark.one_pass.keys import CLASH, KEY_CONTROL, apply_key_policy
from data_framework.modules.data_process.integrations.spark.one_pass.observing import observe_alone, take_along
from data_framework.modules.data_process.integrations.spark.one_pass.prepared import PLACE, Pinned
from data_framework.modules.data_process.integrations.spark.one_pass.samples import samples_of
from data_framework.modules.data_process.integrations.spark.one_pass.slices import Suspect, slices_of
from data_framework.modules.data_process.integrations.spark.one_pass.verdict import (
    Sums,
    cast_failures,
    count_bits,
    named,
)
from data_framework.modules.data_process.integrations.spark.one_pass.windows import judge_window
from data_framework.modules.data_process.integrations.spark.stopping import stopped_after
from data_framework.modules.data_process.plan import hidden
from data_framework.modules.data_process.plan.model import (
    AggregateCheck,
    Check,
    CheckCount,
    FunctionCheck,
    KeyCheck,
    QueryCheck,
    ReferenceCheck,
    RowCheck,
    Verdict,
    WindowCheck,
)
from data_framework.modules.exception import DataFrameworkError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

Query = Callable[[QueryCheck, "DataFrame"], "DataFrame"]
Wide = KeyCheck | ReferenceCheck | WindowCheck | FunctionCheck


class Auditor:
    """Counts the verdict of one pinned plan.

    Attributes:
        query: How a query check is answered: (check, rows in flight) → frame.
    """

    def __init__(self, pinned: Pinned, query: Query) -> None:
        self._pinned, self._query = pinned, query
        self._counts: dict[str, CheckCount] = {}

    def audit(self, errors: Mapping[str, str]) -> Verdict:
        """Judge rows, keys, references, functions and aggregates, and add everything up."""
        pinned = self._pinned
        self._counts = {key: CheckCount(error=error) for key, error in errors.items()}
        checks = pinned.plan.checks
        aggregates = [check for check in checks if isinstance(check, AggregateCheck)]
        along = take_along(pinned, aggregates)
        start = time.perf_counter()
        sums = self._summed(along)
        seconds = time.perf_counter() - start
        apply_key_policy(pinned)
        self._row_checks(sums, seconds)
        found = {check.id: self._wide(check) for check in checks if isinstance(check, Wide)}
        self._explained(found)
        for wide in checks:
            if isinstance(wide, Wide) and wide.on_failure != "keep" and (rows := found[wide.id].rows) is not None:
                pinned.note_late(rows)
        self._aggregates(aggregates, along, sums, seconds)
        for check in checks:
            if isinstance(check, QueryCheck):
                self._timed(check.id, partial(self._answered, check))
        return self._verdict(sums)

    def _answered(self, check: QueryCheck) -> CheckCount:
        with stopped_after(self._pinned.desk, check.seconds):
            return judge_query(check, self._query(check, self._pinned.in_flight()))

    def _summed(self, along: Mapping[str, str]) -> Sums:
        try:
            return count_bits(self._pinned, along)
        except SPARK_ERRORS:
            if not along:
                raise
            return count_bits(self._pinned, {})

    # rows -----------------------------------------------------------------------------------------------------------
    def _row_checks(self, sums: Sums, seconds: float) -> None:
        pinned = self._pinned
        share = seconds * 1000 / max(len(pinned.layout.checks), 1)
        failing = {number: sums.total(f"invalid{number}") for number in range(len(pinned.layout.checks))}
        samples = samples_of(pinned, {number: count for number, count in failing.items() if count})
        for number, check in enumerate(pinned.layout.checks):
            self._counts[check.id] = CheckCount(
                sums.total(f"total{number}"), failing[number], samples=samples.get(number, ()), milliseconds=share
            )

    def _explained(self, found: Mapping[str, Invalid]) -> None:
        """Say of every check with invalid rows where they are."""
        suspects = {check.id: suspect for check in self._pinned.plan.checks
                    if (suspect := self._suspect(check, found.get(check.id)))}  # fmt: skip
        for name, slices in slices_of(self._pinned, suspects).items():
            self._counts[name] = replace(self._counts[name], slices=slices)

    def _suspect(self, check: Check, found: Invalid | None) -> Suspect | None:
        pinned, count = self._pinned, self._counts.get(check.id)
        if count is None or not count.invalid:
            return None
        if isinstance(check, RowCheck):
            column, bit = pinned.layout.invalid_bit([one.id for one in pinned.layout.checks].index(check.id))
            judged, invalid = f"{column} & {bit << 1} = 0", f"{column} & {bit} <> 0"
            return Suspect(check.fields, pinned.judged, judged, invalid, count.total, count.invalid)
        if found is None or found.rows is None or isinstance(check, FunctionCheck):
            return None
        broken = found.rows.selectExpr(*PLACE, "true AS df_broken")
        rows = pinned.sound(where=found.judged).join(broken, PLACE, "left")
        fields: tuple[str, ...] = getattr(check, "fields", ())
        return Suspect(fields, rows, "true", "coalesce(df_broken, false)", count.total, count.invalid)

    # keys, references, windows, functions ---------------------------------------------------------------------------
    def _wide(self, check: Wide) -> Invalid:
        invalid = Invalid()

        def judge() -> CheckCount:
            nonlocal invalid
            if isinstance(check, KeyCheck):
                invalid = judge_key(self._pinned, check)
            elif isinstance(check, ReferenceCheck):
                invalid = judge_reference(self._pinned, check)
            elif isinstance(check, WindowCheck):
                invalid = judge_window(self._pinned, check)
            else:
                invalid = judge_function(self._pinned, check)
            return invalid.count

        self._timed(check.id, judge)
        return invalid

    def _timed(self, key: str, judge: Callable[[], CheckCount]) -> None:
        start = time.perf_counter()
        try:
            count = judge()
        except (*SPARK_ERRORS, DataFrameworkError) as error:
            count = CheckCount(error=reason_of(error))
        self._counts[key] = replace(count, milliseconds=(time.perf_counter() - start) * 1000)

    # aggregates -----------------------------------------------------------------------------------------------------
    def _aggregates(self, checks: list[AggregateCheck], along: Mapping[str, str], sums: Sums, seconds: float) -> None:
        """What was taken along holds where every row is published; the rest is observed now."""
        whole = not (self._pinned.late_rows or sums.total("aside") or sums.total("dropped"))
        known = sums.extra if whole else {}
        for number, check in enumerate(checks):
            name = f"observed{number}"
            if name in known:
                share = seconds * 1000 / max(len(along), 1)
                self._counts[check.id] = CheckCount(total=1, observed=known[name], milliseconds=share)
        missing = [check for number, check in enumerate(checks) if f"observed{number}" not in known]
        for group in observe_alone(self._pinned, missing):
            for check, judge in group:
                self._timed(check.id, judge)

    # sums -----------------------------------------------------------------------------------------------------------
    def _verdict(self, sums: Sums) -> Verdict:
        pinned = self._pinned
        structure = self._structure()
        broken = sum(structure.values())
        rows = sums.by_file("n")
        read = {number: rows.get(number, 0) + structure.get(number, 0) for number in {*rows, *structure}}
        late = self._late()
        pinned.merged = late["merged"]
        return Verdict(
            rows_read=sum(read.values()),
            rows_by_file=named(pinned.source.deliveries.names, read),
            structure=broken,
            cast_failures=cast_failures(pinned, sums),
            checks=self._counts,
            rejected=broken + sums.total("aside") + late["quarantine"],
            dropped=sums.total("dropped") + late["drop"],
            key_faults=late["keys"],
        )

    def _structure(self) -> dict[int, int]:
        faults = self._pinned.faults
        if faults is None:
            return {}
        return {int(row[0]): int(row[1]) for row in faults.groupBy(hidden.FILE).count().collect()}

    def _late(self) -> dict[str, int]:
        """How many rows lose their place after the pass: the strongest effect counts."""
        found = dict.fromkeys(("quarantine", "drop", "merged", "keys"), 0)
        if self._pinned.late is None:
            return found
        from pyspark.sql import functions

        rank = functions.expr("min(CASE effect WHEN 'quarantine' THEN 0 WHEN 'drop' THEN 1 ELSE 2 END) AS rank")
        faulty = functions.expr(f"max(control IN ('{KEY_CONTROL}', '{CLASH}')) AS faulty")
        each = self._pinned.late.groupBy(*PLACE).agg(rank, faulty)
        for row in each.groupBy("rank", "faulty").count().collect():
            found[("quarantine", "drop", "merged")[row["rank"]]] += row["count"]
            found["keys"] += row["count"] if row["faulty"] else 0
        return found
