"""The feed of the benchmark: TPC-H lineitem and orders as deliveries, a contract, and 20 rules."""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

COLUMNS = {
    "l_orderkey": "bigint", "l_partkey": "bigint", "l_suppkey": "bigint", "l_linenumber": "int",
    "l_quantity": "decimal(15,2)", "l_extendedprice": "decimal(15,2)", "l_discount": "decimal(15,2)",
    "l_tax": "decimal(15,2)", "l_returnflag": "varchar", "l_linestatus": "varchar", "l_shipdate": "date",
    "l_commitdate": "date", "l_receiptdate": "date", "l_shipinstruct": "varchar", "l_shipmode": "varchar",
    "l_comment": "varchar",
}  # fmt: skip
REQUIRED = ["l_orderkey", "l_partkey", "l_suppkey", "l_linenumber", "l_quantity", "l_shipdate"]
RANGES = [("l_quantity", 1, 50), ("l_discount", 0, 0.1), ("l_tax", 0, 0.08), ("l_extendedprice", 0, 1000000)]
SETS = [
    ("l_returnflag", ["A", "N", "R"]), ("l_linestatus", ["F", "O"]),
    ("l_shipmode", ["AIR", "FOB", "MAIL", "RAIL", "REG AIR", "SHIP", "TRUCK"]),
]  # fmt: skip
REGEXES = [("l_shipinstruct", "^[A-Z ]+$"), ("l_shipmode", "^[A-Z ]{3,7}$"), ("l_comment", "^[^|]*$")]
UNIQUE = [["l_orderkey", "l_linenumber"], ["l_orderkey", "l_linenumber", "l_partkey"]]
KEY = UNIQUE[0]
CHANGES, BAD_ONE_IN = 300_000, 1000


def generate(folder: Path, scale: float) -> None:
    """Make lineitem.csv, orders.csv, dirty.csv (0.1 % bad rows) and changes.csv, unless they are there."""
    if (folder / "changes.csv").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    tool = Path(sys.executable).with_name("tpchgen-cli")
    options = ["-s", str(scale), "--tables=lineitem,orders", f"--output-dir={folder}", "--overwrite"]
    subprocess.run([str(tool), "csv", *options], check=True)
    _rewrite(folder / "lineitem.csv", folder / "dirty.csv", _dirty)
    _rewrite(folder / "lineitem.csv", folder / "changes.csv", _changes)


def project(folder: Path, memory: str = "600 MiB") -> Path:
    """Make an empty project: lineitem and tiny replace their date, merged merges by key, orders is referred to."""
    shutil.rmtree(folder, ignore_errors=True)
    platform = {"local": {"environment": "local", "limits": {"memory": memory, "file_bytes": "100 GiB"}}}
    dataflows = {name: _dataflow(name) for name in ("lineitem", "merged", "orders", "tiny")}
    _write(folder / "platform.json", platform)
    _write(folder / "transformation.json", {"project_id": "bench", "dataflows": dataflows})
    for name in ("lineitem", "merged", "tiny"):
        _write(folder / "tables" / f"{name}.json", _contract(name))
    orders = {"layer": "staging", "database": "bench_staging", "table": "orders", "write_mode": "overwrite",
              "columns": [{"name": "o_orderkey", "type": "bigint"}]}  # fmt: skip
    _write(folder / "tables" / "orders.json", orders)
    _write(folder / "controls" / "rules.json", {"controls": [*_controls("lineitem"), *_controls("tiny")]})
    return folder


def land(project: Path, source: Path, name: str) -> None:
    """Put a file into landing under a name, without copying its bytes where the file system can share them."""
    target = project / "data" / "landing" / name
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    target.hardlink_to(source)


def head(source: Path, target: Path, rows: int) -> None:
    """Write the first rows of a file, with its header."""
    with source.open(encoding="utf-8") as lines, target.open("w", encoding="utf-8") as out:
        out.writelines(itertools.islice(lines, rows + 1))


def _dataflow(name: str) -> dict[str, Any]:
    raw, staging = {"database": "bench_raw", "table": name}, {"database": "bench_staging", "table": name}
    incoming = {"file_format": "csv", "filename_pattern": f"{name}_\\d{{4}}-\\d{{2}}-\\d{{2}}\\.csv"}
    return {"config_match_by": {"file_name": f"{name}_*.csv"}, "processes": {
        "landing_to_raw": {"incoming_file": incoming, "output_file": raw},
        "raw_to_staging": {"source_tables": {name: raw}, "target_tables": {name: staging}},
    }}  # fmt: skip


def _contract(name: str) -> dict[str, Any]:
    columns = [{"name": key, "type": "string" if kind == "varchar" else kind} for key, kind in COLUMNS.items()]
    found = {"layer": "staging", "database": "bench_staging", "table": name}
    if name == "merged":
        return {**found, "columns": columns, "primary_keys": KEY, "write_mode": "merge"}
    dated = [*columns, {"name": "data_date", "type": "date"}]
    return {**found, "columns": dated, "partition_field": "data_date", "write_mode": "overwrite_partition"}


def _controls(table: str) -> list[dict[str, Any]]:
    rules: list[tuple[str, str | list[str], dict[str, Any]]] = [("is_not_null", name, {}) for name in REQUIRED]
    rules += [("is_between", name, {"min": low, "max": high}) for name, low, high in RANGES]
    rules += [("is_in", name, {"values": values}) for name, values in SETS]
    rules += [("matches_regex", name, {"pattern": pattern}) for name, pattern in REGEXES]
    rules += [("is_unique", names, {}) for names in UNIQUE]
    rules += [("is_foreign_key", "l_orderkey", {"table": "bench_staging.orders", "fields": ["o_orderkey"]})]
    found = [_control(table, n, rule, field, arguments) for n, (rule, field, arguments) in enumerate(rules)]
    count = {**_control(table, len(rules), "row_count", "", {}), "threshold": {"type": "Standard", "min": 1}}
    return [*found, {key: value for key, value in count.items() if key != "field"}]


def _control(table: str, number: int, rule: str, field: str | list[str], arguments: dict[str, Any]) -> dict[str, Any]:
    return {
        "control_master_id": f"B{number:02}", "control_table_id": f"{table}_{number:02}", "name": f"{rule} {field}",
        "layer": "staging", "database": "bench_staging", "table": table, "field": field, "level": "Data",
        "algorithm_type": "Data Framework", "algorithm": rule, "arguments": arguments,
        "on_failure": "quarantine" if rule in {"is_between", "is_in"} else "keep",
    }  # fmt: skip


def _rewrite(source: Path, target: Path, change: Any) -> None:
    with source.open(encoding="utf-8") as lines, target.open("w", encoding="utf-8") as out:
        out.write(next(lines))
        out.writelines(change(lines))


def _dirty(lines: Iterator[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        if number % BAD_ONE_IN != 7:
            yield line
            continue
        cells = line.split(",")
        cells[4] = "many" if number // BAD_ONE_IN % 2 else "51.00"
        yield ",".join(cells)


def _changes(lines: Iterator[str]) -> Iterator[str]:
    for number, line in enumerate(itertools.islice(lines, 0, None, 20)):
        if number == CHANGES:
            return
        cells = line.split(",")
        cells[7] = "0.01" if cells[7] != "0.01" else "0.02"
        yield ",".join(cells)


def _write(path: Path, document: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=2), encoding="utf-8")
