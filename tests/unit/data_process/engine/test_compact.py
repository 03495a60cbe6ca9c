"""Compaction: fewer files, the same rows, in order, and nothing of other writers lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

import duckdb
import pytest
from typing_extensions import override

from bench import Bench
from data_framework.modules.catalogue import Column, TableSchema
from data_framework.modules.data_process.integrations.pandas.writing.compact import Compactor
from data_framework.modules.exception import PublishFailedError
from data_framework.modules.storage.integrations.local_storage import LocalStorage
from data_framework.testing.catalogue import publish

SCHEMA = TableSchema((Column("id", "bigint"), Column("day", "date")), "day")


def compactor(bench: Bench, kind: type[Compactor] = Compactor) -> Compactor:
    return kind(LocalStorage(bench.root), bench.catalogue)


def filled(bench: Bench, files: int = 6, schema: TableSchema = SCHEMA) -> None:
    bench.catalogue.create(bench.target, schema)
    for number in range(files):
        day = f"DATE '2026-01-0{1 + number % 2}'"
        publish(bench.catalogue, bench.target, f"select {files - number}::bigint id, {day} as day", f"f{number}")


def test_small_files_of_each_partition_become_one(bench: Bench) -> None:
    filled(bench)
    before, snapshots = bench.rows(), bench.snapshots()
    done = compactor(bench).compact(bench.target)
    assert (done.files_before, done.files_after, done.rows) == (6, 2, 6)
    assert sorted(file.partition or "" for file in bench.catalogue.files(bench.target)) == ["2026-01-01", "2026-01-02"]
    assert bench.rows() == before
    assert bench.snapshots() == snapshots + 1
    assert compactor(bench).compact(bench.target).files_before == 0
    assert bench.snapshots() == snapshots + 1


def test_a_plan_changes_nothing(bench: Bench) -> None:
    filled(bench)
    snapshots = bench.snapshots()
    planned = compactor(bench).plan(bench.target)
    assert (planned.files_before, planned.files_after) == (6, 2)
    assert bench.snapshots() == snapshots
    assert len(bench.catalogue.files(bench.target)) == 6


def test_null_partitions_and_long_names_stay_where_they_are(bench: Bench) -> None:
    bench.catalogue.create(bench.target, TableSchema((Column("id", "bigint"), Column("shop", "string")), "shop"))
    for number in range(2):
        for shop in ("NULL", "'a b/ñ=%'"):
            publish(bench.catalogue, bench.target, f"select {number}::bigint id, {shop}::varchar shop", f"f{number}")
    before = bench.rows(order="1, 2 nulls first")
    assert compactor(bench).compact(bench.target).files_after == 2
    assert bench.rows(order="1, 2 nulls first") == before
    assert {file.partition for file in bench.catalogue.files(bench.target)} == {None, "a b/ñ=%"}


@pytest.mark.parametrize("field", [None, "day"])
def test_rows_are_written_in_order(bench: Bench, field: str | None) -> None:
    bench.catalogue.create(bench.target, replace(SCHEMA, partition_field=field))
    for number in range(3):
        rows = f"select (i * 7919 % 50021)::bigint id, DATE '2026-01-01' + (i % 3)::int as day from range({number}, "
        publish(bench.catalogue, bench.target, f"{rows} 200000) t(i)", f"f{number}")
    compactor(bench).compact(bench.target, (("id", True),))
    files = bench.catalogue.files(bench.target)
    assert len(files) == (3 if field else 1)
    for file in files:
        query = (
            "select count(*) from (select id, lag(id) over (order by file_row_number) as before from "
            f"read_parquet('{file.path}', file_row_number = true, hive_partitioning = false)) where id > before"
        )
        assert duckdb.connect().sql(query).fetchall() == [(0,)]


def test_widened_columns_become_plain_again(bench: Bench) -> None:
    bench.catalogue.create(bench.target, TableSchema((Column("id", "int"), Column("day", "date")), "day"))
    publish(bench.catalogue, bench.target, "select 1::int id, DATE '2026-01-01' as day", "a")
    bench.catalogue.evolve(bench.target, TableSchema((Column("id", "bigint"), Column("note", "string")), "day"))
    publish(bench.catalogue, bench.target, "select 2::bigint id, DATE '2026-01-01' as day, 'x' as note", "b")
    before = bench.rows()
    compactor(bench).compact(bench.target)
    assert [file.plain for file in bench.catalogue.files(bench.target)] == [True]
    assert bench.rows() == before


class _Disturbed(Compactor):
    """One that others disturb right before its commit."""

    disturb: Callable[[], Any]

    @override
    def _commit(self, *given: Any) -> Any:
        self.disturb()
        return super()._commit(*given)


def test_what_others_add_meanwhile_stays(bench: Bench) -> None:
    filled(bench)
    before, disturbed = bench.rows(), compactor(bench, _Disturbed)
    added = iter(range(1))
    disturbed.disturb = lambda: [
        publish(bench.catalogue, bench.target, "select 99::bigint id, DATE '2026-01-01' as day", "late") for _ in added
    ]
    disturbed.compact(bench.target)
    assert [row[0] for row in bench.rows()] == [*[row[0] for row in before], 99]
    assert len(bench.catalogue.files(bench.target)) == 3


def test_what_others_replace_meanwhile_is_read_again(bench: Bench) -> None:
    filled(bench)
    disturbed, once = compactor(bench, _Disturbed), iter(range(1))

    def disturb() -> None:
        for _ in once:
            old = [file.path for file in bench.catalogue.files(bench.target, ["2026-01-01"])]
            publish(bench.catalogue, bench.target, "select 7::bigint id, DATE '2026-01-01' as day", "new", remove=old)

    disturbed.disturb = disturb
    disturbed.compact(bench.target)
    assert sorted(row[0] for row in bench.rows()) == [1, 3, 5, 7]
    assert bench.catalogue.orphans(bench.target, 4e9) == []


def test_files_that_never_stay_end_it(bench: Bench) -> None:
    filled(bench)
    disturbed = compactor(bench, _Disturbed)

    def disturb() -> None:
        old = [file.path for file in bench.catalogue.files(bench.target)][:1]
        publish(bench.catalogue, bench.target, "select 7::bigint id, DATE '2026-01-01' as day", uuid4().hex, remove=old)

    disturbed.disturb = disturb
    with pytest.raises(PublishFailedError, match="replaced by others"):
        disturbed.compact(bench.target)
    assert bench.catalogue.orphans(bench.target, 4e9) == []
