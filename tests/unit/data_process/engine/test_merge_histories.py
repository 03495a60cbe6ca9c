"""Random histories of deliveries: what the engine makes of them equals a reference in plain Python."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pytest

from data_framework.modules.config.model.tables import TableRef

TYPES = {"id": "int", "kind": "string", "v": "string", "w": "int"}
KEYS = ("id", "kind")
Key = tuple[int, str]


@dataclass(frozen=True)
class Delivery:
    """Rows of one data date: `columns` of v and w are delivered."""

    day: str
    columns: tuple[str, ...]
    rows: list[tuple[Key, dict[str, Any]]]

    def csv(self) -> str:
        cells = [[*key, *(values[name] for name in self.columns)] for key, values in self.rows]
        lines = [",".join("" if cell is None else str(cell) for cell in row) for row in cells]
        return "\n".join([",".join((*KEYS, *self.columns)), *lines]) + "\n"


def delivery(chance: random.Random, day: int, columns: tuple[str, ...], *, repeats: bool = True) -> Delivery:
    rows: list[tuple[Key, dict[str, Any]]] = []
    for number in chance.sample(range(30), chance.randint(1, 12)):
        values = {"v": chance.choice(["a", "b", None]), "w": chance.choice([1, 2, None])}
        rows.append(((number // 2, "xy"[number % 2]), {name: values[name] for name in columns}))
        if repeats and chance.random() < 0.1:
            rows.append((rows[-1][0], dict(rows[-1][1])))
        if repeats and chance.random() < 0.05 and "w" in columns:
            rows.append((rows[-1][0], {**rows[-1][1], "w": 9}))
    return Delivery(f"2026-01-{day:02}", columns, rows)


class Reference:
    """A table merged row by row, and what happened to the rows of the last delivery."""

    def __init__(self) -> None:
        self.rows: dict[Key, dict[str, Any]] = {}
        self.dates: dict[Key, str] = {}

    def merge(self, given: Delivery) -> Counter[str]:
        counts: Counter[str] = Counter(rows_read=len(given.rows))
        by_key: dict[Key, list[dict[str, Any]]] = {}
        for key, values in given.rows:
            by_key.setdefault(key, []).append(values)
        for key, versions in by_key.items():
            if any(values != versions[0] for values in versions):
                counts["rows_quarantined"] += len(versions)
                continue
            counts["rows_merged"] += len(versions) - 1
            counts[self._merge_row(key, versions[0], given.day)] += 1
        return counts

    def _merge_row(self, key: Key, values: dict[str, Any], day: str) -> str:
        known = self.rows.get(key)
        if known is None:
            self.rows[key], self.dates[key] = {"v": None, "w": None, **values}, day
            return "rows_written"
        if all(known[name] == value for name, value in values.items()):
            self.dates[key] = max(day, self.dates[key])
            return "rows_unchanged"
        if day < self.dates[key]:
            return "rows_merged"
        known.update(values)
        self.dates[key] = day
        return "rows_written"

    def table(self) -> list[tuple[Any, ...]]:
        return sorted((*key, values["v"], values["w"]) for key, values in self.rows.items())


def merged(bench, given: Delivery, ref: TableRef, **options: Any):
    plan = bench.plan([bench.csv(given.csv(), given.day)], TYPES, write_mode="merge", primary_keys=KEYS, **options)
    return bench.run(replace(plan, target=ref))


def counted(written) -> Counter[str]:
    names = ("rows_read", "rows_written", "rows_unchanged", "rows_quarantined", "rows_merged", "rows_deleted")
    return +Counter({name: getattr(written, name) for name in names})


def stored(bench, ref: TableRef) -> list[tuple[Any, ...]]:
    return sorted(bench.rows(ref), key=lambda row: row[:2])


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("partition", [None, "v"])
def test_merging_equals_the_reference(bench, seed, partition):
    chance, reference = random.Random(seed), Reference()
    ref = TableRef("staging", "sales_staging", "history")
    for _ in range(6):
        columns = chance.choice([("v", "w"), ("v",), ("v", "w") if partition else ("w",)])
        given = delivery(chance, chance.randint(1, 9), columns)
        expected = reference.merge(given)
        assert counted(merged(bench, given, ref, partition_field=partition)) == +expected, given
        assert stored(bench, ref) == reference.table(), given
        assert dict(_dates(bench, ref)) == reference.dates


def _dates(bench, ref: TableRef):
    for file in bench.catalogue.files(ref):
        for row in __import__("pyarrow.parquet").parquet.read_table(file.path, partitioning=None).to_pylist():
            yield (row["id"], row["kind"]), row["_data_date"].isoformat()


@pytest.mark.parametrize("seed", range(6))
def test_full_equals_one_after_the_other(bench, seed):
    chance, reference = random.Random(seed), Reference()
    full, delta = (TableRef("staging", "sales_staging", name) for name in ("full", "delta"))
    days = sorted(chance.sample(range(1, 28), 5))
    history = [delivery(chance, day, chance.choice([("v", "w"), ("v",)]), repeats=False) for day in days]
    for count in (3, 5):
        before = reference.table()
        reference = Reference()
        for given in history[:count]:
            reference.merge(given)
        files = [bench.csv(given.csv(), given.day) for given in history[:count]]
        plan = bench.plan(files, TYPES, write_mode="merge", primary_keys=KEYS, target=full)
        written = bench.run(plan)
        now = reference.table()
        assert stored(bench, full) == now
        assert written.rows_unchanged == len({*now} & {*before})
        assert written.rows_written == len(now) - written.rows_unchanged
        assert written.rows_deleted == len({row[:2] for row in before} - {row[:2] for row in now})
        assert written.rows_read == written.rows_written + written.rows_unchanged + written.rows_merged
    for given in history:
        merged(bench, given, delta)
    assert stored(bench, delta) == stored(bench, full)


@pytest.mark.parametrize(
    ("mode", "partition"), [("overwrite", None), ("overwrite_partition", "v"), ("overwrite_partition", "day")]
)
def test_full_equals_one_after_the_other_where_deliveries_replace(bench, mode, partition):
    types = {"id": "int", "v": "string", **({"day": "date"} if partition == "day" else {})}
    full, delta = (TableRef("staging", "sales_staging", name) for name in ("full", "delta"))
    texts = {
        "2026-01-03": "id,v\n7,a\n8,d\nx,b\n", "2026-01-01": "id,v\n1,a\n2,b\n2,b\n", "2026-01-02": "id,v\n3,c\n4,b\n",
    }  # fmt: skip
    for broken in ("", "id,v\nx,a\n"):
        if broken:
            texts["2026-01-04"] = broken
        options = {"write_mode": mode, "partition_field": partition}
        files = [bench.csv(text, day) for day, text in texts.items()]
        written = bench.run(bench.plan(files, types, target=full, **options))
        for file in sorted(files, key=lambda file: file.data_date):
            bench.run(bench.plan([file], types, target=delta, **options))
        assert bench.rows(full) == bench.rows(delta)
        assert written.rows_written == len(bench.rows(full))
        assert written.rows_read == written.rows_written + written.rows_merged + written.rows_quarantined


def test_an_unchanged_row_is_as_new_as_its_last_delivery(bench):
    ref = TableRef("staging", "sales_staging", "dates")
    for day, value in ((1, "a"), (3, "a")):
        merged(bench, Delivery(f"2026-01-{day:02}", ("v",), [((1, "x"), {"v": value})]), ref)
    late = merged(bench, Delivery("2026-01-02", ("v",), [((1, "x"), {"v": "b"})]), ref)
    assert (late.rows_merged, late.rows_written) == (1, 0)
    assert stored(bench, ref) == [(1, "x", "a", None)]
    before = len(bench.catalogue.history(ref))
    again = merged(bench, Delivery("2026-01-03", ("v",), [((1, "x"), {"v": "a"})]), ref)
    assert (again.rows_unchanged, len(bench.catalogue.history(ref))) == (1, before)


def test_only_files_with_a_matched_key_are_rewritten(bench):
    ref = TableRef("staging", "sales_staging", "files")
    for start in (0, 100, 200):
        rows = [((number, "x"), {"v": "a"}) for number in range(start, start + 50)]
        merged(bench, Delivery("2026-01-01", ("v",), rows), ref)
    before = {file.path: file.lower["id"] for file in bench.catalogue.files(ref)}
    merged(bench, Delivery("2026-01-02", ("v",), [((110, "x"), {"v": "b"}), ((170, "x"), {"v": "b"})]), ref)
    kept = {file.path for file in bench.catalogue.files(ref)} & {*before}
    assert sorted(before[path] for path in kept) == [0, 200]
    assert {row[:3] for row in bench.rows(ref) if row[2] == "b"} == {(110, "x", "b"), (170, "x", "b")}
    assert len(bench.rows(ref)) == 151


def test_partition_by_the_data_date_keeps_the_newer_row(bench):
    types = {"id": "int", "v": "string", "data_date": "date"}
    options = {"write_mode": "merge", "primary_keys": ("id",), "partition_field": "data_date"}
    bench.run(bench.plan([bench.csv("id,v\n1,a\n2,a\n", "2026-01-02")], types, **options))
    older = bench.run(bench.plan([bench.csv("id,v\n1,b\n3,b\n", "2026-01-01")], types, **options))
    assert (older.rows_merged, older.rows_written) == (1, 1)
    assert bench.rows() == [(1, "a", date(2026, 1, 2)), (2, "a", date(2026, 1, 2)), (3, "b", date(2026, 1, 1))]
