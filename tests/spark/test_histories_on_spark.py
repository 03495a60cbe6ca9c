"""Histories in any order, each step on either engine: one table, the same as in plain Python."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from project import ProjectFolder, without_rows_at_first
from shop import LANDING, configure
from spark.small import SMALL
from stories.test_histories import FEEDS, Feed, Row, check_counts, deliver, project_of, rows_of, stored, table

STAGING = {
    "target_tables": {"sales": {"database": "shop_staging", "table": "sales"}},
    "processing_specifications": {"spark_configuration": {
        "custom_configuration": [{"parameter": name, "value": value} for name, value in SMALL.items()]
    }},
}  # fmt: skip
# the others are told again by these: columns not delivered, sequences, deletions and versions in one
MET = ("merge by sequence of what is delivered", "merge with deletes", "merge with deletes by sequence",
       "merge by date", "overwrite_partition", "scd2 of what is delivered, with deletes")  # fmt: skip
QUICK = {"merge with deletes by sequence"}
NAMES = [pytest.param(name, marks=[pytest.mark.quick] if name in QUICK else []) for name in MET]


def project(root: Path, feed: Feed) -> ProjectFolder:
    found = project_of(root, feed)
    configure(found, {"landing_to_raw": LANDING, "raw_to_staging": STAGING})
    return found


@pytest.mark.parametrize("name", NAMES)
def test_any_order_on_either_engine_gives_one_table(tmp_path: Path, spark: Any, name: str) -> None:
    feed, chance = FEEDS[name], random.Random(f"{name} spark")
    place, history = project(tmp_path, feed), dict[str, list[Row]]()
    for step, engine in enumerate(("emr", "lambda", "emr", "emr")):
        day, names = f"2026-01-{(2, 3, 1, chance.choice((2, 3)))[step]:02}", chance.choice(feed.shapes)
        rows = rows_of(chance, feed, chance.randint(1, 5))
        history[day] = [{name: row[name] for name in ("id", *names)} for row in rows]
        deliver(place, day, names, rows)
        answer = place.json("run", "sales", "--technology", engine)
        assert {process["engine"] for process in answer["processes"]} == {engine}
        check_counts(answer)
        assert stored(place) == table(history, feed), (step, day, history)
    check_counts(place.json("run", "sales", "--full-refresh", "--technology", "emr"))
    assert stored(place) == table(history, feed)
    assert without_rows_at_first(place) == []
