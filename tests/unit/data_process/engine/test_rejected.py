"""Rows a pass rejects leave it beside the staged files; what is published are these files as they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from data_framework.modules.data_process.integrations.pandas.one_pass import rejected
from data_framework.modules.data_process.plan.model import KeyCheck, RowCheck
from data_framework.modules.data_process.sql import parse_condition

TYPES = {"id": "int", "price": "decimal(9,2)", "day": "date", "name": "string"}
TEXT = "id,price,day,name\n1,1.10,2026-01-01,ann\n2,x,2026-01-02,\n3,3.00,2026-01-03,cy \n4,-4,2026-01-04,d\n"


def positive(effect: str) -> RowCheck:
    return RowCheck("C1", "positive", ("price",), on_failure=effect, valid=parse_condition("price > 0"))


def test_the_staged_files_are_published_though_rows_were_rejected(bench):
    prepared = bench.engine.prepare(bench.plan([bench.csv(TEXT)], TYPES, checks=(positive("quarantine"),)))
    staged = {Path(path).name for path in prepared.files}
    bench.engine.set_aside(prepared, {"run-id": "r1"})
    written = bench.engine.commit(prepared, {"run-id": "r1"})
    bench.engine.discard(prepared)
    assert (written.rows_read, written.rows_written, written.rows_quarantined) == (4, 2, 2)
    assert {Path(file.path).name for file in bench.catalogue.files(bench.target)} == staged
    assert [(row[0], row[3]) for row in bench.rows()] == [(1, "ann"), (3, "cy")]
    assert [(row["_line"], row["_row"]) for row in bench.quarantine()] == [
        (3, '{"id":"2","price":"x","day":"2026-01-02","name":null}'),
        (5, '{"id":"4","price":"-4","day":"2026-01-04","name":"d"}'),
    ]


@pytest.mark.parametrize("batch", [1, 1 << 20])
def test_every_row_may_be_rejected_however_they_are_held(bench, monkeypatch, batch):
    monkeypatch.setattr(rejected, "_BATCH", batch)
    text = "id,price,day,name\n" + "".join(f"{n},-1,2026-01-01,n\n" for n in range(50))
    written = bench.run(bench.plan([bench.csv(text), bench.csv(text)], TYPES, checks=(positive("drop"),)))
    assert (written.rows_read, written.rows_written, written.rows_dropped) == (100, 0, 100)
    assert bench.verdict.checks["C1"].invalid == 100
    assert bench.verdict.checks["C1"].samples == ("-1.00",) * 5


def test_a_file_read_again_exactly_rejects_its_rows_once(bench):
    text = TEXT + '5,5.00,2026-01-05,"open\n6,6.00,2026-01-06,f\n'
    written = bench.run(bench.plan([bench.csv(text)], TYPES))
    assert written.rows_read == written.rows_written + written.rows_quarantined
    assert [row["_line"] for row in bench.quarantine()].count(3) == 1


def test_what_is_unique_is_so_with_more_columns_and_is_not_counted_again(bench):
    checks = (KeyCheck("K1", "id", ("id",)), KeyCheck("K2", "id day", ("id", "day")), KeyCheck("K3", "day", ("day",)))
    text = "id,price,day,name\n1,1,2026-01-01,a\n2,1,2026-01-01,b\n"
    prepared = bench.engine.prepare(bench.plan([bench.csv(text)], TYPES, checks=checks))
    assert [prepared.verdict.checks[key].invalid for key in ("K1", "K2", "K3")] == [0, 0, 2]
    assert prepared.unique == [frozenset({"id"})]
    bench.engine.discard(prepared)
