"""`make benchmark`: speed and memory on TPC-H as ratios to DuckDB alone, written to docs/benchmarks.md.

python benchmarks/run.py [--scale 1] [--deliveries 1000] [--data build/benchmarks]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import feed
from measure import Usage, machine, measure

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "benchmarks.md"


class Bench:
    """Runs what is measured and collects the lines of the table."""

    def __init__(self, data: Path, scale: float, deliveries: int) -> None:
        self.data, self.scale, self.deliveries = data, scale, deliveries
        self.lines: list[tuple[str, str, str]] = []
        self.peak = 0.0

    def note(self, what: str, figure: str, limit: str) -> None:
        """Keep and print one line."""
        print(f"{what:<60} {figure:<40} {limit}", flush=True)
        self.lines.append((what, figure, limit))

    def alone(self, work: str) -> Usage:
        """DuckDB alone."""
        used = measure([sys.executable, ROOT / "benchmarks" / "limits.py", work, self.data])
        self.note(f"{work}, DuckDB alone", f"{used.cpu:.1f} s CPU, {used.peak:.0f} MB", "")
        return used

    def framework(self, project: Path, *arguments: str) -> Usage:
        """The framework, one command."""
        used = measure([sys.executable, "-m", "data_framework", *arguments, "--project", project, "--quiet"])
        self.peak = max(self.peak, used.peak)
        return used

    def bulk(self) -> None:
        """Landing → staging of lineitem with 20 rules, clean and dirty."""
        base = self.alone("W1").cpu + self.alone("W2").cpu
        for name, limit in (("lineitem", 1.25), ("dirty", 1.6)):
            project = feed.project(self.data / "project")
            feed.land(project, self.data / "orders.csv", "orders_2026-01-01.csv")
            self.framework(project, "run", "orders")
            feed.land(project, self.data / f"{name}.csv", "lineitem_2026-01-01.csv")
            used = self.framework(project, "run", "lineitem")
            title = f"landing → staging, 20 rules, {'clean' if name == 'lineitem' else '0.1 % bad rows'}"
            self.note(
                title,
                f"{used.cpu:.1f} s CPU = {used.cpu / base:.2f} times (W1 + W2), {used.peak:.0f} MB",
                f"≤ {limit} times",
            )

    def merge(self) -> None:
        """Merging changes into the table."""
        base = self.alone("W3").cpu
        project = feed.project(self.data / "project")
        feed.land(project, self.data / "lineitem.csv", "merged_2026-01-01.csv")
        self.framework(project, "run", "merged")
        feed.land(project, self.data / "changes.csv", "merged_2026-01-02.csv")
        used = self.framework(project, "run", "merged")
        self.note(
            "merge of the changes",
            f"{used.cpu:.1f} s CPU = {used.cpu / base:.2f} times W3, {used.peak:.0f} MB",
            "≤ 1.3 times",
        )

    def small(self) -> None:
        """A small delivery, the start-up, and many deliveries one after the other."""
        project, few = feed.project(self.data / "project"), self.data / "few.csv"
        feed.land(project, self.data / "orders.csv", "orders_2026-01-01.csv")
        self.framework(project, "run", "orders")
        feed.head(self.data / "lineitem.csv", few, 1000)
        feed.land(project, few, "tiny_2026-01-01.csv")
        used = self.framework(project, "run", "tiny")
        self.note("1,000 rows, landing → staging with rules, whole process", f"{used.wall:.2f} s", "≤ 1.0 s")
        for title, code, limit in (("import data_framework", "import data_framework", 0.15), ("--help", "", 0.3)):
            command = ["-c", code] if code else ["-m", "data_framework", "--help"]
            used = min((measure([sys.executable, *command]) for _ in range(3)), key=lambda one: one.cpu)
            self.note(title, f"{used.cpu:.2f} s CPU", f"≤ {limit} s")
        self.many(project)

    def many(self, project: Path) -> None:
        """Small deliveries one after the other: the first and the last tenth compared."""
        costs = []
        for number in range(self.deliveries):
            few = self.data / "one.csv"
            few.unlink(missing_ok=True)
            feed.head(self.data / "lineitem.csv", few, 100 + number)
            feed.land(project, few, f"tiny_{2000 + number // 336}-{number // 28 % 12 + 1:02}-{number % 28 + 1:02}.csv")
            costs.append(self.framework(project, "run", "tiny").cpu)
        tenth = max(1, len(costs) // 10)
        first, last = sum(costs[:tenth]) / tenth, sum(costs[-tenth:]) / tenth
        figure = f"{first:.2f} s CPU each at first, {last:.2f} s at last = {last / first:.2f} times"
        self.note(f"{self.deliveries} small deliveries one after the other", figure, "does not grow")


def main() -> None:
    """Measure everything and write the page."""
    parser = argparse.ArgumentParser(description="Speed and memory as ratios to DuckDB alone.")
    parser.add_argument("--scale", type=float, default=1, help="TPC-H scale factor: 1 is 6.0 million rows")
    parser.add_argument("--deliveries", type=int, default=1000, help="how many small deliveries")
    parser.add_argument("--data", type=Path, default=ROOT / "build" / "benchmarks")
    options = parser.parse_args()
    bench = Bench(options.data / f"scale_{options.scale:g}", options.scale, options.deliveries)
    feed.generate(bench.data, options.scale)
    bench.bulk()
    bench.merge()
    bench.small()
    bench.note("peak memory of any of these", f"{bench.peak:.0f} MB", "≤ 600 MB")
    PAGE.write_text(page(bench), encoding="utf-8")


def page(bench: Bench) -> str:
    """The page of the documentation."""
    intro = "Written by `make benchmark`: ratios to DuckDB alone on the same machine, in the same run."
    where = f"TPC-H scale {bench.scale:g}, {machine()}."
    head = ["# Benchmarks", "", intro, "", where, "", "| what | measured | limit |", "|---|---|---|"]
    return "\n".join([*head, *(f"| {' | '.join(line)} |" for line in bench.lines)]) + "\n"


if __name__ == "__main__":
    main()
