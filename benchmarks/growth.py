"""Large inputs: is memory flat from 0.1 to 8 GB, and what does a merge into 60 million rows cost? Hours of one core."""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks import page
from benchmarks.measuring import Measured, measure
from benchmarks.peers import changes
from benchmarks.project import generate, updates, write_project
from data_framework.modules.catalogue.integrations.local.catalogue import LocalCatalogue
from data_framework.modules.config.model.tables import TableRef

_GIGABYTES_AT_SCALE_1 = 0.766
_LIMIT = 1024**3
_UPDATES = 300_000


@dataclass(frozen=True)
class Merged:
    """A merge: its cost, that of DuckDB alone over the files that hold a matched key, and the bytes on both sides."""

    name: str
    ours: Measured
    peer: Measured
    table: int
    touched: int
    written: int

    def row(self) -> str:
        """As a row of a table of Markdown."""
        sizes = " | ".join(f"{size / 1e6:,.0f}" for size in (self.table, self.touched, self.written))
        return (f"| {self.name} | {sizes} | {self.ours.cpu:.1f} | {self.peer.cpu:.1f} | "
                f"{self.ours.cpu / self.peer.cpu:.2f} | {self.ours.megabytes:.0f} |")  # fmt: skip


class Growth:
    """Loads of growing size, and merges into the last of them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, gigabytes: float) -> Measured:
        """Make a project of its own, load orders, and measure the load of so much lineitem under the limit."""
        self._data, self._project = self._folder / f"data-{gigabytes}", self._folder / f"project-{gigabytes}"
        self._data.mkdir()
        generate(self._data, gigabytes / _GIGABYTES_AT_SCALE_1)
        write_project(self._project)
        self._run("orders", self._data / "orders.csv", "2026-01-01")
        return self._run("lineitem", self._data / "lineitem.csv", "2026-01-01")

    def merge(self, name: str, day: int, *, together: bool) -> Merged:
        """Merge changed rows into what was loaded last; then the same by DuckDB alone, over the files touched."""
        (self._project / "controls" / "lineitem.json").write_text('{"controls": []}')
        changed = self._data / "updates.csv"
        landed = self._project / "data" / "landing" / "lineitem_2026-01-01.csv"
        updates(landed, changed, _UPDATES, together=together)
        before = self._files()
        touched = self._touched(before)
        peer = measure(sys.executable, "-m", "benchmarks.peers", "W3", str(self._data), *map(str, touched))
        landing = self._data / "copy.csv"
        landing.write_bytes(changed.read_bytes())
        ours = self._run("lineitem", landing, f"2026-01-{day:02}")
        return Merged(name, ours, peer, _bytes(before), _bytes(touched), _bytes(self._files() - before))

    def _run(self, dataflow: str, source: Path, date: str) -> Measured:
        landing = self._project / "data" / "landing"
        landing.mkdir(parents=True, exist_ok=True)
        source.rename(landing / f"{dataflow}_{date}.csv")
        return measure(
            sys.executable, "-m", "data_framework", "run", dataflow, "--project", str(self._project), "--json",
            memory=_LIMIT,
        )  # fmt: skip

    def _files(self) -> set[Path]:
        """The files of the table as it is now; what it has left stays on disk as long as its snapshots."""
        table = TableRef("staging", "bench_staging", "lineitem")
        return {Path(file.path) for file in LocalCatalogue(self._project / "data").files(table)}

    def _touched(self, files: set[Path]) -> set[Path]:
        import duckdb

        listed = ", ".join(f"'{file}'" for file in files)
        rows = duckdb.sql(
            f"SELECT DISTINCT filename FROM read_parquet([{listed}], filename = true) t "
            f"SEMI JOIN ({changes(str(self._data))}) s USING (l_orderkey, l_linenumber)"
        ).fetchall()
        return {Path(row[0]) for row in rows}


def _bytes(files: set[Path]) -> int:
    return sum(file.stat().st_size for file in files)


def main() -> None:
    """Load, merge, write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth")
    parser.add_argument("--gigabytes", type=float, nargs="+", default=[0.1, 1.0, 8.0])
    options = parser.parse_args()
    machine = page.machine()
    with tempfile.TemporaryDirectory(prefix="data-framework-benchmark-") as folder:
        growth = Growth(Path(folder))
        loads = [shown(load_row(size, growth.load(size))) for size in options.gigabytes]
        merges = [
            shown(growth.merge("of one range of keys", 2, together=True).row()),
            shown(growth.merge("spread over the table", 3, together=False).row()),
        ]
    lines = [
        "Written by `python -m benchmarks.growth` (part of `make benchmark-long`): lineitem with the twenty rules",
        f"through landing → staging, the process held to {_LIMIT // 1024**2:,} MiB of data (RLIMIT_DATA); then 300,000",
        "changed rows merged into the last of these tables, which has no partitions, compared with DuckDB alone",
        "merging into the files that hold a matched key (touched).", "", machine, "",
        "| lineitem GB | CPU s | wall s | peak MB |", "|---|---|---|---|", *loads, "",
        "| 300,000 rows | table MB | touched MB | written MB | CPU s | DuckDB alone CPU s | ratio | peak MB |",
        "|---|---|---|---|---|---|---|---|", *merges,
    ]  # fmt: skip
    page.put(page.GROWTH, "\n".join(lines))


def load_row(size: float, cost: Measured) -> str:
    """A load as a row of a table of Markdown."""
    return f"| {size:g} | {cost.cpu:.1f} | {cost.wall:.1f} | {cost.megabytes:.0f} |"


def shown(row: str) -> str:
    """A row, printed when it is there: the next takes long."""
    print(row, flush=True)
    return row


if __name__ == "__main__":
    main()
