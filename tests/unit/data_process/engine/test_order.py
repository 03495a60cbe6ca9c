"""`order_by`: the rows of every file that is written are in order, whatever the write mode."""

from __future__ import annotations

import random
from typing import Any

import duckdb
import pytest

from bench import Bench
from data_framework.modules.config.model.tables import VERSION_COLUMNS

TYPES = {"id": "bigint", "amount": "double", "shop": "string"}
ROWS = {"append": 8000, "merge": 6000, "overwrite": 4000}
DAYS = ("2026-01-01", "2026-01-02")


def csv_rows(seed: int, first: int, last: int) -> str:
    drawn = random.Random(seed)
    rows = [f"{number},{drawn.choice(['', '1', '2.5', '-7'])},s{drawn.randrange(3)}" for number in range(first, last)]
    drawn.shuffle(rows)
    return "id,amount,shop\n" + "\n".join(rows) + "\n"


@pytest.mark.parametrize(
    ("mode", "keys", "partition"),
    [("append", (), None), ("append", (), "shop"), ("overwrite_partition", (), "shop"), ("overwrite", (), None),
     ("merge", ("id",), None), ("merge", ("id",), "shop"), ("scd2", ("id",), None)],
)  # fmt: skip
def test_every_file_is_in_order(bench: Bench, mode: str, keys: tuple[str, ...], partition: str | None) -> None:
    for number, day in enumerate(DAYS):
        file = bench.csv(csv_rows(number, number * 2000, number * 2000 + 4000), day)
        options: dict[str, Any] = {"write_mode": mode, "primary_keys": keys, "partition_field": partition}
        kinds = {**TYPES, **(VERSION_COLUMNS if mode == "scd2" else {})}
        bench.run(bench.plan([file], kinds, order_by=(("amount", True), ("id", False)), **options))
    files = bench.catalogue.files(bench.target)
    assert files
    for file in files:
        rows = duckdb.sql(f"select amount, id from read_parquet('{file.path}', hive_partitioning = false)").fetchall()
        assert rows == sorted(rows, key=lambda row: (row[0] is None, -(row[0] or 0), row[1]))
    if mode in ROWS:
        assert sum(file.rows for file in files) == ROWS[mode]
