from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest
from sqlglot import exp

from data_framework.modules.config.model.tables import TableRef
from data_framework.modules.data_process.plan.model import (
    AggregateCheck,
    FrameSource,
    FunctionCheck,
    KeyCheck,
    KeyPolicy,
    QueryCheck,
    QuerySource,
    ReferenceCheck,
    RowCheck,
    TablePlan,
    TableSource,
)
from data_framework.modules.data_process.sql import parse_condition, parse_select
from data_framework.modules.exception import FrameSchemaError

KV = {"id": "int", "v": "string"}
MERGE = {"write_mode": "merge", "primary_keys": ("id",)}


def test_merge_sets_clashes_aside_and_collapses_copies(bench):
    written = bench.run(bench.plan([bench.csv("id,v\n1,a\n1,b\n2,c\n2,c\n,d\n3,e\n")], KV, **MERGE))
    assert (written.rows_written, written.rows_quarantined, written.rows_merged) == (2, 3, 1)
    assert bench.rows() == [(2, "c"), (3, "e")]
    assert [row["_reasons"][0]["control"] for row in bench.quarantine()] == [
        "duplicate_key",
        "duplicate_key",
        "primary_key",
    ]
    assert [row["_line"] for row in bench.quarantine()] == [2, 3, 6]
    assert bench.quarantine()[0]["_row"] == '{"id":"1","v":"a"}'
    assert bench.verdict.key_faults == 3


def test_unify_keeps_the_first_by_order(bench):
    policy = KeyPolicy("unify", (("v", True),))
    written = bench.run(bench.plan([bench.csv("id,v\n1,a\n1,b\n2,c\n")], KV, key_policy=policy, **MERGE))
    assert (written.rows_written, written.rows_merged) == (2, 1)
    assert bench.rows() == [(1, "b"), (2, "c")]


def test_undelivered_columns_keep_their_values(bench):
    types = {"id": "int", "v": "string", "w": "int"}
    bench.run(bench.plan([bench.csv("id,v,w\n1,a,10\n2,b,20\n")], types, **MERGE))
    written = bench.run(bench.plan([bench.csv("id,v\n1,A\n2,b\n3,c\n", date="2026-01-02")], types, **MERGE))
    assert (written.rows_written, written.rows_unchanged) == (2, 1)
    assert bench.rows() == [(1, "A", 10), (2, "b", 20), (3, "c", None)]


def test_rerun_changes_nothing_and_makes_no_snapshot(bench):
    file = bench.csv("id,v\n1,a\n2,b\n")
    bench.run(bench.plan([file], KV, **MERGE))
    before = bench.snapshots()
    written = bench.run(bench.plan([file], KV, **MERGE))
    assert (written.rows_unchanged, written.rows_written, bench.snapshots()) == (2, 0, before)


def test_rows_move_between_partitions(bench):
    types = {"id": "int", "day": "date"}
    options = {**MERGE, "partition_field": "day"}
    bench.run(bench.plan([bench.csv("id,day\n1,2026-01-01\n2,2026-01-01\n3,2026-01-02\n")], types, **options))
    bench.run(bench.plan([bench.csv("id,day\n1,2026-01-05\n", date="2026-01-02")], types, **options))
    assert bench.rows() == [(1, date(2026, 1, 5)), (2, date(2026, 1, 1)), (3, date(2026, 1, 2))]
    assert {file.partition for file in bench.catalogue.files(bench.target)} == {
        "2026-01-01",
        "2026-01-02",
        "2026-01-05",
    }


def test_full_mode_equals_replaying(bench, tmp_path):
    types = {"id": "int", "v": "string", "w": "int"}
    first, second = bench.csv("id,v,w\n1,a,10\n2,b,20\n"), bench.csv("id,v\n1,A\n3,c\n", date="2026-01-02")
    written = bench.run(bench.plan([first, second], types, **MERGE))
    assert (written.rows_read, written.rows_written, written.rows_merged) == (4, 3, 1)
    assert bench.rows() == [(1, "A", 10), (2, "b", 20), (3, "c", None)]
    again = bench.run(bench.plan([first, second], types, **MERGE))
    assert (again.rows_unchanged, again.rows_written, again.rows_merged) == (3, 0, 1)


def test_sequence_by_decides(bench):
    types = {"id": "int", "v": "string", "n": "int"}
    options = {**MERGE, "sequence_by": "n"}
    bench.run(bench.plan([bench.csv("id,v,n\n1,a,5\n2,b,5\n")], types, **options))
    written = bench.run(bench.plan([bench.csv("id,v,n\n1,z,4\n2,B,6\n", date="2026-01-02")], types, **options))
    assert (written.rows_merged, written.rows_written) == (1, 1)
    assert bench.rows() == [(1, "a", 5), (2, "B", 6)]


def test_checks_of_every_kind(bench):
    other = TableRef("common", "masters_common", "colours")
    frame = pa.table({"name": ["red", "blue"]})
    bench.run(TablePlan(other, FrameSource(frame), (), "overwrite", infer_schema=True))
    checks = (
        RowCheck("r1", "id is small", ("id",), parse_condition("id < 4"), on_failure="quarantine"),
        RowCheck("r2", "v starts", ("v",), parse_condition("v like 'r%'"), judged=parse_condition("v is not null")),
        RowCheck("r3", "drops", ("id",), parse_condition("id <> 3"), on_failure="drop"),
        RowCheck("bad", "bad", ("nope",), parse_condition("nope = 1")),
        KeyCheck("k1", "unique v", ("v",)),
        KeyCheck("k2", "determines", ("v",), dependents=("id",)),
        ReferenceCheck("f1", "colours", ("v",), other, ("name",), on_failure="quarantine"),
        AggregateCheck("a1", "rows", (), exp.Count(this=exp.Star())),
        QueryCheck("q1", "query", parse_select("select id as identifier, id as result from data where id = 1"), {}),
        FunctionCheck("p1", "function", lambda frame: frame["id"] > 1, ("id",)),
        FunctionCheck("p2", "raises", lambda frame: frame["missing"]),
    )
    file = bench.csv("id,v\n1,red\n2,red\n3,blue\n9,red\nx,red\n7,\n2,pink\n")
    written = bench.run(bench.plan([file], KV, checks=checks))
    found = bench.verdict.checks
    assert (found["r1"].total, found["r1"].invalid) == (6, 2)
    assert (found["r2"].total, found["r2"].invalid) == (6, 2)
    assert "nope" in found["bad"].error
    assert "missing" in found["p2"].error
    assert (found["k1"].total, found["k1"].invalid) == (3, 2)
    assert (found["k2"].total, found["k2"].invalid) == (3, 2)
    assert (found["f1"].total, found["f1"].invalid) == (3, 1)
    assert found["f1"].samples == ("pink",)
    assert found["a1"].observed == 2
    assert found["q1"].rows == ((1, 1),)
    assert (found["p1"].total, found["p1"].invalid) == (3, 1)
    assert (written.rows_read, written.rows_written, written.rows_quarantined, written.rows_dropped) == (7, 2, 4, 1)
    assert bench.rows() == [(1, "red"), (2, "red")]
    reasons = {
        row["_line"]: [reason["control"] or reason["field"] for reason in row["_reasons"]] for row in bench.quarantine()
    }
    assert reasons == {5: ["id is small"], 6: ["id"], 7: ["id is small"], 8: ["colours"]}


def test_a_check_that_fails_at_run_time_does_not_hide_the_others(bench):
    checks = (
        RowCheck("ok", "ok", ("id",), parse_condition("id > 1")),
        RowCheck("zero", "zero", ("id",), parse_condition("10 / (id - 1) > 1")),
    )
    bench.run(bench.plan([bench.csv("id,v\n1,a\n2,b\n")], KV, checks=checks))
    assert bench.verdict.checks["ok"].invalid == 1
    assert bench.verdict.checks["zero"].error


def test_quarantine_of_a_date_is_replaced_and_superseded(bench):
    types, options = {"id": "int", "v": "string"}, {"write_mode": "append", "replaces_date": True}
    old, kept = bench.csv("id,v\nx,a\n"), bench.csv("id,v\ny,b\n")
    bench.run(bench.plan([old, kept], types, **options))
    ids = {row["_quarantine_id"] for row in bench.quarantine()}
    bench.run(bench.plan([old, kept], types, **options))
    assert {row["_quarantine_id"] for row in bench.quarantine()} == ids
    new = bench.csv("id,v\nz,c\n")
    bench.run(bench.plan([new, kept], types, **options))
    assert sorted((row["_row"], row["_status"]) for row in bench.quarantine()) == [
        ('{"id":"x","v":"a"}', "superseded"),
        ('{"id":"y","v":"b"}', "open"),
        ('{"id":"z","v":"c"}', "open"),
    ]


def test_frames_are_compared_with_the_table(bench):
    bench.run(
        TablePlan(
            bench.target, FrameSource(pa.table({"id": [1], "x": [Decimal("1.5")]})), (), "append", infer_schema=True
        )
    )
    bench.run(TablePlan(bench.target, FrameSource(pa.table({"id": [2]})), (), "append", infer_schema=True))
    assert bench.rows() == [(1, Decimal("1.5")), (2, None)]
    with pytest.raises(FrameSchemaError, match="no column 'idd'"):
        bench.run(TablePlan(bench.target, FrameSource(pa.table({"idd": [2]})), (), "append", infer_schema=True))
    with pytest.raises(FrameSchemaError, match="'id' is string"):
        bench.run(TablePlan(bench.target, FrameSource(pa.table({"id": ["2"]})), (), "append", infer_schema=True))


def test_query_source(bench):
    bench.run(bench.plan([bench.csv("id,v\n1,a\n2,b\n")], KV))
    target = TableRef("common", "sales_common", "copy")
    select = parse_select("select id, upper(v) as v from src where id > 1")
    written = bench.run(
        TablePlan(target, QuerySource(select, {"src": TableSource(bench.target)}), (), "overwrite", infer_schema=True)
    )
    assert written.rows_written == 1
    assert bench.rows(target) == [(2, "B")]


def test_verbs(bench):
    engine, name = bench.engine, "sales_staging.orders"
    bench.run(bench.plan([bench.csv("id,v\n1,a\n2,b\n")], KV, **MERGE))
    frame = engine.read_table("sales_staging", "orders", "id = 2")
    assert bench.arrow(frame).to_pylist() == [{"id": 2, "v": "b"}]
    changed = engine.create_dataframe([{"id": 2, "v": "B"}], {"id": "int"})
    assert engine.merge(changed, name).rows_written == 1
    assert engine.insert_dataframe(engine.create_dataframe([{"id": 3, "v": "c"}]), name).rows_written == 1
    assert engine.delete_from_table(name, "id = 1").rows_deleted == 1
    assert bench.rows() == [(2, "B"), (3, "c")]
    cast = engine.datacast(engine.create_dataframe([{"id": "4"}, {"id": "x"}]), name)
    assert bench.arrow(cast).column("id").to_pylist() == [4, None]
    assert engine.insert_overwrite(engine.datacast(engine.create_dataframe([{"id": "4"}]), name), name).rows_total == 1
    assert bench.rows() == [(4, None)]


def test_json_lines_of_raw_are_read_as_text(bench):
    first = {"a": "1.10", "b": '{"z":1.50,"y":[1,2]}', "c": "x"}
    lines = (json.dumps(record) + "\n" for record in (first, {"a": "12345678901234567890.5"}))
    file = bench.json("".join(lines), ["a", "b", "c"])
    bench.run(bench.plan([file], {"a": "string", "b": "string", "c": "string"}))
    assert bench.rows() == [("1.10", '{"z":1.50,"y":[1,2]}', "x"), ("12345678901234567890.5", None, None)]


def test_broken_quotes_are_read_exactly(bench):
    file = bench.csv('id,v\n1,"a\n2,b\n3,"c"\n4,"d\ne"\n')
    written = bench.run(bench.plan([file], KV))
    assert bench.rows() == [(2, "b"), (3, "c"), (4, "d\ne")]
    assert written.rows_quarantined == 1
    assert bench.quarantine()[0]["_line"] == 2


def test_dynamic_infers(bench):
    plan = bench.plan(
        [bench.csv("a,b,c\n1,2026-01-01,x\n2.5,2026-01-02,y\n")], {"a": "string", "b": "string", "c": "string"}
    )
    bench.run(replace(plan, columns=tuple(replace(column, cast="infer") for column in plan.columns)))
    assert bench.rows() == [(1.0, date(2026, 1, 1), "x"), (2.5, date(2026, 1, 2), "y")]


def test_discard_leaves_nothing(bench):
    prepared = bench.engine.prepare(bench.plan([bench.csv("id,v\n1,a\n")], KV))
    bench.engine.discard(prepared)
    assert not list(bench.root.rglob("df-*"))


def test_a_reference_whose_column_has_the_same_name(bench):
    other = TableRef("common", "masters_common", "colours")
    bench.run(TablePlan(other, FrameSource(pa.table({"v": ["red", None]})), (), "overwrite", infer_schema=True))
    checks = (
        ReferenceCheck("f1", "colours", ("v",), other, ("v",), judged=parse_condition("v <> 'x'"), on_failure="drop"),
    )
    written = bench.run(bench.plan([bench.csv("id,v\n1,red\n2,pink\n3,\n4,x\n")], KV, checks=checks))
    assert (bench.verdict.checks["f1"].total, bench.verdict.checks["f1"].invalid) == (2, 1)
    assert (written.rows_written, written.rows_dropped) == (3, 1)
