from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from data_framework.modules.data_process.integrations.pandas import files as writing
from data_framework.modules.data_process.integrations.pandas.one_pass.prepared import Staged

ONE = Staged.one
TYPES = {"id": "int", "amount": "decimal(10,2)", "day": "date"}


def test_append_types_and_counts(bench):
    file = bench.csv("id,amount,day\n1,12.50,2026-01-01\n2,3,2026-1-2\n")
    written = bench.run(bench.plan([file], TYPES))
    assert (written.rows_read, written.rows_written, written.rows_total) == (2, 2, 2)
    assert bench.rows() == [(1, Decimal("12.50"), date(2026, 1, 1)), (2, Decimal("3.00"), date(2026, 1, 2))]


def test_cells_that_do_not_fit_are_set_aside(bench):
    file = bench.csv("id,amount,day\n1,12.505,2026-01-01\n2,3,2026-13-01\n3,1,\n4\n", name="a.csv")
    written = bench.run(bench.plan([file], TYPES))
    assert (written.rows_read, written.rows_written, written.rows_quarantined) == (4, 1, 3)
    assert bench.verdict.cast_failures == {"amount": 1, "day": 1}
    assert bench.verdict.structure == 1
    aside = bench.quarantine()
    assert [(row["_line"], row["_reasons"][0]["kind"], row["_reasons"][0]["field"]) for row in aside] == [
        (2, "cast", "amount"),
        (3, "cast", "day"),
        (5, "structure", ""),
    ]
    assert aside[0]["_row"] == '{"id":"1","amount":"12.505","day":"2026-01-01"}'
    assert aside[0]["_reasons"][0]["message"] == "##.### is no decimal(10,2)"
    assert aside[2]["_row"] == "4"
    assert {row["_status"] for row in aside} == {"open"}


def test_overwrite_partition_replaces_the_date(bench):
    types = {"id": "int", "data_date": "date"}
    options = {"write_mode": "overwrite_partition", "partition_field": "data_date", "replaces_date": True}
    bench.run(
        bench.plan(
            [bench.csv("id\n1\n2\n", quoted_lines=False) if False else bench.csv("id,x\n1,a\n2,b\n")], types, **options
        )
    )
    bench.run(bench.plan([bench.csv("id,x\n7,a\n", date="2026-01-02")], types, **options))
    written = bench.run(bench.plan([bench.csv("id,x\n3,a\n")], types, **options))
    assert written.rows_deleted == 2
    assert bench.rows() == [(3, date(2026, 1, 1)), (7, date(2026, 1, 2))]


def test_merge(bench):
    options = {"write_mode": "merge", "primary_keys": ("id",)}
    bench.run(bench.plan([bench.csv("id,v\n1,a\n2,b\n3,c\n")], {"id": "int", "v": "string"}, **options))
    written = bench.run(
        bench.plan([bench.csv("id,v\n2,B\n3,c\n4,d\n", date="2026-01-02")], {"id": "int", "v": "string"}, **options)
    )
    assert (written.rows_written, written.rows_unchanged, written.rows_total) == (2, 1, 4)
    assert bench.rows() == [(1, "a"), (2, "B"), (3, "c"), (4, "d")]
    older = bench.run(bench.plan([bench.csv("id,v\n2,old\n")], {"id": "int", "v": "string"}, **options))
    assert (older.rows_merged, older.rows_written) == (1, 0)
    assert bench.rows()[1] == (2, "B")


def test_a_large_delivery_becomes_files_a_merge_can_leave_alone(bench, monkeypatch):
    monkeypatch.setattr(writing, "FILE_BYTES", 1)  # a file ends with the row group that fills it
    options = {"write_mode": "merge", "primary_keys": ("id",)}
    text = "id,v\n" + "".join(f"{number},a\n" for number in range(300_000))
    bench.run(bench.plan([bench.csv(text)], {"id": "int", "v": "string"}, **options))
    before = {file.path for file in bench.catalogue.files(bench.target)}
    assert len(before) > 1
    changed = bench.csv("id,v\n299999,b\n", date="2026-01-02")
    written = bench.run(bench.plan([changed], {"id": "int", "v": "string"}, **options))
    assert (written.rows_written, written.rows_total) == (1, 300_000)
    assert len(before - {file.path for file in bench.catalogue.files(bench.target)}) == 1


KEYED = {"write_mode": "merge", "primary_keys": ("shop", "id")}


def keyed(bench, keys):
    """Merge rows of these keys; how many were written, and how many quarantined."""
    rows = [f"{shop},{number},{place}\n" for place, (shop, number) in enumerate(keys)]
    file = bench.csv("shop,id,v\n" + "".join(rows))
    written = bench.run(bench.plan([file], {"shop": "string", "id": "int", "v": "string"}, **KEYED))
    return written.rows_written, written.rows_quarantined


@pytest.mark.parametrize("place", [5, 10_001, 14_999])
def test_a_key_that_repeats_among_rows_in_order_is_found(bench, place):
    keys = [("a", number) for number in range(15_000)]
    assert keyed(bench, [*keys[:place], keys[place - 1], *keys[place:]]) == (14_999, 2)


def test_a_key_that_repeats_among_rows_out_of_order_is_found(bench):
    assert keyed(bench, [("a", number) for number in (3, 1, 2, 1)]) == (2, 2)
    keys = [("b", number) for number in range(15_000)]
    assert keyed(bench, [*keys, ("b", 7)]) == (14_999, 2)


def test_rows_in_order_of_their_key_are_unique_without_counting(bench, monkeypatch):
    asked = []
    monkeypatch.setattr(Staged, "one", lambda self, sql: asked.append(sql) or ONE(self, sql))
    assert keyed(bench, [("a", number) for number in range(15_000)] + [("b", 0)]) == (15_001, 0)
    assert not any("HAVING count(*) > 1" in sql for sql in asked)
    assert keyed(bench, [("b", 7), ("a", 15_001)]) == (2, 0)
    assert any("HAVING count(*) > 1" in sql for sql in asked)
