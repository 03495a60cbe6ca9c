"""What is asked of both engines, with values that tell engines apart: nulls, NaN, zeros, ties, zones, unicode."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from data_framework.modules.config import TableEntry
from data_framework.modules.config.model.casting import AddFilenameColumn, FixIncompatibleCharacters, ParseDates
from data_framework.modules.config.model.tables import ColumnContract, SchemaPolicy, TableContract, TableRef
from data_framework.modules.data_process.compiling import compile_raw
from data_framework.modules.data_process.helpers.libraries import pa
from data_framework.modules.data_process.plan.model import (
    FrameSource,
    KeyPolicy,
    PlanColumn,
    QuerySource,
    RawFile,
    RowCheck,
    TablePlan,
    TableSource,
    Written,
)
from data_framework.modules.data_process.sql import parse_condition, parse_select
from data_framework.modules.utils.data_types import parse_type
from data_framework.testing.engine.bench import Bench
from data_framework.testing.engine.parity import PARITY, TYPES
from data_framework.testing.engine.texts import MEASURED
from data_framework.testing.engine.values import exact_columns

FRAME: dict[str, list[Any]] = {
    "id": [1, 2, 3, 4, 5, 5], "x": ["0.1", "-0.0", "nan", "inf", None, "1e300"],
    "t": ["a,b", "", None, "é☃", "b, a", "ß"],
    "m": ["12345678901234567890.1234", "-0.5", None, "0.0001", "1", "1"],
}  # fmt: skip
KINDS = {"id": "bigint", "x": "double", "t": "string", "m": "decimal(38,4)"}
ROWS = [{name: values[place] for name, values in FRAME.items()} for place in range(6)]


def shown(bench: Bench, frame: Any, *order: str) -> list[tuple[Any, ...]]:
    """The rows of a frame, exactly, in an order of their own."""
    table = bench.arrow(frame)
    columns = exact_columns(table.select(list(order)) if order else table)
    return sorted(zip(*columns.values(), strict=True), key=repr)


def counts(written: Written) -> dict[str, int]:
    """What became of each row."""
    return {name: value for name, value in asdict(written).items() if name.startswith("rows_")}


def aside(bench: Bench) -> list[Any]:
    """The rows of the quarantine table, but for the run."""
    names = ("_file_name", "_content_hash", "_line", "_data_date", "_status", "_row", "_quarantine_id", "_reasons")
    if not bench.catalogue.exists(bench.target.quarantine):
        return []
    return sorted(repr([row[name] for name in names]) for row in bench.quarantine())


def frame_of(bench: Bench) -> Any:
    """The rows above as a frame of the engine's."""
    return bench.engine.create_dataframe(ROWS, KINDS)


# verbs --------------------------------------------------------------------------------------------------------------
@PARITY.shows("verb", "create_dataframe", "select_columns", "is_empty", "count_rows", "show_dataframe")
def verbs_of_a_frame(bench: Bench) -> Any:
    """A frame made of rows, looked at."""
    engine, frame = bench.engine, frame_of(bench)
    picked = engine.select_columns(frame, ["m", "id"])
    return [shown(bench, frame), shown(bench, picked), engine.is_empty(frame), engine.count_rows(frame),
            len(engine.show_dataframe(picked, 2).splitlines())]  # fmt: skip


@PARITY.shows("verb", "join", "overwrite_columns", "unfold_string_values", "add_dynamic_column", "stack_columns")
def verbs_that_reshape(bench: Bench) -> Any:
    """Frames joined, laid over each other, unfolded and stacked."""
    engine, frame = bench.engine, frame_of(bench)
    other = engine.create_dataframe([{"id": 5, "t": "z"}, {"id": None, "t": "n"}, {"id": 9, "t": ""}],
                                    {"id": "bigint", "t": "string"})  # fmt: skip
    joins = [shown(bench, engine.join(frame, other, how, ["id"])) for how in ("inner", "left", "outer", "anti")]
    pairs = engine.create_dataframe([{"a_new": None, "a_old": "o"}, {"a_new": "n", "a_old": "o"}],
                                    {"a_new": "string", "a_old": "string"})  # fmt: skip
    named = engine.create_dataframe([{"w": "p", "p": "1", "q": "2"}, {"w": "?", "p": "1", "q": "2"}])
    return [
        joins, shown(bench, engine.overwrite_columns(pairs, ["a"], "_new", "_old")),
        engine.unfold_string_values(frame, "t", ","),
        shown(bench, engine.add_dynamic_column(named, "v", "w", ["p", "q"])),
        shown(bench, engine.stack_columns(named, ["p", "q"], ["name", "value"])),
    ]  # fmt: skip


@PARITY.shows("verb", "merge", "insert_overwrite", "insert_dataframe", "delete_from_table", "read_table", "query",
              "batches", "frame")  # fmt: skip
def verbs_on_tables(bench: Bench) -> Any:
    """Tables written, read and asked."""
    engine, ref = bench.engine, bench.target
    first = engine.create_dataframe([{"id": 1, "v": "a"}, {"id": 2, "v": None}], {"id": "bigint", "v": "string"})
    again = engine.create_dataframe([{"id": 2, "v": "b"}, {"id": 3, "v": "a"}], {"id": "bigint", "v": "string"})
    target = type("Target", (), {"ref": ref, "primary_keys": ("id",), "partition_field": None})
    written = [engine.merge(first, target), engine.merge(again, target), engine.insert_dataframe(first, target),
               engine.delete_from_table(ref, "id = 1 and v = 'a'"), engine.insert_overwrite(again, target)]  # fmt: skip
    query = QuerySource(parse_select("select count(*) as n, max(v) as v from s"), {"s": TableSource(ref)})
    return [
        [counts(one) for one in written],
        shown(bench, engine.read_table(ref.database, ref.table, "v = 'a'", ["id"])),
        shown(bench, engine.query(f"select id, v from {ref.database}.{ref.table}")), shown(bench, engine.frame(query)),
        sum(batch.num_rows for batch in engine.batches(query)),
    ]  # fmt: skip


# types and text -----------------------------------------------------------------------------------------------------
@PARITY.shows("type", *TYPES)
@PARITY.shows("verb", "datacast", "accepted")
def text_as_every_type(bench: Bench) -> Any:
    """`datacast` shows each cell; a plan over the same text shows which rows are set aside, and why."""
    names = [f"c{place}" for place in range(len(TYPES))]
    texts = [*MEASURED, '{"a":1,"b":"x"}', '{"a":"x"}', "[1,null]", "[1.5]", '{"k":2}', "é", ""]
    table = pa.table({name: pa.array(texts, pa.string()) for name in names})
    columns = tuple(PlanColumn(name, parse_type(kind), None) for name, kind in zip(names, TYPES, strict=True))
    bench.run(TablePlan(bench.target, FrameSource(table.slice(0, 0)), columns, "append", infer_schema=False))
    cells = bench.arrow(bench.engine.datacast(table, bench.target))
    file = bench.csv("a,b\n1,2026-02-30\nx,2026-01-01\n,\n")
    plan = bench.plan([file], {"a": "int", "b": "date"})
    return [exact_columns(cells), shown(bench, bench.engine.accepted(plan))]


def delivered(bench: Bench) -> list[RawFile]:
    """A file for each way to write one."""
    text = 'a,b\n1,x\n 2 ," y "\n3\n4,y,z\n"5","q""r"\nNA,n/a\n'
    latin = bench.csv(text.replace("x", "é"), encoding="latin-1")
    Path(latin.uri).write_bytes(text.replace("x", "é").encode("latin-1"))
    ways: list[dict[str, Any]] = [
        {}, {"null_values": ("NA",)}, {"nan_values": ("n/a",)}, {"trim": False}, {"ragged_rows": "pad"},
        {"ragged_rows": "truncate"}, {"multiline": False}, {"footnote_lines": 2}, {"comment": "4"}, {"quote": None},
        {"escape": "\\"},
    ]  # fmt: skip
    found = [bench.csv(text, **way) for way in ways]
    found.append(bench.csv(text.replace("\n", "\r\n"), row_delimiter="\r\n"))
    found.append(replace(bench.csv(text.replace(",", ";"), delimiter=";"), columns={"a": "a", "b": "b"}))
    return [latin, *found]


@PARITY.shows("csv_specs", "encoding", "delimiter", "special_character", "escape", "comment", "row_delimiter",
              "footnote_lines", "null_value", "nan_value", "multiline", "ragged_rows", "trim")  # fmt: skip
@PARITY.shows("quarantine reason", "structure", "cast")
def files_however_they_are_written(bench: Bench) -> Any:
    """One text in every dialect: cells, and what is broken where."""
    plan = bench.plan(delivered(bench), {"a": "int", "b": "string"}, write_mode="append")
    written = bench.run(plan)
    return [counts(written), dict(bench.verdict.rows_by_file), shown(bench, bench.engine.query(
        f"select * from {bench.target.database}.{bench.target.table}")), aside(bench)]  # fmt: skip


@PARITY.shows("transformation", "parse_dates", "fix_incompatible_characters", "add_filename_column")
def transformations(bench: Bench) -> Any:
    """Dates, texts of structs and names of files."""
    file = bench.csv('d,s\n03/02/2026,"{a=1, b=x}"\n2026-02-04,"{\'a\': 2}"\nnever,\n')
    steps = [ParseDates(columns=("d",), source_format=("%d/%m/%Y",)), FixIncompatibleCharacters(columns=("s",)),
             AddFilenameColumn(target_column="f")]  # fmt: skip
    return compiled(bench, [file], {"d": "date", "s": "struct<a:int,b:string>", "f": "string"}, SchemaPolicy(), steps)


@PARITY.shows("schema policy", "new_columns: discard", "new_columns: evolve", "new_columns: quarantine",
              "missing_columns: null", "type_change: quarantine", "type_change: widen")  # fmt: skip
@PARITY.shows("quarantine reason", "extra column", "null")
def schema_policies(bench: Bench) -> Any:
    """Columns and types nobody promised."""
    answers = []
    for number, (new, change) in enumerate(
        (("discard", "quarantine"), ("evolve", "widen"), ("quarantine", "quarantine"))
    ):
        bench.target = TableRef("staging", "sales_staging", f"policy_{number}")
        policy = SchemaPolicy.model_validate({"new_columns": new, "type_change": change})
        file = bench.csv("id,v,extra\n1,a,\n2,b,e\nx,c,\n,d,\n")
        answers.append(compiled(bench, [file], {"id": "int", "v": "string", "w": "double"}, policy, []))
    return answers


def compiled(
    bench: Bench, files: list[RawFile], types: dict[str, str], policy: SchemaPolicy, steps: Sequence[Any]
) -> Any:
    """What a compiled plan makes of files."""
    ref = bench.target
    columns = tuple(ColumnContract(name=name, type=kind, nullable=name != "id") for name, kind in types.items())
    contract = TableContract(database=ref.database, table=ref.table, columns=columns, schema_policy=policy)
    casting = {"transformations": [step.model_dump() for step in steps]}
    entry = TableEntry.model_validate({"database": ref.database, "table": ref.table, "casting": casting})
    plan = compile_raw(ref, files, entry=entry, contract=contract, data_date=files[0].data_date)
    written = bench.run(replace(plan, write_mode="append"))
    rows = shown(bench, bench.engine.query(f"select * from {ref.database}.{ref.table}"))
    return [counts(written), dict(bench.verdict.cast_failures), rows, aside(bench)]


# publishing ---------------------------------------------------------------------------------------------------------
@PARITY.shows("partition", "value")
@PARITY.shows("write mode", "append", "overwrite", "overwrite_partition", "merge", "scd2")
@PARITY.shows("verb", "prepare", "set_aside", "commit")
@PARITY.shows("quarantine reason", "control", "primary key without value", "primary key clash")
def write_modes(bench: Bench) -> Any:
    """Two deliveries in each write mode: counts, rows, rows set aside."""
    answers: list[Any] = []
    days = {
        "2026-01-01": "id,v,w\n1,a,1\n2,b,2\n3,c,3\n",
        "2026-01-02": "id,v,w\n1,a,1\n2,z,2\n4,é,\n4,e,4\n,n,1\n5,f,-1\n",
    }
    check = RowCheck("c", "positive", ("w",), parse_condition("w > 0"), parse_condition("w is not null"), "quarantine")
    for mode in ("append", "overwrite", "overwrite_partition", "merge", "scd2"):
        bench.target = TableRef("staging", "sales_staging", f"mode_{mode}")
        keyed = mode in {"merge", "scd2"}
        types = {"id": "int", "v": "string", "w": "double"}
        types |= {"valid_from": "date", "valid_to": "date", "is_current": "boolean"} if mode == "scd2" else {}
        options: dict[str, Any] = {
            "write_mode": mode, "primary_keys": ("id",) if keyed else (), "checks": (check,),
            "partition_field": "v" if mode == "overwrite_partition" else None, "key_policy": KeyPolicy(),
        }  # fmt: skip
        for day, text in days.items():
            answers.append(counts(bench.run(bench.plan([bench.csv(text, day)], types, **options))))
            answers.append(shown(bench, bench.engine.query(f"select * from sales_staging.mode_{mode}")))
        answers.append(aside(bench))
    return answers


@PARITY.shows("partition", "month")
def months(bench: Bench) -> Any:
    """A late day leaves newer partitions in force; months of dates and of timestamps, one before 1970, one null."""
    answers: list[Any] = []
    days = {
        "2026-02-02": "id,v\n1,2026-01-05\n2,2026-01-31\n3,1969-12-31\n4,\n",
        "2026-02-03": "id,v\n5,2026-02-01\n6,2026-01-01\n",
        "2026-02-01": "id,v\n7,2026-02-28\n8,2025-12-31\n",
    }
    for kind, last in (("date", 3), ("timestamp", 2)):
        bench.target = TableRef("staging", "sales_staging", f"by_month_of_{kind}")
        options: dict[str, Any] = {
            "write_mode": "overwrite_partition", "partition_field": "v", "partition_transform": "month",
        }  # fmt: skip
        for day, text in [*days.items()][:last]:
            answers.append(counts(bench.run(bench.plan([bench.csv(text, day)], {"id": "int", "v": kind}, **options))))
        answers.append(shown(bench, bench.engine.query(f"select * from {bench.target.database}.{bench.target.table}")))
        answers.append(sorted((str(f.partition), f.rows) for f in bench.catalogue.files(bench.target)))
    return answers
