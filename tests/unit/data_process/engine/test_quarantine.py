"""Rows set aside are known again: by their delivery and place in it, or by the unit that made them."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa

from data_framework.modules.data_process.plan.model import FrameSource, RowCheck, TablePlan
from data_framework.modules.data_process.sql import parse_condition

OPTIONS = {"write_mode": "overwrite_partition", "partition_field": "data_date", "replaces_date": True}
TYPES = {"id": "int", "data_date": "date"}


def positive(bench, *numbers: int, **options: object) -> TablePlan:
    check = RowCheck("C1", "positive", ("n",), on_failure="quarantine", valid=parse_condition("n > 0"))
    frame = pa.table({"n": list(numbers)})
    return TablePlan(bench.target, FrameSource(frame), (), "overwrite", infer_schema=True, checks=(check,), **options)


def made_by(execution: str, unit: str = "run", ordinal: int = 1) -> dict[str, str]:
    return {"run-id": f"{execution}-f-{ordinal}", "execution-id": execution, "process": "to_business", "unit": unit}


def aside(bench, plan: TablePlan, properties: dict[str, str]) -> None:
    prepared = bench.engine.prepare(plan)
    try:
        bench.engine.set_aside(prepared, properties)
    finally:
        bench.engine.discard(prepared)


def rows(bench) -> list[tuple[str, str]]:
    return sorted((row["_row"], row["_status"]) for row in bench.quarantine())


def test_a_unit_run_again_replaces_what_it_set_aside(bench):
    aside(bench, positive(bench, 1, -1, -1, -2), made_by("e1"))
    first = bench.quarantine()
    assert len({row["_quarantine_id"] for row in first}) == 3
    assert {len(row["_content_hash"]) for row in first} == {64}
    aside(bench, positive(bench, 1, -1, -1, -2), made_by("e2"))
    assert bench.quarantine() == first
    aside(bench, positive(bench, -2, -3), made_by("e3"))
    assert rows(bench) == [('{"n":-2}', "open"), ('{"n":-3}', "open")]
    aside(bench, positive(bench, 1), made_by("e4"))
    assert rows(bench) == []


def test_other_units_and_other_publishes_of_a_unit_keep_theirs(bench):
    aside(bench, positive(bench, -1), made_by("e1"))
    aside(bench, positive(bench, -2), made_by("e1", ordinal=2))
    aside(bench, positive(bench, -3, data_date="2026-01-02"), made_by("e1", unit="2026-01-02"))
    aside(bench, positive(bench, -4), made_by("e2"))
    assert [row for row, _ in rows(bench)] == ['{"n":-2}', '{"n":-3}', '{"n":-4}']
    aside(bench, positive(bench, 5, data_date="2026-01-02"), made_by("e2", unit="2026-01-02"))
    assert [row for row, _ in rows(bench)] == ['{"n":-2}', '{"n":-4}']


def test_a_row_of_a_file_has_one_identity_whatever_is_read_with_it(bench):
    first, second = bench.csv("id\nx\n", name="a.csv"), bench.csv("id\n1\ny\n", name="b.csv")
    bench.run(bench.plan([first, second], TYPES, **OPTIONS))
    both = {row["_row"]: row["_quarantine_id"] for row in bench.quarantine()}
    bench.run(bench.plan([second], TYPES, **OPTIONS))
    assert {row["_row"]: row["_quarantine_id"] for row in bench.quarantine() if row["_status"] == "open"} == {
        '{"id":"y"}': both['{"id":"y"}']
    }


def test_the_same_file_on_two_dates_and_two_members_of_one_are_told_apart(bench):
    file = bench.csv("id\nx\n", name="a.csv")
    other = replace(file, data_date="2026-01-02")
    bench.run(bench.plan([file, file, other], TYPES, **OPTIONS))
    assert len({row["_quarantine_id"] for row in bench.quarantine()}) == 3


def test_rows_of_files_that_are_not_the_plans_are_left_alone(bench):
    """Another dataflow delivers the same date into the table."""
    theirs, ours = bench.csv("id\nx\n", name="theirs.csv"), bench.csv("id\ny\n", name="ours.csv")
    old = bench.csv("id\nz\n", name="ours.csv")
    bench.run(bench.plan([theirs, old], TYPES, **OPTIONS))
    bench.run(replace(bench.plan([ours], TYPES, **OPTIONS), foreign=(theirs.content_hash,)))
    assert rows(bench) == [('{"id":"x"}', "open"), ('{"id":"y"}', "open"), ('{"id":"z"}', "superseded")]


def test_personal_data_is_not_even_shown_by_its_shape(bench):
    plan = bench.plan([bench.csv("id,name\nx7,Ana\n2,Bo 5\n")], {**TYPES, "name": "string"}, **OPTIONS)
    plan = replace(plan, columns=tuple(replace(column, private=True) for column in plan.columns))
    valid = parse_condition("name = 'none'")
    checks = (
        RowCheck("named", "named", ("name",), valid, None, "quarantine"),
        RowCheck("kept", "kept", ("name",), valid),
    )
    prepared = bench.engine.prepare(replace(plan, checks=checks))
    try:
        bench.engine.set_aside(prepared, {"run-id": "r"})
        assert prepared.verdict.checks["kept"].samples
        assert {*prepared.verdict.checks["kept"].samples} == {"***"}
    finally:
        bench.engine.discard(prepared)
    said = {reason["message"] for row in bench.quarantine() for reason in row["_reasons"]}
    assert said == {"*** is no int", "***"}
