"""Rows whose partition is null, published twice: in the table itself, and in a quarantine of rows without a date."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path

from shop import PROCESSES, control, deliver, process_of, shop

COLUMNS = [
    {"name": "id", "type": "bigint"}, {"name": "shop", "type": "string"}, {"name": "amount", "type": "decimal(10,2)"},
]  # fmt: skip


def test_a_row_of_the_null_partition_is_merged_into(tmp_path: Path) -> None:
    project = shop(tmp_path, partition_field="shop", columns=COLUMNS, primary_keys=["id"])
    deliver(project, 1, "1,,1\n2,south,2\n")
    project.json("run", "sales")
    deliver(project, 2, "1,,5\n3,q,3\n")
    project.json("run", "sales")
    deliver(project, 3, "1,north,6\n")
    project.json("run", "sales")
    rows = sorted((row["id"], row["shop"], row["amount"]) for row in project.table("shop_staging.sales"))
    assert rows == [("1", "north", "6.00"), ("2", "south", "2.00"), ("3", "q", "3.00")]


def test_a_later_process_sets_rows_aside_in_every_run(tmp_path: Path) -> None:
    project = shop(tmp_path, deepcopy(PROCESSES))
    rule = control(layer="business", database="shop_business", table="totals", field="total", on_failure="quarantine")
    project.write("controls/totals.json", {"controls": [rule]})
    deliver(project, 1, "1,north,1\n2,south,-5\n")
    project.json("run", "sales")
    deliver(project, 2, "3,south,-2\n4,east,-1\n")
    answer = project.json("run", "sales")
    (totals,) = process_of(answer, "staging_to_business")["tables"]
    assert totals["rows_quarantined"] == 2
    assert [row["shop"] for row in project.table("shop_business.totals")] == ["north"]


def test_a_later_process_run_again_does_not_double_what_it_set_aside(tmp_path: Path) -> None:
    project = shop(tmp_path, deepcopy(PROCESSES))
    rule = control(layer="business", database="shop_business", table="totals", field="total", on_failure="quarantine")
    project.write("controls/totals.json", {"controls": [rule]})
    deliver(project, 1, "1,north,1\n2,south,-5\n")
    project.json("run", "sales")
    project.json("run", "sales", "--process", "staging_to_business")
    (aside,) = project.json("quarantine", "list")["tables"]
    assert (aside["table"], aside["rows"], aside["rows_open"]) == ("totals", 1, 1)
    deliver(project, 1, "1,north,1\n2,south,5\n")
    project.json("run", "sales")
    assert [table["rows_open"] for table in project.json("quarantine", "list")["tables"]] in ([], [0])
