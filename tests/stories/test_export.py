"""`tables export` of raw: what was delivered, in its own names."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path

from shop import PROCESSES, shop


def test_an_accepted_empty_file_is_exported_as_an_empty_file(tmp_path: Path) -> None:
    landing = deepcopy(PROCESSES["landing_to_raw"])
    landing["incoming_file"]["csv_specs"]["empty_file"] = "accept"
    project = shop(tmp_path, {"landing_to_raw": landing})
    (tmp_path / "tables/sales.json").unlink()
    project.land("sales_2026-01-01.csv", b"")
    project.json("run", "sales")
    answer = project.json("tables", "export", "shop_raw.sales", "--out", str(tmp_path / "out.csv"))
    assert answer["rows"] == answer["rows_left_out"] == 0
    assert (tmp_path / "out.csv").read_bytes() == b""


def test_line_ends_and_broken_lines_of_a_delivery_are_counted(tmp_path: Path) -> None:
    project = shop(tmp_path)
    project.land("sales_2026-01-01.csv", b"id,shop,amount\r\n1,north,1.50\r\n2,south,2.25\r\n")
    project.land("sales_2026-01-02.csv", b"id,shop,amount\n3,north,1.50\n\n4\n5,south,2.25\n")
    project.land("sales_2026-01-03.csv", b'id,shop,amount\n6,"no\nrth",1.50\n7\n8,"sou""th",2.25\n')
    answer = project.json("run", "sales", "--through", "raw_to_staging")
    counts = [(t["rows_read"], t["rows_written"], t["rows_quarantined"]) for t in answer["processes"][1]["tables"]]
    assert counts == [(2, 2, 0), (3, 2, 1), (3, 2, 1)]
    rows = project.json("quarantine", "show", "shop_staging.sales")["rows"]
    assert sorted((row["_file_name"], row["_line"]) for row in rows) == [
        ("sales_2026-01-02.csv", 4), ("sales_2026-01-03.csv", 4),
    ]  # fmt: skip
