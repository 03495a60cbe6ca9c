"""What one pass found, counted from the staged files: never from the source again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import duckdb

from data_framework.modules.config.model.tables import TableRef
from data_framework.modules.data_process.integrations.pandas.connection import frugal
from data_framework.modules.data_process.integrations.pandas.one_pass.functions import judge_function, judge_query
from data_framework.modules.data_process.integrations.pandas.one_pass.keys import (
    CLASH,
    KEY_CONTROL,
    apply_key_policy,
    make_late,
    note_late,
    repeated,
)
from data_framework.modules.data_process.integrations.pandas.one_pass.prepared import HISTOGRAM, LATE, STAGED, Staged
from data_framework.modules.data_process.integrations.pandas.one_pass.raw import FAULTS
from data_framework.modules.data_process.integrations.pandas.one_pass.slices import Suspect, slices_of
from data_framework.modules.data_process.integrations.pandas.one_pass.windows import windowed
from data_framework.modules.data_process.integrations.pandas.sql import casts
from data_framework.modules.data_process.integrations.pandas.sql.dialect import render
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
from data_framework.modules.utils.mask import HIDDEN
from data_framework.modules.utils.names import quote_identifier as quoted

_JOINED = KeyCheck | ReferenceCheck | WindowCheck
_WIDE = _JOINED | FunctionCheck
Tables = Callable[[TableRef, list[str]], str]
Answers = Callable[..., Iterable[Any]]


class Auditor:
    """Counts the verdict of one staged plan.

    Attributes:
        relation: How a referenced table is read: (ref, columns) → SELECT.
        query: How a query check is answered, sandboxed.
    """

    def __init__(self, staged: Staged, relation: Tables, query: Answers) -> None:
        self._staged, self._relation, self._query = staged, relation, query
        self._counts: dict[str, CheckCount] = {}
        self._keys: dict[tuple[object, ...], tuple[str, int]] = {}
        self._broken: dict[str, tuple[str, str]] = {}  # check id → table of its invalid rows, condition of those judged

    def audit(self, errors: Mapping[str, str]) -> Verdict:
        """Judge keys, references, functions and aggregates, and add everything up."""
        staged = self._staged
        self._counts = {key: CheckCount(error=error) for key, error in errors.items()}
        make_late(staged)
        apply_key_policy(staged)
        self._row_checks()
        wide = [check for check in staged.plan.checks if isinstance(check, _WIDE)]
        found = [(check, self._timed(check)) for check in wide]
        self._explained()
        for judged, select in found:
            if select and judged.on_failure != "keep":
                note_late(staged, select)
        self._aggregates()
        for check in staged.plan.checks:
            if isinstance(check, QueryCheck):
                self._guarded(check.id, partial(judge_query, staged, check, self._query))
        return self._verdict()

    # bits -----------------------------------------------------------------------------------------------------------
    def _row_checks(self) -> None:
        layout = self._staged.layout
        parts = []
        for number in range(len(layout.checks)):
            column, bit = layout.invalid_bit(number)
            parts += [f"coalesce(sum(df_rows) FILTER ({column} & {bit << 1} = 0), 0)",
                      f"coalesce(sum(df_rows) FILTER ({column} & {bit} <> 0), 0)"]  # fmt: skip
        row = self._staged.one(f"SELECT {', '.join(parts)} FROM {HISTOGRAM}") if parts else ()
        share = self._staged.seconds * 1000 / max(len(layout.checks), 1)
        for number, check in enumerate(layout.checks):
            total, invalid = int(row[2 * number]), int(row[2 * number + 1])
            samples = self._samples(check, number) if invalid else ()
            self._counts[check.id] = CheckCount(
                total, invalid, samples=samples, milliseconds=share, bytes=self._bytes(check.fields)
            )

    def _explained(self) -> None:
        """Say of every check with invalid rows where they are."""
        suspects = {check.id: suspect for check in self._staged.plan.checks if (suspect := self._suspect(check))}
        for name, slices in slices_of(self._staged, suspects).items():
            self._counts[name] = replace(self._counts[name], slices=slices)

    def _suspect(self, check: Check) -> Suspect | None:
        count = self._counts.get(check.id)
        if count is None or not count.invalid:
            return None
        layout = self._staged.layout
        if isinstance(check, RowCheck):
            column, bit = layout.invalid_bit([one.id for one in layout.checks].index(check.id))
            judged, invalid = f"{column} & {bit << 1} = 0", f"{column} & {bit} <> 0"
        elif isinstance(check, _JOINED) and check.id in self._broken:
            table, condition = self._broken[check.id]
            judged = f"{self._staged.publishable} AND ({condition})"
            invalid = (f"EXISTS (SELECT 1 FROM {table} b WHERE b.df_file = s.{hidden.FILE} "
                       f"AND b.df_record = s.{hidden.RECORD})")  # fmt: skip
        else:
            return None
        return Suspect(check.fields, judged, invalid, count.total, count.invalid)

    def _bytes(self, fields: Iterable[str]) -> int | None:
        sizes = self._staged.sizes
        return sum(sizes.get(name, 0) for name in {*fields}) if sizes else None

    def _samples(self, check: RowCheck, number: int) -> tuple[str, ...]:
        column, bit = self._staged.layout.invalid_bit(number)
        return self._sampled(check.fields, f"SELECT * FROM {STAGED} WHERE {column} & {bit} <> 0")

    def _sampled(self, fields: tuple[str, ...], rows: str) -> tuple[str, ...]:
        known = [name for name in fields if name in self._staged.layout.names]
        if not known:
            return ()
        private = self._staged.layout.private
        shown = (casts.literal(HIDDEN) if name in private else f"{quoted(name)}::VARCHAR" for name in known)
        text = " || ', ' || ".join(f"coalesce({value}, 'null')" for value in shown)
        return tuple(str(row[0]) for row in self._staged.rows(f"SELECT {text} FROM ({rows}) LIMIT 5"))

    # keys, references, functions ------------------------------------------------------------------------------------
    def _timed(self, check: KeyCheck | ReferenceCheck | WindowCheck | FunctionCheck) -> str:
        start = time.perf_counter()
        select = ""
        try:
            if isinstance(check, KeyCheck):
                select, count = self._key(check)
            elif isinstance(check, ReferenceCheck):
                select, count = self._reference(check)
            elif isinstance(check, WindowCheck):
                select, count = self._window(check)
            else:
                select, count = judge_function(self._staged, check)
        except (duckdb.Error, DataFrameworkError) as error:
            count = CheckCount(error=str(error).split("\n\n")[0][:500])
        milliseconds = (time.perf_counter() - start) * 1000
        looked_at = (*check.fields, *getattr(check, "dependents", ()))
        self._counts[check.id] = replace(count, milliseconds=milliseconds, bytes=self._bytes(looked_at))
        return select

    def _window(self, check: WindowCheck) -> tuple[str, CheckCount]:
        judged = render(check.judged, self._staged.deliveries) if check.judged is not None else "true"
        rows = windowed(self._staged, check, judged)
        select, count = self._invalid(
            check, f"SELECT * FROM ({rows}) WHERE NOT df_valid", judged, "the other rows forbid it"
        )
        total = int(self._staged.one(self._filtered("count(*)", judged))[0])
        return select, replace(count, total=total)

    def _judged(self, check: KeyCheck | ReferenceCheck, fields: tuple[str, ...]) -> str:
        judged = [f"({render(check.judged, self._staged.deliveries)})"] if check.judged is not None else []
        if check.nulls == "ignore":
            judged += [f"{quoted(name)} IS NOT NULL" for name in fields]
        return " AND ".join(judged) or "true"

    def _invalid(self, check: _JOINED, rows: str, judged: str, message: str) -> tuple[str, CheckCount]:
        """Rows (file, record, and the fields) that break a check, kept in a table of their own."""
        staged, table = self._staged, f"df_broken_{len(self._counts)}"
        self._broken[check.id] = (table, judged)
        invalid = int(staged.one(f"CREATE OR REPLACE TEMP TABLE {table} AS {rows}")[0])
        samples = self._sampled(check.fields, f"SELECT * FROM {table}") if invalid else ()
        field = casts.literal(", ".join(check.fields))
        select = (f"SELECT df_file, df_record, '{check.on_failure}', {casts.literal(check.name)}, {field}, "
                  f"{casts.literal(message)} FROM {table}")  # fmt: skip
        return (select if invalid else ""), CheckCount(0, invalid, samples=samples)

    def _key(self, check: KeyCheck) -> tuple[str, CheckCount]:
        staged, judged = self._staged, self._judged(check, (*check.fields, *check.dependents))
        total = int(staged.one(self._filtered("count(*)", judged))[0])
        names = [quoted(name) for name in check.fields]
        keys, broken = self._repeated(check, judged)
        empty = " OR ".join(f"s.{name} IS NULL" for name in names) if check.nulls == "fail" else "false"
        if not broken and check.nulls != "fail":
            return "", CheckCount(total, 0)
        on = " AND ".join(f"s.{name} = k.{name}" for name in names)
        picked = (
            f"s.{hidden.FILE} AS df_file, s.{hidden.RECORD} AS df_record, {', '.join('s.' + name for name in names)}"
        )
        rows = self._filtered(picked, f"({judged}) AND (({empty}) OR EXISTS (SELECT 1 FROM {keys} k WHERE {on}))")
        select, count = self._invalid(
            check, rows, judged, "the key is not unique" if not check.dependents else "the key has several values"
        )
        return select, CheckCount(total, count.invalid, samples=count.samples)

    def _repeated(self, check: KeyCheck, judged: str) -> tuple[str, int]:
        """The table of keys that break a check, and how many: made once for checks that ask the same."""
        if not check.dependents:  # keys with a null repeat none, whatever is made of them
            judged = render(check.judged, self._staged.deliveries) if check.judged is not None else "true"
        asked = (check.fields, check.dependents, judged)
        if asked not in self._keys:
            table = f"df_keys_{len(self._keys)}"
            if check.dependents:
                self._keys[asked] = (table, self._undecided(check, judged, table))
            else:
                self._keys[asked] = (table, repeated(self._staged, check.fields, table, where=judged))
        return self._keys[asked]

    def _undecided(self, check: KeyCheck, judged: str, table: str) -> int:
        names = ", ".join(quoted(name) for name in check.fields)
        dependents = ", ".join(quoted(name) for name in check.dependents)
        rows = self._filtered(f"{names}, row({dependents}) AS df_dependent", judged)
        made = self._staged.one(
            f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT {names} FROM ({rows}) "
            f"GROUP BY {names} HAVING count(DISTINCT df_dependent) > 1"
        )
        return int(made[0])

    def _reference(self, check: ReferenceCheck) -> tuple[str, CheckCount]:
        staged, judged = self._staged, self._judged(check, check.fields)
        total = int(staged.one(self._filtered("count(*)", judged))[0])
        reference = self._relation(check.table, list(check.columns))
        kinds = dict(row[:2] for row in staged.rows(f"DESCRIBE {reference}"))
        own = dict(row[:2] for row in staged.rows(f"DESCRIBE SELECT * FROM {STAGED}"))
        pairs = []
        for name, other in zip(check.fields, check.columns, strict=True):
            left, right = f"s.{quoted(name)}", f"r.{quoted(other)}"
            text = (own[name] == "VARCHAR") != (kinds[other] == "VARCHAR")
            pairs.append(f"{left}::VARCHAR = {right}::VARCHAR" if text else f"{left} = {right}")
        names = ", ".join(f"s.{quoted(name)}" for name in check.fields)
        picked = f"s.{hidden.FILE} AS df_file, s.{hidden.RECORD} AS df_record, {names}"
        rows = self._filtered(picked, judged).replace(
            " WHERE ", f" ANTI JOIN ({reference}) r ON {' AND '.join(pairs)} WHERE ", 1
        )
        with frugal(staged.cursor):
            select, count = self._invalid(check, rows, judged, f"not found in {check.table}")
        return select, CheckCount(total, count.invalid, samples=count.samples)

    def _filtered(self, columns: str, condition: str) -> str:
        return self._staged.sound(columns).replace(" WHERE ", f" WHERE ({condition}) AND ", 1)

    # aggregates -----------------------------------------------------------------------------------------------------
    def _aggregates(self) -> None:
        groups: dict[str, list[AggregateCheck]] = {}
        for check in self._staged.plan.checks:
            if isinstance(check, AggregateCheck):
                judged = render(check.judged, self._staged.deliveries) if check.judged is not None else "true"
                groups.setdefault(judged, []).append(check)
        for judged, checks in groups.items():
            try:
                self._observe(judged, checks)
            except duckdb.Error:
                for check in checks:
                    self._guarded(check.id, partial(self._observe, judged, [check]))

    def _observe(self, judged: str, checks: list[AggregateCheck]) -> CheckCount:
        start = time.perf_counter()
        observed = ", ".join(render(check.observed, self._staged.deliveries) for check in checks)
        row = self._staged.one(f"SELECT {observed} FROM ({self._filtered('*', judged)})")
        milliseconds = (time.perf_counter() - start) * 1000 / len(checks)
        for check, value in zip(checks, row, strict=True):
            self._counts[check.id] = CheckCount(
                total=1, observed=value, milliseconds=milliseconds, bytes=self._bytes(check.fields)
            )
        return self._counts[checks[0].id]

    def _guarded(self, key: str, judge: Callable[[], CheckCount]) -> None:
        start = time.perf_counter()
        try:
            count = judge()
        except (duckdb.Error, DataFrameworkError) as error:
            count = CheckCount(error=str(error).split("\n\n")[0][:500])
        self._counts[key] = replace(count, milliseconds=(time.perf_counter() - start) * 1000)

    # sums -----------------------------------------------------------------------------------------------------------
    def _verdict(self) -> Verdict:
        staged, layout = self._staged, self._staged.layout
        structure = dict(staged.rows(f"SELECT file, count(*) FROM {FAULTS} GROUP BY file")) if staged.reader else {}
        by_number = dict(staged.rows(f"SELECT {hidden.FILE}, sum(df_rows) FROM {HISTOGRAM} GROUP BY ALL"))
        by_file: dict[str, int] = {}
        for number, name in enumerate(staged.deliveries.names):
            by_file[name] = by_file.get(name, 0) + int(by_number.get(number, 0)) + int(structure.get(number, 0))
        broken = int(sum(structure.values()))
        aside, dropped = staged.one(
            f"SELECT coalesce(sum(df_rows) FILTER ({layout.set_aside}), 0), "
            f"coalesce(sum(df_rows) FILTER (NOT {layout.set_aside} AND {layout.dropped}), 0) FROM {HISTOGRAM}"
        )
        late = {"quarantine": 0, "drop": 0, "merged": 0}
        late.update(
            staged.rows(
                "SELECT effect, count(*) FROM (SELECT arg_min(effect, CASE effect WHEN 'quarantine' THEN 0 WHEN 'drop' "
                f"THEN 1 ELSE 2 END) AS effect FROM {LATE} GROUP BY file, record) GROUP BY effect"
            )
        )
        staged.merged = int(late["merged"])
        return Verdict(
            rows_read=int(sum(by_number.values())) + broken,
            rows_by_file=by_file,
            structure=broken,
            cast_failures=self._cast_failures(),
            checks=self._counts,
            rejected=broken + int(aside) + int(late["quarantine"]),
            dropped=int(dropped) + int(late["drop"]),
            key_faults=int(
                staged.one(
                    f"SELECT count(DISTINCT (file, record)) FROM {LATE} WHERE control IN ('{KEY_CONTROL}', '{CLASH}')"
                )[0]
            ),
        )

    def _cast_failures(self) -> dict[str, int]:
        faults = self._staged.layout.faults
        if not faults:
            return {}
        parts = [
            f"coalesce(sum(df_rows) FILTER ({hidden.CASTS}{fault.position // hidden.BITS} & "
            f"{1 << (fault.position % hidden.BITS)} <> 0), 0)"
            for fault in faults
        ]
        row = self._staged.one(f"SELECT {', '.join(parts)} FROM {HISTOGRAM}")
        found: dict[str, int] = {}
        for fault, count in zip(faults, row, strict=True):
            if count:
                found[fault.column] = found.get(fault.column, 0) + int(count)
        return found
