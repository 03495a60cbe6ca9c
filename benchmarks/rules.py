"""Rules alone on 6.0 M rows of Parquet: ours, one hand-written DuckDB query, and five other engines side by side.

The others are installed into environments of their own below a temporary folder; one that cannot be is left out and the
reason is said. `python -m benchmarks.rules [--scale 1] [--no-peers]`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import venv
from dataclasses import dataclass
from pathlib import Path

from benchmarks import page
from benchmarks.measuring import Measured, measure
from benchmarks.project import generate
from benchmarks.rules_fused import Fused, measure_fused
from benchmarks.rules_peers import LIBRARIES

_MINUTES = 10
_PEER_BYTES = 12 << 30  # some hold the whole file in pandas
_HEAD = [
    "Written by `make benchmark-rules`: rules on one Parquet file, each engine a whole process, its start and imports",
    "included. The others run in environments the benchmark makes itself.", "",
]  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One line of the page: who, how many rules, what it cost, or why not."""

    who: str
    rules: int
    cost: Measured | None
    why: str = ""


def controls(many: int) -> list[dict[str, object]]:
    """So many controls over lineitem: the twenty of the hand-written query, then more of the same kinds."""
    found: list[dict[str, object]] = [
        {"algorithm": "is_not_null", "field": field}
        for field in ("l_orderkey", "l_partkey", "l_suppkey", "l_linenumber", "l_shipdate")
    ]
    for field, (low, high) in RANGES.items():
        found.append({"algorithm": "is_between", "field": field, "arguments": {"min": low, "max": high}})
    for field, values in SETS.items():
        found.append({"algorithm": "is_in", "field": field, "arguments": {"values": values}})
    for field, pattern in PATTERNS.items():
        found.append({"algorithm": "matches_regex", "field": field, "arguments": {"pattern": pattern}})
    found += [{"algorithm": "has_length_between", "field": "l_comment", "arguments": {"min": 1, "max": 50}},
              {"algorithm": "is_unique", "field": ["l_orderkey", "l_linenumber"]}]  # fmt: skip
    for number in range(many - len(found)):
        field, (low, high) = list(RANGES.items())[number % len(RANGES)]
        found.append({"algorithm": "is_between", "field": field,
                      "arguments": {"min": low - number - 1, "max": high + number + 1}})  # fmt: skip
    return [{"name": f"{number}", **control} for number, control in enumerate(found[:many])]


RANGES = {"l_quantity": (1, 50), "l_extendedprice": (900, 110_000), "l_discount": (0, 1), "l_tax": (0, 1),
          "l_linenumber": (1, 7)}  # fmt: skip
SETS: dict[str, list[str]] = {
    "l_returnflag": ["A", "N", "R"], "l_linestatus": ["F", "O"],
    "l_shipmode": ["AIR", "FOB", "MAIL", "RAIL", "REG AIR", "SHIP", "TRUCK"],
    "l_shipinstruct": ["COLLECT COD", "DELIVER IN PERSON", "NONE", "TAKE BACK RETURN"],
}  # fmt: skip
PATTERNS = {
    "l_returnflag": "^[ANR]$",
    "l_linestatus": "^[FO]$",
    "l_shipmode": "^[A-Z ]+$",
    "l_shipinstruct": "^[A-Z ]+$",
}


def by_hand(path: str) -> None:
    """The twenty rules as one fused query, as one who knows DuckDB would write it."""
    import duckdb

    tests = [f"count_if({field} IS NULL)"
             for field in ("l_orderkey", "l_partkey", "l_suppkey", "l_linenumber", "l_shipdate")]  # fmt: skip
    tests += [f"count_if(NOT {field} BETWEEN {low} AND {high})" for field, (low, high) in RANGES.items()]
    tests += [f"count_if({field} NOT IN {tuple(values)})" for field, values in SETS.items()]
    tests += [f"count_if(NOT regexp_matches({field}, '{pattern}'))" for field, pattern in PATTERNS.items()]
    tests += ["count_if(length(l_comment) NOT BETWEEN 1 AND 50)"]
    data = f"read_parquet('{path}')"
    unique = f"(SELECT count(*) FROM (SELECT 1 FROM {data} GROUP BY l_orderkey, l_linenumber HAVING count(*) > 1))"
    connection = duckdb.connect(config={"memory_limit": "350MB", "temp_directory": f"{path}.spill"})
    connection.execute(f"SELECT {', '.join([*tests, unique, 'count(*)'])} FROM {data}").fetchall()


def keys() -> list[dict[str, object]]:
    """A key the file is not in the order of, and two dependencies that hold."""
    found: list[dict[str, object]] = [
        {"algorithm": "is_unique", "field": ["l_partkey", "l_orderkey", "l_linenumber"]},
        {"algorithm": "determines", "field": "l_extendedprice", "arguments": {"fields": ["l_partkey", "l_quantity"]}},
        {"algorithm": "determines", "field": "l_comment", "arguments": {"fields": ["l_orderkey", "l_linenumber"]}},
    ]
    return [{"name": f"{number}", **control} for number, control in enumerate(found)]


def make_parquet(folder: str) -> None:
    """Lineitem of TPC-H as one Parquet file."""
    import duckdb

    with duckdb.connect(config={"memory_limit": "350MB", "temp_directory": f"{folder}/spill"}) as connection:
        connection.execute(
            f"COPY (SELECT * FROM read_csv('{folder}/lineitem.csv')) TO '{folder}/lineitem.parquet' "
            "(FORMAT parquet, COMPRESSION zstd)"
        )


def ours(data: Path, written: list[dict[str, object]]) -> Measured:
    """`controls check` with some rules, as a process of its own."""
    path = data.with_name(f"controls_{len(written)}.json")
    path.write_text(json.dumps({"controls": written}))
    command = (sys.executable, "-m", "data_framework", "controls", "check", "--data", str(data))
    return measure(*command, "--controls", str(path), "--json")


def peer(name: str, folder: Path, data: Path) -> Line:
    """Another engine in an environment made for it."""
    home = folder / name
    venv.create(home, with_pip=True)
    python = str(home / "bin" / "python")
    installed = subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *LIBRARIES[name]],
        capture_output=True, text=True, timeout=60 * _MINUTES, check=False,
    )  # fmt: skip
    if installed.returncode:
        return Line(name, 20, None, f"not installable: {installed.stderr.strip().splitlines()[-1][:120]}")
    written = folder / "controls_20.json"
    try:
        command = (python, "-m", "benchmarks.rules_peers", name, str(data), str(written))
        return Line(name, 20, measure(*command, memory=_PEER_BYTES))
    except SystemExit as error:
        return Line(name, 20, None, str(error).strip().splitlines()[-1][:160])


def section(lines: list[Line], fused: Fused, size: float, scale: float, machine: str) -> list[str]:
    """The page's section."""
    hand, twenty, hundred, keyed = (one.cost for one in lines[:4])
    assert hand is not None
    assert twenty is not None
    assert hundred is not None
    assert keyed is not None
    rows = [
        f"| {one.who} | {one.rules} | {one.cost.cpu:.2f} | {one.cost.wall:.2f} | {one.cost.megabytes:.0f} |"
        if one.cost else f"| {one.who} | {one.rules} | {one.why} | | |" for one in lines
    ]  # fmt: skip
    return [
        *_HEAD, f"Scale {scale} of TPC-H: lineitem, {size:.0f} MB of Parquet; {machine}", "",
        "| | measured | limit |", "|---|---|---|",
        f"| CPU of 20 rules to one hand-written query | {twenty.cpu / hand.cpu:.2f} | 1.1 |",
        f"| time of 100 rules to 20 | {hundred.wall / twenty.wall:.2f} | 3 |",
        f"| peak memory of 20 rules, MB | {twenty.megabytes:.0f} | 800 |",
        f"| peak memory of a key and two dependencies, MB | {keyed.megabytes:.0f} | 800 |",
        f"| CPU 20 rules add to landing → staging, to their hand-written query | {fused.ratio:.2f} | 0.6 |", "",
        "| engine | rules | CPU s | wall s | peak MB |", "|---|---|---|---|---|", *rows, "",
        "The last line of limits: the load of `make benchmark` with its twenty rules and without, and W2, the same",
        "rules as one query over the finished Parquet file; the mean of the runs, one after the other.", "",
        "| | CPU s | peak MB |", "|---|---|---|",
        *(f"| {name} | {one.cpu:.2f} | {one.megabytes:.0f} |" for name, one in fused.costs.items()), "",
    ]  # fmt: skip


def measured(scale: float, *, peers: bool) -> list[str]:
    """Measure at one scale."""
    machine = page.machine()
    with tempfile.TemporaryDirectory(prefix="data-framework-rules-") as name:
        folder = Path(name)
        data = folder / "lineitem.parquet"
        itself = (sys.executable, "-m", "benchmarks.rules")
        generate(folder, scale)
        measure(*itself, "--make", name)
        ours(_small(folder), controls(5))  # Python keeps what it compiles
        lines = [_said(Line("DuckDB by hand", 20, measure(*itself, "--by-hand", str(data))))]
        lines += [_said(Line("data_framework", many, ours(data, controls(many)))) for many in (20, 100)]
        lines += [_said(Line("data_framework, keys", len(keys()), ours(data, keys())))]
        lines += [_said(peer(one, folder, data)) for one in LIBRARIES] if peers else []
        size = data.stat().st_size / 1e6
        return section(lines, measure_fused(folder), size, scale, machine)


def _small(folder: Path) -> Path:
    path = folder / "small.csv"
    with (folder / "lineitem.csv").open() as text:
        path.write_text("".join(next(text) for _ in range(1001)))
    return path


def _said(line: Line) -> Line:
    print(line, flush=True)
    return line


def main() -> None:
    """Measure and write the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rules")
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--no-page", action="store_true")
    parser.add_argument("--by-hand", default="", help="used by itself: run the hand-written query")
    parser.add_argument("--make", default="", help="used by itself: write the data")
    options = parser.parse_args()
    if options.by_hand:
        return by_hand(options.by_hand)
    if options.make:
        return make_parquet(options.make)
    text = "\n".join(measured(options.scale, peers=not options.no_peers))
    print(text)
    if not options.no_page:
        page.put(page.RULES, text)
    return None


if __name__ == "__main__":
    main()
