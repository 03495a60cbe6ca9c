"""What no single key tells: cross-checks, each with the place it names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from data_framework.modules.config import check_targets_have_code, read_contracts, read_controls
from data_framework.modules.exception import ConfigErrors
from unit.config.builder import LANDING, STAGING, opened, problems, sales, write

COLUMNS = [{"name": "id", "type": "bigint"}, {"name": "day", "type": "date"}]
CONTRACT = {"database": "shop_staging", "table": "sales", "columns": COLUMNS, "primary_keys": ["id"]}
CONTROL = {
    "control_master_id": "C1", "control_table_id": "T1", "database": "shop_staging", "table": "sales", "field": "id",
    "algorithm": "is_not_null",
}  # fmt: skip
REPORT = {"name": "r", "source_table": "sales", "filename_pattern": "r.csv"}
PLACE = "dataflows.sales.processes"
FILE = f"{PLACE}.landing_to_raw.incoming_file"
TARGET = f"{PLACE}.raw_to_staging.target_tables.sales"
FIRST = f"{PLACE}.common_to_output.output_reports[0]"


def incoming(**changes: Any) -> Any:
    return {**LANDING, "incoming_file": {**LANDING["incoming_file"], **changes}}


def output(*reports: Any, **more: Any) -> Any:
    return {"source_tables": STAGING["target_tables"], "output_reports": list(reports), **more}


def staging(**changes: Any) -> Any:
    target = {**STAGING["target_tables"]["sales"], **changes}
    return {"source_tables": STAGING["source_tables"], "target_tables": {"sales": target}}


def test_the_small_project_is_right(tmp_path: Path) -> None:
    assert not problems(
        tmp_path, sales(common_to_output=output(REPORT)), tables__a=CONTRACT, controls__a={"controls": [CONTROL]}
    )


DATAFLOWS = {
    "unknown process": ({"landing_to_rwa": LANDING}, f"{PLACE}.landing_to_rwa", "landing_to_raw"),
    "unknown format": ({"landing_to_raw": incoming(file_format="cvs")}, f"{FILE}.file_format", "csv"),
    "bad regex": ({"landing_to_raw": incoming(filename_pattern="a(")}, f"{FILE}.filename_pattern", "regular"),
    "bad encoding": (
        {"landing_to_raw": incoming(csv_specs={"encoding": "utf8x"})},
        f"{FILE}.csv_specs.encoding",
        "encoding",
    ),
    "binary codec": (
        {"landing_to_raw": incoming(csv_specs={"encoding": "zlib"})},
        f"{FILE}.csv_specs.encoding",
        "text",
    ),
    "two date groups": (
        {"landing_to_raw": incoming(date_located_filename={"regex": "(\\d+)-(\\d+)"})},
        f"{FILE}.date_located_filename",
        "year, month and day",
    ),
    "one group without formats": (
        {"landing_to_raw": incoming(date_located_filename={"regex": "(\\d{8})"})},
        f"{FILE}.date_located_filename.formats",
        "formats",
    ),
    "date in no column": ({"landing_to_raw": incoming(date_located="column")}, f"{FILE}.date_located_column", "column"),
    "long quote": (
        {"landing_to_raw": incoming(csv_specs={"special_character": "''"})},
        f"{FILE}.csv_specs.special_character",
        "one character",
    ),
    "empty delimiter": (
        {"landing_to_raw": incoming(csv_specs={"delimiter": ""})},
        f"{FILE}.csv_specs.delimiter",
        "one or more",
    ),
    "unknown file control": (
        {"landing_to_raw": incoming(controls={"file_sizes": {}})},
        f"{FILE}.controls.file_sizes",
        "file_size",
    ),
    "no raw table": (
        {"landing_to_raw": {"incoming_file": LANDING["incoming_file"]}},
        f"{PLACE}.landing_to_raw.output_file",
        "output_file",
    ),
    "a file elsewhere": (
        {"raw_to_staging": {**STAGING, **LANDING}},
        f"{PLACE}.raw_to_staging.incoming_file",
        "only there",
    ),
    "unsafe table": ({"raw_to_staging": staging(table="sales; drop")}, f"{TARGET}.table", "letters"),
    "unsafe database": ({"raw_to_staging": staging(database="../x")}, f"{TARGET}.database", "letters"),
    "unknown transformation": (
        {"raw_to_staging": staging(casting={"transformations": [{"type": "parse_date", "columns": "a"}]})},
        f"{TARGET}.casting.transformations[0].type",
        "parse_dates",
    ),
    "key of another transformation": (
        {"raw_to_staging": staging(casting={"transformations": [{"type": "add_filename_column", "columns": "a"}]})},
        f"{TARGET}.casting.transformations[0].columns",
        "target_column",
    ),
    "unknown master": (
        {"raw_to_staging": staging(casting={"master_table": "sale"})},
        f"{TARGET}.casting.master_table",
        "sales",
    ),
    "master of nothing": (
        {"raw_to_staging": staging(data_controls=[{"type": "master_fields", "column": "a"}])},
        f"{TARGET}.data_controls[0].master_table",
        "master table",
    ),
    "report of no table": (
        {"common_to_output": output({**REPORT, "source_table": "sale"})},
        f"{FIRST}.source_table",
        "sales",
    ),
    "report elsewhere": (
        {"staging_to_common": output(REPORT)},
        f"{PLACE}.staging_to_common.output_reports",
        "_to_output",
    ),
    "report twice": (
        {"common_to_output": output(REPORT, {**REPORT, "name": "R"})},
        f"{PLACE}.common_to_output.output_reports[1].name",
        "each",
    ),
    "unknown name in a name": (
        {"common_to_output": output({**REPORT, "filename_pattern": "r_{file_dat}.csv"})},
        f"{FIRST}.filename_pattern",
        "file_date",
    ),
    "unknown variable": (
        {"common_to_output": output({**REPORT, "where": "a = '{vars.limt}'"}, vars={"default": {"limit": 1}})},
        f"{FIRST}.where",
        "vars.limit",
    ),
    "aliases": (
        {"common_to_output": output({**REPORT, "columns": ["a"], "columns_alias": ["a", "b"]})},
        f"{FIRST}",
        "as many",
    ),
    "a report in a folder": (
        {"common_to_output": output({**REPORT, "filename_pattern": "../r.csv"})},
        f"{FIRST}",
        "folders",
    ),
    "unknown environment": (
        {"common_to_output": output(REPORT, vars={"locl": {}})},
        f"{PLACE}.common_to_output.vars.locl",
        "local",
    ),
    "built-in message": (
        {"landing_to_raw": {**LANDING, "notifications": {"file_arrival": {"subject": "x"}}}},
        f"{PLACE}.landing_to_raw.notifications.file_arrival",
        "another name",
    ),
}


@pytest.mark.parametrize("name", DATAFLOWS)
def test_a_wrong_dataflow_is_refused_by_place(name: str, tmp_path: Path) -> None:
    processes, place, said = DATAFLOWS[name]
    found = problems(tmp_path, sales(**processes))
    assert place in [problem.place for problem in found], found
    problem = next(problem for problem in found if problem.place == place)
    assert said in f"{problem.expected} {problem.hint}"
    lines = (tmp_path / "transformation.json").read_text().splitlines()
    assert problem.line is not None
    last = place.replace("]", "").replace("[", ".").split(".")[-1]
    if any(f'"{last}":' in line for line in lines) and not last.isdigit() and problem.found != "nothing":
        assert f'"{last}":' in lines[problem.line - 1]


CONTRACTS = {
    "unknown key": ({"primary_keys": ["idd"]}, "primary_keys[0]", "Did you mean 'id'"),
    "key twice": ({"primary_keys": ["id", "id"]}, "primary_keys", "once"),
    "same name": ({"columns": [{"name": "Año"}, {"name": "ano"}]}, "columns[1].name", "normalising"),
    "no name": ({"columns": [{"name": "#"}]}, "columns[0].name", "letter"),
    "alias of another": (
        {"columns": [{"name": "id", "aliases": ["Day"]}, {"name": "day"}]},
        "columns[0].aliases[0]",
        "no other",
    ),
    "unknown type": ({"columns": [{"name": "id", "type": "number"}]}, "columns[0].type", "decimal"),
    "no columns": ({"columns": []}, "columns", "at least 1"),
    "unknown order": ({"order_by": ["dya desc"]}, "order_by[0]", "Did you mean 'day'"),
    "unknown sequence": ({"sequence_by": "dy"}, "sequence_by", "Did you mean 'day'"),
    "merge without keys": ({"write_mode": "merge", "primary_keys": []}, "write_mode", "primary_keys"),
    "no partition": ({"write_mode": "overwrite_partition"}, "write_mode", "partition_field"),
    "nested partition": (
        {"columns": [{"name": "id", "type": "array<int>"}], "partition_field": "id"},
        "partition_field",
        "plain",
    ),
    "scd2": ({"write_mode": "scd2", "primary_keys": []}, "write_mode", "primary_keys"),
    "delete_when": ({"delete_when": "id = 1", "primary_keys": [], "write_mode": "append"}, "delete_when", "with keys"),
    "sequence_by": ({"sequence_by": "id", "primary_keys": [], "write_mode": "append"}, "sequence_by", "with keys"),
    "landing": ({"layer": "landing"}, "layer", "raw"),
    "unsafe": ({"table": "a.b"}, "table", "letters"),
}


@pytest.mark.parametrize("name", CONTRACTS)
def test_a_wrong_contract_is_refused_by_place_with_and_without_a_project(name: str, tmp_path: Path) -> None:
    changes, place, said = CONTRACTS[name]
    contract = {**CONTRACT, **changes}
    found = {problem.place: problem for problem in problems(tmp_path, sales(), tables__a=contract)}
    assert place in found
    assert said in f"{found[place].expected} {found[place].hint}"
    assert found[place].file == "tables/a.json"
    with pytest.raises(ConfigErrors):
        read_contracts(tmp_path / "tables" / "a.json")


def test_config_and_contract_must_not_differ(tmp_path: Path) -> None:
    flows = sales(raw_to_staging=staging(primary_keys=["day"], partition_field="id", layer="common"))
    contract = {**CONTRACT, "partition_field": "day", "layer": "staging"}
    place = f"{TARGET}"
    found = [problem.place for problem in problems(tmp_path, flows, tables__a=contract)]
    assert found == [f"{place}.primary_keys", f"{place}.partition_field", f"{place}.layer"]


def test_one_contract_per_table_and_none_under_the_name_of_a_quarantine(tmp_path: Path) -> None:
    other = {**CONTRACT, "table": "sales_quarantine"}
    found = problems(tmp_path, sales(), tables__a=CONTRACT, tables__b={"tables": [CONTRACT, other]})
    assert [(p.file, p.place) for p in found] == [
        ("tables/b.json", "tables[0].table"),
        ("tables/b.json", "tables[1].table"),
    ]
    assert "tables/a.json:1" in found[0].expected


def test_dataflows_are_told_apart(tmp_path: Path) -> None:
    one = {"processes": {"landing_to_raw": incoming()}}
    unnamed = {"processes": {"landing_to_raw": {**LANDING, "incoming_file": {"file_format": "csv"}}}}
    assert not problems(tmp_path / "1", {"a": unnamed})
    assert "a pattern of the file names" in str(problems(tmp_path / "2", {"a": one, "b": unnamed}))
    claim = {"config_match_by": {"file_name": "x*"}}
    assert "which is the dataflow 'a'" in str(problems(tmp_path / "3", {"a": one | claim, "b": one | claim}))
    assert "letters, digits" in str(problems(tmp_path / "4", {"../a": one}))


def test_controls_of_a_project_name_a_table_and_are_told_apart(tmp_path: Path) -> None:
    bare = {"algorithm": "is_not_null", "field": "id"}
    found = problems(tmp_path, sales(), controls__a={"controls": [CONTROL, CONTROL, bare]})
    assert [p.place for p in found] == [
        "controls[1]", "controls[2].control_master_id", "controls[2].database", "controls[2].table"
    ]  # fmt: skip
    write(tmp_path, controls__b={"controls": [bare]})
    assert read_controls(tmp_path / "controls" / "b.json")[0].field == ("id",)


def test_a_control_of_an_unknown_table_is_a_warning(tmp_path: Path) -> None:
    config = opened(tmp_path, sales(), controls__a={"controls": [{**CONTROL, "table": "sale"}]})
    assert [(p.place, p.hint) for p in config.warnings] == [("controls[0].table", "Did you mean 'shop_staging.sales'?")]


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"threshold": {"min": 2, "max": 1}}, "controls[0].threshold"),
        ({"threshold": {"rag_min": 1.5}}, "controls[0].threshold.rag_min"),
        ({"threshold": {"rag_min": 0.9, "rag_max": 0.8}}, "controls[0].threshold"),
        ({"blocking": "red"}, "controls[0].blocking"),
        ({"algorithm_type": "Sequel"}, "controls[0].algorithm_type"),
        ({"dimension": "valid"}, "controls[0].dimension"),
    ],
)
def test_a_wrong_control_is_refused_by_place(changes: Any, place: str, tmp_path: Path) -> None:
    found = problems(tmp_path, sales(), controls__a={"controls": [{**CONTROL, **changes}]})
    assert [problem.place for problem in found] == [place]


class TestNotInThisVersion:
    def test_only_what_is_used_is_refused(self, tmp_path: Path) -> None:
        config = opened(tmp_path, sales(), platform={"local": {"data_root": "s3://lake/data"}})
        with pytest.raises(ConfigErrors) as caught:
            config.check_supported("sales")
        assert [p.place.rpartition(".")[2] for p in caught.value.problems] == ["data_root"]
        assert all("not part of this version" in p.hint for p in caught.value.problems)
        opened(tmp_path / "local", sales()).check_supported()


def test_targets_that_nothing_writes_are_warned_of(tmp_path: Path) -> None:
    copied = {"source_tables": STAGING["target_tables"], "target_tables": {"sales": {"database": "c", "table": "t"}}}
    other = {"source_tables": STAGING["target_tables"], "target_tables": {"other": {"database": "c", "table": "t"}}}
    config = opened(tmp_path, sales(staging_to_common=copied, staging_to_business=other, common_to_business=copied))
    found = [problem.place for problem in check_targets_have_code(config)]
    assert found == [
        f"{PLACE}.staging_to_business.target_tables.other", f"{PLACE}.common_to_business.target_tables.sales"
    ]  # fmt: skip
    code = tmp_path / "transformation" / "dataflow"
    for path in ("sales/common_to_business.sql", "default/staging_to_business.py"):
        (code / path).parent.mkdir(parents=True, exist_ok=True)
        (code / path).write_text("")
    assert not list(check_targets_have_code(config))


def test_a_problem_of_default_is_told_once_and_where_it_is_written(tmp_path: Path) -> None:
    default = {"processes": {"landing_to_raw": incoming(zipped="rar")}}
    found = problems(tmp_path, {"default": default, "a": {}, "b": {"config_match_by": {"file_name": "b"}}})
    assert [problem.place for problem in found] == ["dataflows.default.processes.landing_to_raw.incoming_file.zipped"]


def test_many_problems_come_at_once_in_the_order_of_the_files(tmp_path: Path) -> None:
    landing = incoming(
        zipped="rar", compare_with_previous_file="maybe", csv_specs={"header_position": -1, "header": []}
    )
    found = problems(
        tmp_path, sales(landing_to_raw=landing), tables__a={**CONTRACT, "owner": 1}, platform={"local": {"region": 1}}
    )
    assert [(p.file, p.place.rpartition(".")[2]) for p in found] == [
        ("platform.json", "region"), ("tables/a.json", "owner"), ("transformation.json", "zipped"),
        ("transformation.json", "compare_with_previous_file"), ("transformation.json", "header_position"),
        ("transformation.json", "header"),
    ]  # fmt: skip
    assert [p.line for p in found[2:]] == sorted(p.line or 0 for p in found[2:])
    assert found[2].to_dict().keys() == {"file", "line", "place", "found", "expected", "hint"}


def test_a_name_like_default_is_a_typing_error_unless_there_is_a_default(tmp_path: Path) -> None:
    flow = {"processes": {"landing_to_raw": incoming()}}
    assert [problem.place for problem in problems(tmp_path, {"defualt": flow})] == ["dataflows.defualt"]
    assert not problems(tmp_path, {"default": {}, "default_2": flow})
    assert "raw_to_staging" in str(problems(tmp_path, {"default": {"processes": {"raw_to_stagin": {}}}}))
