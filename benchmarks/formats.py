"""Formats beside the libraries they are read with, and compaction beside DuckDB: ratios of CPU, and the most memory.

`python -m benchmarks.formats --megabytes 1000` measures; each peer is this module again, in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.measuring import Measured, measure
from benchmarks.page import FORMATS, machine, put

_COLUMNS = ["id", "name", "city", "amount", "day", "flag"]
_TYPES = {"id": "bigint", "amount": "decimal(12,2)", "day": "date", "flag": "boolean"}
_LIMITS = {"xml": 1.3, "json": None, "json_lines": 1.3, "xlsx": 1.5, "compaction": 2.0}
_SMALL_FILES = 1000
_ROW_BYTES = {"xml": 126, "json": 105, "json_lines": 105, "xlsx": 310}
_SHEET_ROWS = 1_048_575
_ABOUT = """Written by `make benchmark-formats`. Ours are whole processes: landing → raw, of JSON Lines on to staging.
JSON is nested (`a.b`). Of workbooks, which hold a million rows each, several land; their size is that of their unpacked
sheets. Alone are lxml's iterparse looking at every value, DuckDB writing typed Parquet, fastexcel making Arrow of each
workbook, and DuckDB writing the 1,000 small files as one.

{machine}
"""


def rows(count: int) -> Iterator[tuple[str, ...]]:
    """Rows that look like data."""
    for n in range(count):
        amount, day = f"{n % 1000}.{n % 100:02}", f"2026-01-{1 + n % 28:02}"
        yield str(n), f"name {n % 977}", f"City {n % 31}", amount, day, "true"


# what lands ---------------------------------------------------------------------------------------------------------
def _xml(path: Path, count: int) -> None:
    with path.open("w") as out:
        out.write("<rows>\n")
        for row in rows(count):
            cells = "".join(f"<{name}>{cell}</{name}>" for name, cell in zip(_COLUMNS, row, strict=True))
            out.write(f"<row>{cells}</row>\n")
        out.write("</rows>")


def _json_lines(path: Path, count: int) -> None:
    with path.open("w") as out:
        for row in rows(count):
            out.write(json.dumps(dict(zip(_COLUMNS, row, strict=True))) + "\n")


def _json(path: Path, count: int) -> None:
    with path.open("w") as out:
        out.write('{"a": {"b": [')
        for number, row in enumerate(rows(count)):
            out.write((",\n" if number else "") + json.dumps(dict(zip(_COLUMNS, row, strict=True))))
        out.write("]}}")


def _xlsx(path: Path, count: int) -> None:
    """A sheet of inline texts and numbers, written by parts."""
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, _COLUMNS)
        for number, row in enumerate(rows(count), 1):
            sheet.write_row(number, 0, [int(row[0]), *row[1:3], float(row[3]), *row[4:]])


_WRITE: dict[str, Callable[[Path, int], None]] = {
    "xml": _xml, "json": _json, "json_lines": _json_lines, "xlsx": _xlsx,
}  # fmt: skip


# peers --------------------------------------------------------------------------------------------------------------
def _peer_xml(source: str) -> None:
    """Lxml alone: every value of every record is looked at once."""
    from lxml import etree

    for _, element in etree.iterparse(source, tag="row", resolve_entities=False, no_network=True):
        _ = [child.text for child in element]
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]


def _peer_json_lines(source: str) -> None:
    """DuckDB alone: to typed Parquet."""
    typed = ", ".join(f"'{name}': '{_TYPES.get(name, 'varchar')}'" for name in _COLUMNS)
    read = f"read_json('{source}', format = 'newline_delimited', columns = {{{typed}}})"
    target = f"{Path(source).parents[2]}/alone.parquet"
    _duckdb().execute(f"COPY (SELECT * FROM {read}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)")


def _peer_xlsx(source: str) -> None:
    """The sheet as Arrow, by fastexcel alone."""
    import fastexcel

    fastexcel.read_excel(source).load_sheet(0).to_arrow()


def _peer_compaction(source: str) -> None:
    """DuckDB alone: the same files read and written as one."""
    _duckdb().execute(f"COPY (SELECT * FROM read_parquet('{source}/data/*.parquet')) TO '{source}/../one.parquet' "
                      "(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)")  # fmt: skip


def _duckdb() -> Any:
    import duckdb

    return duckdb.connect(config={"memory_limit": "350MB"})


_PEERS: dict[str, Callable[[str], None]] = {
    "xml": _peer_xml, "json_lines": _peer_json_lines, "xlsx": _peer_xlsx, "compaction": _peer_compaction,
}  # fmt: skip


# ours ---------------------------------------------------------------------------------------------------------------
def _project(root: Path, kind: str) -> None:
    specs = {"xml": {"xml_specs": {"xpath": "/rows/row"}}, "json": {"json_specs": {"source_level": "a.b"}}}
    table = {"database": "bench_staging", "table": "rows"}
    processes = {
        "landing_to_raw": {
            "incoming_file": {"file_format": kind, "filename_pattern": "rows_.*", **specs.get(kind, {})},
            "output_file": {"database": "bench_raw", "table": "rows"},
        },
        "raw_to_staging": {"target_tables": {"rows": table}},
    }
    columns = [{"name": name, "type": _TYPES.get(name, "string")} for name in _COLUMNS]
    (root / "tables").mkdir(parents=True)
    _write(root / "platform.json", {"local": {"environment": "local"}})
    _write(root / "transformation.json", {"project_id": "bench", "dataflows": {"rows": {"processes": processes}}})
    _write(root / "tables" / "rows.json", {"layer": "staging", **table, "columns": columns, "write_mode": "append"})
    (root / "data" / "landing").mkdir(parents=True)


def _write(path: Path, document: Any) -> None:
    path.write_text(json.dumps(document))


def _ours(*arguments: str) -> Measured:
    return measure(sys.executable, "-m", "data_framework", *arguments, "--json")


def _format(folder: Path, kind: str, megabytes: float) -> str:
    project = folder / kind
    _project(project, kind)
    landed = _landed(project / "data" / "landing", kind, int(megabytes * 1e6 / _ROW_BYTES[kind]))
    through = "raw_to_staging" if kind == "json_lines" else "landing_to_raw"
    peers = [peer for path in landed if (peer := _peer(kind, str(path)))]
    ours = _ours("run", "rows", "--project", str(project), "--through", through)
    return _tell(kind, sum(map(_bytes, landed)), ours, peers)


def _landed(folder: Path, kind: str, count: int) -> list[Path]:
    """One file of so many rows; of workbooks, which hold a million each, several."""
    most = _SHEET_ROWS if kind == "xlsx" else count
    paths: list[Path] = []
    for start in range(0, count, most):
        paths.append(folder / f"rows_2026-01-{len(paths) + 1:02}.{kind}")
        _WRITE[kind](paths[-1], min(most, count - start))
    return paths


def _compaction(folder: Path) -> str:
    """A thousand deliveries of 20,000 rows, published as they are, then joined."""
    import duckdb

    from data_framework.modules.catalogue import Change, open_catalogue
    from data_framework.modules.config import open_config
    from data_framework.modules.config.model.tables import TableRef

    project = folder / "compaction"
    _project(project, "csv")
    _ours("tables", "apply", "--project", str(project))
    catalogue, ref = open_catalogue(open_config(project)), TableRef("staging", "bench_staging", "rows")
    ids = ", ".join(f"{name}: {number}" for name, number in catalogue.schema(ref).field_ids.items())
    location, paths = catalogue.data_location(ref), []
    cells = ("i::BIGINT id, 'name ' || i % 977 AS name, 'City ' || i % 31 AS city, (i % 1000)::DECIMAL(12,2) amount, "
             "DATE '2026-01-01' + (i % 28)::INT AS day, true AS flag")  # fmt: skip
    for number in range(_SMALL_FILES):
        paths.append(f"{location}/{number}.parquet")
        duckdb.execute(f"COPY (SELECT {cells} FROM range({number * 20_000}, {(number + 1) * 20_000}) t(i)) TO "
                       f"'{paths[-1]}' (FORMAT parquet, COMPRESSION zstd, FIELD_IDS {{{ids}}})")  # fmt: skip
    catalogue.commit(ref, Change(paths, [], None, {}))
    size = sum(Path(path).stat().st_size for path in paths)
    peer = _peer("compaction", str(Path(location).parent))
    return _tell("compaction", size, _ours("tables", "maintain", "--project", str(project)), [peer] if peer else [])


def _peer(kind: str, source: str) -> Measured | None:
    return measure(sys.executable, "-m", "benchmarks.formats", "--peer", kind, source) if kind in _PEERS else None


def _bytes(path: Path) -> int:
    """The size of what is read: of a workbook, its unpacked parts."""
    if path.suffix != ".xlsx":
        return path.stat().st_size
    with zipfile.ZipFile(path) as archive:
        return sum(part.file_size for part in archive.infolist())


def _tell(kind: str, size: int, ours: Measured, peers: list[Measured]) -> str:
    limit, cpu = _LIMITS[kind], sum(peer.cpu for peer in peers)
    ratio, alone = (f"{ours.cpu / cpu:.2f}", f"{cpu:.1f}") if peers else ("", "")
    line = (f"| {kind} | {size / 1e6:,.0f} | {ours.cpu:.1f} | {alone} | {ratio} | {limit or ''} | "
            f"{ours.megabytes:.0f} |")  # fmt: skip
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
    return line


def main() -> None:
    """Measure, or be a peer."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.formats")
    parser.add_argument("--megabytes", type=float, default=1000.0)
    parser.add_argument("--only", nargs="+", choices=[*_LIMITS], default=[*_LIMITS])
    parser.add_argument("--peer", nargs=2, metavar=("KIND", "SOURCE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peer:
        _PEERS[options.peer[0]](options.peer[1])
        return
    about = _ABOUT.format(machine=machine())
    head = ("what", "MB", "ours, CPU s", "alone, CPU s", "ratio", "limit", "ours, MB resident")
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    sys.stdout.write("\n".join(lines) + "\n")
    with tempfile.TemporaryDirectory(prefix="data-framework-benchmark-") as folder:
        for kind in options.only:
            one = _compaction if kind == "compaction" else partial(_format, kind=kind, megabytes=options.megabytes)
            lines.append(one(Path(folder)))
    if {*options.only} == {*_LIMITS}:
        put(FORMATS, "\n".join([about, *lines]))


if __name__ == "__main__":
    main()
