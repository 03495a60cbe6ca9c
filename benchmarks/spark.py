"""The Spark engine beside one hand-written Spark program, and beside three engines of rules on Spark.

`python -m benchmarks.spark [--scale 1] [--peers-scale 0.1] [--no-peers] [--no-page]`. Every program is a process of its
own with a JVM of its own, on the processors this machine has; figures hold everything below it (JVM, Python workers)
from the moment its session has answered a first query.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import page
from benchmarks.project import generate, spoiled, updates, write_project
from benchmarks.spark_peers import ENGINES, LIBRARIES

_MINUTES = 15


@dataclass(frozen=True)
class Cost:
    """What one program cost.

    Attributes:
        cpu, wall: Seconds, of the whole tree of processes, without the start of the session.
        megabytes: The peak of the driver's Python.
        answered: The megabytes tasks answered to the driver.
    """

    cpu: float
    wall: float
    megabytes: float
    answered: float


def cost_of(*words: str, python: str = sys.executable, module: str = "benchmarks.spark_programs") -> Cost:
    """Run one program."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [python, "-m", module, *words], env={**environment, "PYTHONPATH": "src:."}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"{module} {' '.join(words)} failed:\n{done.stderr[-3000:]}")
    return Cost(**json.loads(done.stdout.splitlines()[-1]))


class Benchmark:
    """One run over one scale."""

    def __init__(self, folder: Path, scale: float) -> None:
        self.folder, self.scale = folder, scale
        self.found: dict[str, Cost] = {}
        self.machine = page.machine()

    def load_and_merge(self) -> None:
        """(a) the load, clean and with bad rows, and (b) the merge: by hand, then ours."""
        folder = self.folder
        generate(folder, self.scale)
        spoiled(folder / "lineitem.csv", folder / "spoiled.csv", 1000)
        updates(folder / "lineitem.csv", folder / "updates.csv", int(300_000 * min(1, self.scale)))
        for name, source in (("spoiled", "spoiled.csv"), ("clean", "lineitem.csv")):
            shutil.rmtree(folder / "hand", ignore_errors=True)
            cost_of("hand_orders", str(folder))
            self._keep(f"{name} load, by hand", "hand_load", str(folder), source)
            self._project(name)
            self._land(name, "orders", "orders.csv", "2026-01-01")
            cost_of("ours", str(folder), name, "orders")
            self._land(name, "lineitem", source, "2026-01-01")
            self._keep(f"{name} load", "ours", str(folder), name, "lineitem")
        self._keep("merge, by hand", "hand_merge", str(folder))
        self._no_controls("clean")
        self._land("clean", "lineitem", "updates.csv", "2026-01-02")
        self._keep("merge", "ours", str(folder), "clean", "lineitem")

    def partitions(self) -> None:
        """(d) the same rows a partition, in 1, 10 and 100 of them, in one full refresh each."""
        rows = max(100, int(60_000 * self.scale))
        with (self.folder / "lineitem.csv").open() as lines:
            header = next(lines)
            parts = [[next(lines) for _ in range(rows)] for _ in range(100)]
        for count in (1, 10, 100):
            name = f"partitions_{count}"
            self._project(name, partition_field="data_date")
            self._no_controls(name)
            for number, part in enumerate(parts[:count]):
                date = f"2026-{number // 28 + 1:02}-{number % 28 + 1:02}"
                (self._landing(name) / f"lineitem_{date}.csv").write_text(header + "".join(part))
            self._landed(name, "lineitem")
            self._keep(f"{count} partitions of {rows:,} rows", "ours", str(self.folder), name, "lineitem", "full")

    def peers(self) -> list[tuple[str, Cost | str]]:
        """(c) the rules alone: ours by hand's side, and three engines in an environment made for them."""
        data = self.folder / "rules.parquet"
        cost_of("parquet", str(self.folder), str(data))
        found: list[tuple[str, Cost | str]] = [("data_framework", cost_of("rules", str(self.folder), str(data)))]
        python = self._environment()
        for name in ENGINES:
            try:
                found.append((name, cost_of(name, str(data), python=python, module="benchmarks.spark_peers")))
            except SystemExit as error:
                found.append((name, str(error).strip().splitlines()[-1][:160]))
            print(name, found[-1][1], flush=True)
        return found

    def _environment(self) -> str:
        """The Python of an environment that has the other engines."""
        home = self.folder / "peers"
        venv.create(home, with_pip=True)
        python = str(home / "bin" / "python")
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *LIBRARIES],
                       check=True, timeout=60 * _MINUTES)  # fmt: skip
        return python

    # projects -------------------------------------------------------------------------------------------------------
    def _project(self, name: str, **target: Any) -> None:
        project = self.folder / name
        write_project(project)
        file = project / "transformation.json"
        written = json.loads(file.read_text())
        written["dataflows"]["lineitem"]["processes"]["raw_to_staging"]["target_tables"]["lineitem"] |= target
        file.write_text(json.dumps(written))

    def _no_controls(self, name: str) -> None:
        (self.folder / name / "controls" / "lineitem.json").write_text('{"controls": []}')

    def _landing(self, name: str) -> Path:
        landing = self.folder / name / "data" / "landing"
        landing.mkdir(parents=True, exist_ok=True)
        return landing

    def _land(self, project: str, dataflow: str, source: str, date: str) -> None:
        shutil.copy(self.folder / source, self._landing(project) / f"{dataflow}_{date}.csv")
        self._landed(project, dataflow)

    def _landed(self, project: str, dataflow: str) -> None:
        command = [sys.executable, "-m", "data_framework", "run", dataflow, "--process", "landing_to_raw", "--project",
                   str(self.folder / project), "--quiet"]  # fmt: skip
        subprocess.run(command, check=True, capture_output=True, env={**os.environ, "PYTHONPATH": "src:."})

    def _keep(self, name: str, *words: str) -> None:
        self.found[name] = cost = cost_of(*words)
        print(f"{name:32} {cost.cpu:8.2f} s CPU {cost.wall:8.2f} s {cost.megabytes:6.0f} MB", flush=True)


def section(bench: Benchmark, peers: list[tuple[str, Cost | str]], peers_scale: float) -> str:
    """The section of the page."""
    found = bench.found
    ratios = [
        (f"{name}, to the one by hand", found[name].cpu / found[f"{name}, by hand"].cpu)
        for name in ("clean load", "spoiled load", "merge")
    ]
    limits = ["1.3", "", "1.3"]
    if parts := [cost.cpu for name, cost in found.items() if " partitions of " in name]:
        one, ten, hundred = parts
        ratios.append(("a partition among 11 to 100, to one among 2 to 10", (hundred - ten) / 90 / ((ten - one) / 9)))
        limits.append("1")
    lines = [f"| {name} | {ratio:.2f} | {limit} |" for (name, ratio), limit in zip(ratios, limits, strict=True)]
    rows = [f"| {name} | {c.cpu:.1f} | {c.wall:.1f} | {c.megabytes:.0f} | {c.answered:.2f} |"
            for name, c in found.items()]  # fmt: skip
    said = [f"| {name} | {c.cpu:.1f} | {c.wall:.1f} |" if isinstance(c, Cost) else f"| {name} | {c} | |"
            for name, c in peers]  # fmt: skip
    return "\n".join([
        "Written by `make benchmark-spark`: each program is a process with a JVM of its own, and its figures hold the",
        "JVM and the Python workers, but not the start of the session. By hand: the same CSV read, casts that set bad",
        "rows aside, the same twenty rules, an append or a `MERGE` of Iceberg, by the same libraries and settings.", "",
        f"Scale {bench.scale} of TPC-H; {bench.machine}", "",
        "| ratio of CPU | measured | limit |", "|---|---|---|", *lines, "",
        "| program | CPU s | wall s | peak MB of the driver's Python | MB answered to the driver |",
        "|---|---|---|---|---|", *rows, "",
        *([f"Rules alone on a Parquet file of scale {peers_scale}, seventeen that every engine has words for:", "",
           "| engine | CPU s | wall s |", "|---|---|---|", *said, ""] if said else []),
    ])  # fmt: skip


def main() -> None:
    """Measure and write the section of the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.spark")
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--peers-scale", type=float, default=0.1)
    parser.add_argument("--no-partitions", action="store_true")
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--no-page", action="store_true")
    options = parser.parse_args()
    peers: list[tuple[str, Cost | str]] = []
    with tempfile.TemporaryDirectory(prefix="data-framework-spark-") as name:
        bench = Benchmark(Path(name), options.scale)
        bench.load_and_merge()
        if not options.no_partitions:
            bench.partitions()
    if not options.no_peers:
        with tempfile.TemporaryDirectory(prefix="data-framework-spark-") as name:
            small = Benchmark(Path(name), options.peers_scale)
            generate(small.folder, small.scale)
            peers = small.peers()
    text = section(bench, peers, options.peers_scale)
    print(text)
    if not options.no_page:
        page.put(page.SPARK, text)


if __name__ == "__main__":
    main()
