"""What becomes of landed files: the keys of `incoming_file` and `output_file`."""

from __future__ import annotations

import hashlib
import io
import zipfile
from typing import Any

from stories.keys.archive import encrypted_zip
from stories.keys.world import Case, Place, World

PROCESS = "transformation: dataflows.*.processes.*."
LANDING: Place = ("transformation", "dataflows", "sales", "processes", "landing_to_raw")
INCOMING: Place = (*LANDING, "incoming_file")
CSV, JSON = (*INCOMING, "csv_specs"), (*INCOMING, "json_specs")
COLUMNS = [{"name": "id", "type": "bigint"}, {"name": "shop", "type": "string"},
           {"name": "amount", "type": "decimal(10,2)"}, {"name": "weight", "type": "double"},
           {"name": "data_date", "type": "date"}]  # fmt: skip
CONTRACT = {"layer": "staging", "database": "shop_staging", "table": "sales", "columns": COLUMNS,
            "partition_field": "data_date"}  # fmt: skip
STAGING = {"target_tables": {"sales": {"database": "shop_staging", "table": "sales"}}}
DAY_1 = """id,shop,amount,weight
1,"north, by sea",1.50,1.0
2, south ,2.25,1.0
3,NA,3.00,2.0
9,nan,9.00,nix
#7,commented,1.00,1.0
4,"a\\\\b",4.00,1.0
5,"two
lines",5.00,1.0
6,short
8,señor,8.00,1.0
"""
DATED = """id,sold,booked,several
1,2026-02-03,2026-04-05,2026-05-06
2,2026-02-03,2026-04-05,2026-05-07
"""
DATED_LINES = """{"id": 1, "sold": "2026-02-03", "booked": "2026-04-05", "several": "2026-05-06"}
{"id": 2, "sold": "2026-02-03", "booked": "2026-04-05", "several": "2026-05-07"}
"""
DOCUMENT = """{"status_code": 201, "code": 200, "rows": [{"id": 1, "shop": "ñ", "amount": "1", "deep": [[1]]}],
 "more": [{"id": 2, "shop": "b", "amount": "2"}], "named": {"x": {"id": 3, "shop": "c", "amount": "3"}}}"""
ROWS = "id,shop,amount,weight\n1,a,1,1\n"


def documents(incoming: dict[str, Any], staging: bool = True) -> dict[str, Any]:
    processes: dict[str, Any] = {
        "landing_to_raw": {
            "incoming_file": {"filename_pattern": r"sales_.*", **incoming},
            "output_file": {"database": "shop_raw", "table": "sales"},
        }
    }
    if staging:
        processes["raw_to_staging"] = STAGING
    return {
        "platform": {"local": {"environment": "local"}},
        "transformation": {"project_id": "shop", "dataflows": {"sales": {"processes": processes}}},
        "tables": {"sales": CONTRACT} if staging else {},
    }


def zipped(**members: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(f"{name}.csv"), content)
    return packed.getvalue()


WORLDS = {
    "csv": World(documents({"file_format": "csv"}), {"sales_2026-01-01.csv": DAY_1, "sales_2026-01-02.csv": ""}),
    "mixed": World(documents({"file_format": "csv"}), {"sales_2026-01-01.csv": "id,shop,amount,weight\n1,a\rb,1,1\n"}),
    "json": World(
        documents({"file_format": "json", "json_specs": {"source_level": "rows"}}), {"sales_2026-01-01.json": DOCUMENT}
    ),
    "dated csv": World(documents({"file_format": "csv"}, staging=False), {"sales_2026-01-02.csv": DATED}),
    "dated lines": World(documents({"file_format": "json_lines"}, staging=False), {"sales_2026-01-02.jl": DATED_LINES}),
    "archive": World(
        documents({"file_format": "csv", "zipped": "zip", "filename_unzipped_pattern": "a.*"}, staging=False),
        {"sales_2026-01-01.zip": zipped(a="id\n1\n", b="id\n2\n")},
    ),
    "locked": World(
        documents({"file_format": "csv", "zipped": "zip"}, staging=False),
        {"sales_2026-01-01.zip": encrypted_zip("a.csv", b"id\n1\n", b"open sesame")},
        files={"secret.txt": "open sesame"},
    ),
    "summed": World(
        documents({"file_format": "csv", "filename_pattern": r"sales_.*\.csv"}),
        {
            "in/sales_2026-01-01.csv": ROWS,
            "in/sales_2026-01-01.csv.sha256": hashlib.sha256(ROWS.encode()).hexdigest(),
            "in/sums.txt": f"{hashlib.sha256(ROWS.encode()).hexdigest()} *sales_2026-01-01.csv\n0 other.csv\n",
        },
    ),
    "twice": World(
        documents({"file_format": "csv"}), {"sales_2026-01-01.csv": ROWS, "sales_2026-01-01_again.csv": ROWS}
    ),
}


def _csv(name: str, value: Any, sees: str = "tables.shop_staging.sales", given: Any = ()) -> Case:
    return Case(f"{PROCESS}incoming_file.csv_specs.{name}", "csv", (*CSV, name), value, sees, given)


def date_cases(world: str, inside: tuple[str, ...]) -> list[Case]:
    """The keys of the data date, at one of the places they may stand at."""
    key = ".".join((f"{PROCESS}incoming_file", *inside))
    at = (*INCOMING, *inside)
    named, column = (*at, "date_located_filename"), ((*at, "date_located"), "column")
    one_group = ((*named, "regex"), r"_(\d{4}-\d{2}-\d{2})")

    def case(name: str, value: Any, *given: Any) -> Case:
        return Case(f"{key}.{name}", world, (*at, *name.split(".")), value, "files", given)

    return [
        case("date_located", "arrival", ((*at, "date_located_column"), "sold"), column),
        case("date_located_filename.regex", r"(?P<year>\d+)-(?P<day>\d+)-(?P<month>\d+)"),
        case("date_located_filename.formats", ["%Y-%d-%m"], ((*named, "formats"), ["%Y-%m-%d"]), one_group),
        case("date_located_column", "booked", column, ((*at, "date_located_column"), "sold")),
        case("date_located_column_take", "max", column, ((*at, "date_located_column"), "several")),
        case("formats", ["%Y-%d-%m"], column, ((*at, "date_located_column"), "booked")),
    ]


def _incoming(world: str, name: str, value: Any, sees: str = "files", *given: Any) -> Case:
    return Case(f"{PROCESS}incoming_file.{name}", world, (*INCOMING, *name.split(".")), value, sees, given)


def _control(name: str, key: str, value: Any, /, **others: Any) -> Case:
    """A key of a file control; the others of its keys stay."""
    at = (*INCOMING, "controls", name)
    given = tuple(((*at, other), stays) for other, stays in others.items())
    world = {"check_json_status_code": "json", "file_is_unique": "twice", "file_checksum": "summed"}.get(name, "csv")
    return Case(f"{PROCESS}incoming_file.controls.{name}.{key}", world, (*at, key), value, "files", given)


_GIVEN_NAMES = ["id", "amount", "shop", "weight"]
_NO_HEADER = (((*CSV, "header"), False), ((*CSV, "column_names"), ["id", "shop", "amount", "weight"]))

CASES = [
    _csv("encoding", "latin-1"),
    _csv("delimiter", ";", "files"),
    _csv("special_character", "'"),
    _csv("escape", "\\"),
    _csv("comment", "#", "counts"),
    Case(f"{PROCESS}incoming_file.csv_specs.row_delimiter", "mixed", (*CSV, "row_delimiter"), "\n", "counts"),
    _csv("header", False, "files"),
    _csv("header_position", 1, "files"),
    _csv("preamble_lines", 1, "counts", _NO_HEADER),
    _csv("header_lines", 2, "files"),
    _csv("footnote_lines", 1),
    _csv("column_names", _GIVEN_NAMES),
    _csv("null_value", "NA"),
    _csv("nan_value", "nix"),
    _csv("multiline", False),
    _csv("ragged_rows", "pad"),
    _csv("trim", False),
    _csv("empty_file", "accept", "files"),
    *date_cases("dated csv", ()),
    *date_cases("dated csv", ("csv_specs",)),
    *date_cases("dated lines", ("json_specs",)),
    _incoming("json", "json_specs.encoding", "latin-1", "tables.shop_staging.sales"),
    _incoming("json", "json_specs.source_level", "more", "tables.shop_staging.sales"),
    _incoming("json", "json_specs.source_level_format", "dictionary", "tables.shop_staging.sales",
              ((*JSON, "source_level"), "named")),
    _incoming("csv", "file_format", "json"),
    _incoming("archive", "zipped", ""),
    _incoming("csv", "filename_pattern", r"sales_2026-01-01.*"),
    _incoming("archive", "filename_unzipped_pattern", "b.*", "raw"),
    _incoming("locked", "password", "file:secret.txt"),
    _incoming("twice", "compare_with_previous_file", False),
    _control("file_size", "min", 10_000),
    _control("file_size", "max", 1),
    _control("file_size", "blocking", False, max=1),
    _control("check_json_status_code", "field", "code", accepted=[201]),
    _control("check_json_status_code", "accepted", [201], field="status_code"),
    _control("check_json_status_code", "blocking", False, accepted=[200]),
    _control("file_age", "max", 0),
    _control("file_age", "blocking", False, max=0),
    _control("file_row_count", "min", 10_000),
    _control("file_row_count", "max", 1),
    _control("file_row_count", "blocking", False, max=1),
    _control("file_is_unique", "blocking", True),
    _control("file_checksum", "algorithm", "md5", algorithm="sha256"),
    _control("file_checksum", "companion", "nope.txt", companion="sums.txt"),
    _control("file_checksum", "blocking", False, companion="nope.txt"),
    _control("file_encoding", "name", "latin-1", name="utf-8"),
    _control("file_encoding", "blocking", False, name="latin-1"),
    *(Case(f"{PROCESS}output_file.{key}", "csv", (*LANDING, "output_file", key), value, "raw")
      for key, value in (("database", "mall_raw"), ("table", "sold"), ("partition_field", "day"))),
    Case(f"{PROCESS}output_file.layer", "csv", (*LANDING, "output_file", "layer"), "staging", "said"),
]  # fmt: skip
