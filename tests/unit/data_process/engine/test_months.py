"""Partitions by month: rows of a month lie together, and are replaced together."""

from __future__ import annotations

from typing import Any

from bench import Bench

JANUARY, FEBRUARY, ANEW = "1,2026-01-05\n2,2026-01-31\n", "3,2026-02-01\n4,\n", "5,2026-02-28\n"


def month(bench: Bench, rows: str, day: str, kind: str = "date", **options: Any) -> dict[str | None, int]:
    """Deliver rows; answer how many each partition has then."""
    plan = bench.plan([bench.csv("id,sold\n" + rows, day)], {"id": "bigint", "sold": kind}, **options,
                      partition_field="sold", partition_transform="month")  # fmt: skip
    written = bench.run(plan)
    assert written.rows_read == written.rows_written + written.rows_merged
    return partitions(bench)


def partitions(bench: Bench) -> dict[str | None, int]:
    found: dict[str | None, int] = {}
    for file in bench.catalogue.files(bench.target):
        found[file.partition] = found.get(file.partition, 0) + file.rows
    return found


def test_a_delivery_replaces_the_months_it_has_rows_of(bench: Bench) -> None:
    replaces = {"write_mode": "overwrite_partition"}
    assert month(bench, JANUARY + FEBRUARY, "2026-02-01", **replaces) == {"2026-01": 2, "2026-02": 1, None: 1}
    assert month(bench, ANEW + "6,2026-02-02\n", "2026-03-01", **replaces) == {"2026-01": 2, "2026-02": 2, None: 1}
    assert month(bench, "7,2026-02-03\n8,2025-12-01\n", "2026-02-15", **replaces) == {
        "2025-12": 1, "2026-01": 2, "2026-02": 2, None: 1,
    }  # fmt: skip
    assert [row[0] for row in bench.rows()] == [1, 2, 4, 5, 6, 8]
    assert [file.partition for file in bench.catalogue.files(bench.target, ["2026-01"])] == ["2026-01"]
    assert bench.catalogue.schema(bench.target).partition_transform == "month"


def test_a_timestamp_has_a_month_too(bench: Bench) -> None:
    rows = "1,1969-12-31 23:59:59.999999\n2,1970-01-01 00:00:00\n3,2026-01-31 10:00:00\n"
    keyed = {"write_mode": "merge", "primary_keys": ("id",)}
    assert month(bench, rows, "2026-02-01", "timestamp", **keyed) == {"1969-12": 1, "1970-01": 1, "2026-01": 1}
    moved = month(bench, "3,2026-02-01 00:00:00\n", "2026-02-02", "timestamp", **keyed)
    assert moved == {"1969-12": 1, "1970-01": 1, "2026-02": 1}
