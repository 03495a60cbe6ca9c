"""Run every measurement in a process of its own and write docs/benchmarks.md."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from dataclasses import astuple
from pathlib import Path

from benchmarks import page
from benchmarks.measuring import Measured, measure
from benchmarks.project import generate, spoiled, updates, write_project


class Benchmark:
    """One run over one scale."""

    def __init__(self, folder: Path, scale: float) -> None:
        self.folder, self.scale = folder, scale
        self.found: dict[str, Measured] = {}
        self.peers: dict[str, list[Measured]] = {}
        self.machine = page.machine()

    def run(self) -> None:
        """Measure everything, peers and ours by turns."""
        folder = self.folder
        generate(folder, self.scale)
        spoiled(folder / "lineitem.csv", folder / "spoiled.csv", 1000)
        updates(folder / "lineitem.csv", folder / "updates.csv", int(300_000 * min(1, self.scale)))
        for name, source in (("clean", "lineitem.csv"), ("spoiled", "spoiled.csv")):
            self._peers("W1", "W2")
            project = folder / name
            write_project(project)
            self._land(project, "orders", "orders.csv", "2026-01-01")
            self._run(f"{name} orders", project, "orders")
            self._land(project, "lineitem", source, "2026-01-01")
            self._run(f"{name} load", project, "lineitem")
        self._peers("W1", "W2", "W3")
        project = folder / "clean"
        (project / "controls" / "lineitem.json").write_text('{"controls": []}')
        self._land(project, "lineitem", "updates.csv", "2026-01-02")
        self._run("merge", project, "lineitem")
        self._peers("W3")
        self._small(folder / "small")

    def _peers(self, *names: str) -> None:
        """Measure peers again: the mean of their runs before and after ours is what ours is compared with."""
        for name in names:
            cost = measure(sys.executable, "-m", "benchmarks.peers", name, str(self.folder))
            self.peers.setdefault(name, []).append(cost)
            runs = self.peers[name]
            self._keep(name, Measured(*(sum(values) / len(runs) for values in zip(*map(astuple, runs), strict=True))))

    def table(self) -> str:
        """What was found, as the page of the documentation."""
        w1, w2, w3 = (self.found[name].cpu for name in ("W1", "W2", "W3"))
        ratios = [
            ("load, 20 rules, clean: to W1 + W2", self.found["clean load"].cpu / (w1 + w2), 1.25),
            ("load, 20 rules, 0.1 % bad: to W1 + W2", self.found["spoiled load"].cpu / (w1 + w2), 1.6),
            ("merge of 5 % changed rows: to W3", self.found["merge"].cpu / w3, 1.3),
        ]
        lines = [f"| {name} | {ratio:.2f} | {limit} |" for name, ratio, limit in ratios]
        rows = [f"| {name} | {m.cpu:.2f} | {m.wall:.2f} | {m.megabytes:.0f} |" for name, m in self.found.items()]
        return "\n".join([
            "Written by `make benchmark`. W1, W2 and W3 are DuckDB alone; ours are whole processes, landing "
            "included, so their",
            "figures hold the start of Python and the copy, hash and strict decoding of the file as well.", "",
            "Peers are measured before and after ours; their mean is what ours are compared with.", "",
            f"Scale {self.scale} of TPC-H (lineitem {self._size('lineitem.csv')} MB); {self.machine}", "",
            "| ratio of CPU | measured | limit |", "|---|---|---|", *lines, "",
            "| process | CPU s | wall s | peak MB |", "|---|---|---|---|", *rows, "",
        ])  # fmt: skip

    def _size(self, name: str) -> int:
        return round((self.folder / name).stat().st_size / 1e6)

    def _small(self, project: Path) -> None:
        write_project(project)
        small = self.folder / "thousand.csv"
        with (self.folder / "lineitem.csv").open() as text:
            small.write_text("".join(next(text) for _ in range(1001)))
        self._land(project, "orders", "orders.csv", "2026-01-01")
        self._run("small orders", project, "orders")
        self._land(project, "lineitem", small.name, "2026-01-01")
        self._run("1,000 rows", project, "lineitem")

    def _land(self, project: Path, name: str, source: str, date: str) -> None:
        landing = project / "data" / "landing"
        landing.mkdir(parents=True, exist_ok=True)
        shutil.copy(self.folder / source, landing / f"{name}_{date}.csv")
        self.landed = (self.folder / source).stat().st_size / 1e6

    def _run(self, name: str, project: Path, dataflow: str) -> None:
        name = f"{name} ({self.landed:,.1f} MB)" if name.endswith(("orders", "rows")) else name
        self._note(name, sys.executable, "-m", "data_framework", "run", dataflow, "--project", str(project), "--json")

    def _note(self, name: str, *command: str) -> None:
        self._keep(name, measure(*command))

    def _keep(self, name: str, cost: Measured) -> None:
        self.found[name] = cost
        print(f"{name:16} {cost.cpu:8.2f} s CPU {cost.wall:8.2f} s {cost.megabytes:6.0f} MB", flush=True)


def main() -> None:
    """Run and write the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--no-page", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="data-framework-benchmark-") as folder:
        benchmark = Benchmark(Path(folder), options.scale)
        benchmark.run()
        print(benchmark.table())
        if not options.no_page:
            page.put(page.RATIOS, benchmark.table())


if __name__ == "__main__":
    main()
