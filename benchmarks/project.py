"""The data and the project the benchmark runs: TPC-H lineitem with twenty rules and its orders."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

TYPES = {
    "l_orderkey": "bigint", "l_partkey": "bigint", "l_suppkey": "bigint", "l_linenumber": "int",
    "l_quantity": "decimal(15,2)", "l_extendedprice": "decimal(15,2)", "l_discount": "decimal(15,2)",
    "l_tax": "decimal(15,2)", "l_returnflag": "string", "l_linestatus": "string", "l_shipdate": "date",
    "l_commitdate": "date", "l_receiptdate": "date", "l_shipinstruct": "string", "l_shipmode": "string",
    "l_comment": "string",
}  # fmt: skip
ORDERS = {
    "o_orderkey": "bigint", "o_custkey": "bigint", "o_orderstatus": "string", "o_totalprice": "decimal(15,2)",
    "o_orderdate": "date", "o_orderpriority": "string", "o_clerk": "string", "o_shippriority": "int",
    "o_comment": "string",
}  # fmt: skip
KEYS = ["l_orderkey", "l_linenumber"]
WIDE_KEYS = ["l_orderkey", "l_linenumber", "l_partkey", "l_suppkey"]
NOT_NULL = ["l_orderkey", "l_partkey", "l_suppkey", "l_linenumber", "l_quantity", "l_shipdate"]
RANGES = {"l_quantity": (1, 50), "l_discount": (0, 0.1), "l_tax": (0, 0.08), "l_linenumber": (1, 7)}
SETS = {
    "l_returnflag": ["A", "N", "R"], "l_linestatus": ["F", "O"],
    "l_shipmode": ["AIR", "FOB", "MAIL", "RAIL", "REG AIR", "SHIP", "TRUCK"],
}  # fmt: skip
PATTERNS = {"l_shipmode": "^[A-Z ]+$", "l_shipinstruct": "^[A-Z ]+$", "l_comment": "[a-z]"}


def generate(folder: Path, scale: float) -> None:
    """Write lineitem.csv and orders.csv with tpchgen-cli."""
    tool = Path(sys.executable).with_name("tpchgen-cli")
    options = ["csv", "-s", str(scale), "--tables", "lineitem,orders", "--output-dir", str(folder)]
    subprocess.run([str(tool), *options], check=True, capture_output=True)


def spoiled(source: Path, target: Path, every: int) -> None:
    """Copy a CSV with one cell in so many rows made unreadable."""
    with source.open() as lines, target.open("w") as out:
        out.write(next(lines))
        for number, line in enumerate(lines, 1):
            out.write("x" + line if number % every == 0 else line)


def updates(source: Path, target: Path, rows: int, *, together: bool = False) -> None:
    """So many rows of a CSV with another comment: spread over the whole table, or of one range of keys."""
    with source.open("rb") as lines, target.open("wb") as out:
        out.write(next(lines))
        if together:
            lines.seek(source.stat().st_size // 2)
            next(lines)
            chosen: Iterable[bytes] = itertools.islice(lines, rows)
        else:
            total = sum(block.count(b"\n") for block in iter(lambda: lines.read(1 << 20), b""))
            lines.seek(0)
            chosen = itertools.islice(lines, 1, None, max(1, total // rows))
        out.writelines(b",".join([*line.split(b",")[: len(TYPES) - 1], b"changed\n"]) for line in chosen)


def write_project(root: Path) -> None:
    """Write the project: two dataflows, contracts, twenty controls."""
    _json(root / "platform.json", {"local": {"environment": "local"}})
    flows = {name: _dataflow(name, keys) for name, keys in (("lineitem", KEYS), ("orders", ["o_orderkey"]))}
    _json(root / "transformation.json", {"project_id": "benchmark", "dataflows": {"default": {}, **flows}})
    for name, types, keys in (("lineitem", TYPES, KEYS), ("orders", ORDERS, ["o_orderkey"])):
        columns = [{"name": column, "type": kind} for column, kind in types.items()]
        contract = {
            "layer": "staging",
            "database": "bench_staging",
            "table": name,
            "columns": columns,
            "primary_keys": keys,
        }
        _json(root / "tables" / f"{name}.json", contract)
    _json(root / "controls" / "lineitem.json", {"controls": controls()})


def _dataflow(name: str, keys: list[str]) -> dict[str, Any]:
    incoming = {
        "file_format": "csv",
        "filename_pattern": rf"{name}_(\d{{4}})-(\d{{2}})-(\d{{2}})\.csv",
        "csv_specs": {"date_located": "filename", "date_located_filename": {"regex": r"(\d{4})-(\d{2})-(\d{2})"}},
    }
    raw = {"database": "bench_raw", "table": name, "partition_field": "data_date"}
    target = {"database": "bench_staging", "table": name, "primary_keys": keys}
    return {"processes": {
        "landing_to_raw": {"incoming_file": incoming, "output_file": raw},
        "raw_to_staging": {"source_tables": {}, "target_tables": {name: target}},
    }}  # fmt: skip


def controls() -> list[dict[str, Any]]:
    """The twenty controls of lineitem."""
    rules: list[tuple[Any, str, dict[str, Any]]] = [(field, "is_not_null", {}) for field in NOT_NULL]
    rules += [(field, "is_between", {"min": low, "max": high}) for field, (low, high) in RANGES.items()]
    rules += [(field, "is_in", {"values": values}) for field, values in SETS.items()]
    rules += [(field, "matches_regex", {"pattern": pattern}) for field, pattern in PATTERNS.items()]
    rules += [(KEYS, "is_unique", {}), (WIDE_KEYS, "is_unique", {})]
    rules += [("l_orderkey", "is_foreign_key", {"table": "bench_staging.orders", "fields": ["o_orderkey"]})]
    rules += [(None, "row_count", {"min": 1})]
    return [
        {"control_master_id": f"C{number:02}", "control_table_id": "T1", "name": f"{rule} {field}", "layer": "staging",
         "database": "bench_staging", "table": "lineitem", "level": "Data", **({"field": field} if field else {}),
         "algorithm_type": "Data Framework", "algorithm": rule, "arguments": arguments,
         "threshold": {"type": "Standard"} if rule != "row_count" else {"type": "Standard", "min": 1}}
        for number, (field, rule, arguments) in enumerate(rules, 1)
    ]  # fmt: skip


def _json(path: Path, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=1))
