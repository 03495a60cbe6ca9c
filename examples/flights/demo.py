"""Run the flights project from its first delivery to its reports, and show what became of everything delivered.

`make demo` calls this; it drives the command line as a user would and checks that the counts add up.
"""

from __future__ import annotations

import argparse
import csv
import json
import shutil
import subprocess
import sys
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PROJECT = ROOT / ".demo" / "flights"
Answer = dict[str, Any]


def main() -> int:
    """Make the project, deliver, run, deliver again, run again, sum up."""
    parser = argparse.ArgumentParser(description="The flights demo, from delivery to report.")
    parser.add_argument("--all", action="store_true", help="the whole year instead of January")
    parser.add_argument("--project", type=Path, default=PROJECT, help="where to make it (what is there is removed)")
    options = parser.parse_args()
    year = ["--all"] if options.all else []
    started = time.monotonic()
    shutil.rmtree(options.project, ignore_errors=True)
    demo = Demo(options.project.resolve())
    demo.framework("Making the project", "init", str(demo.project), "--template", "flights")
    demo.deliver("The senders deliver: flights, weather, carriers, planes, airports", *year)
    demo.framework("Checking the configuration", "validate")
    first = demo.framework("Running every dataflow", "run", "--all", expected={1})["runs"]
    demo.deliver("The next morning: a day again, a day twice, a broken file", "--next-morning", *year)
    second = [demo.framework("Running the flights again", "run", "flights", expected={1})]
    show(Summary(first + second, demo.project), demo.project)
    print(f"\nDone in {time.monotonic() - started:.0f} s.")
    return 0


class Demo:
    """The steps of the demo on one project."""

    def __init__(self, project: Path) -> None:
        self.project = project

    def framework(self, title: str, *arguments: str, expected: set[int] | None = None) -> Answer:
        """Run one command and return its JSON answer; another exit code than expected ends the demo."""
        command = [sys.executable, "-m", "data_framework", *arguments, "--json"]
        if arguments[0] != "init":
            command += ["--project", str(self.project)]
        shown = " ".join(["data-framework", *(Path(word).name if "/" in word else word for word in arguments)])
        return dict(json.loads(step(f"{title}   ({shown})", command, expected or {0})))

    def deliver(self, title: str, *arguments: str) -> None:
        """Let the sender of the template deliver."""
        step(title, [sys.executable, str(self.project / "deliver.py"), *arguments], {0})


def step(title: str, command: list[str], expected: set[int]) -> str:
    """Run one step, saying what it is and how long it took."""
    print(f"→ {title} ...", flush=True)
    started = time.monotonic()
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode not in expected:
        sys.exit(f"This step answered with {done.returncode} and should not have:\n{done.stdout}")
    stopped = ", exit code 1: something was stopped or refused, as it should be" if done.returncode else ""
    print(f"  {time.monotonic() - started:.1f} s{stopped}", flush=True)
    return done.stdout


class Summary:
    """What became of everything delivered, counted from the answers of the runs (later ones win) and the reports."""

    def __init__(self, runs: list[Answer], project: Path) -> None:
        self.runs = runs
        self.dispositions = Counter(file["disposition"] for file in self.files())
        self.rejected = [file for file in self.files() if file["disposition"] == "rejected"]
        red = [c for c in self.controls() if c["rag"] == "red" and c["blocking"] and c["level"] == "Data"]
        self.stopped = sorted({control["file_date"] for control in red})
        in_force = delivered(project / "data" / "landing" / "flights", {file["file_name"] for file in self.rejected})
        tables = {
            t["file_date"]: t for t in self.tables("nyc_staging", "flights") if t["file_date"] not in self.stopped
        }
        self.days = len(in_force)
        self.delivered = sum(in_force.values())
        self.held = sum(rows for day, rows in in_force.items() if day in self.stopped)
        self.quarantined = sum(table["rows_quarantined"] for table in tables.values())
        self.staged = sum(table["rows_written"] + table["rows_unchanged"] for table in tables.values())
        self.reports = {Path(o["path"]).name: Path(o["path"]) for run in processes(runs) for o in run["outputs"]}
        self.reported = sum(int(line["flights"]) for line in self.report("delays.csv"))

    def files(self, dataflow: str = "") -> Iterator[Answer]:
        """Every file of every run, in order; of one dataflow if asked."""
        for run in self.runs:
            if dataflow in {"", run["dataflow"]}:
                yield from (file for process in run["processes"] for file in process["files"])

    def tables(self, database: str, table: str) -> Iterator[Answer]:
        """Every write of one table, in order."""
        for process in processes(self.runs):
            yield from (t for t in process["tables"] if (t["database"], t["table"]) == (database, table))

    def controls(self) -> Iterator[Answer]:
        """Every result of a control, in order."""
        for process in processes(self.runs):
            yield from process["controls"]

    def report(self, name: str) -> list[dict[str, str]]:
        """The lines of a report."""
        with self.reports[name].open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream))

    def wrong(self) -> list[str]:
        """Say which counts do not add up; nothing when all do."""
        expected = {
            "rows of flights in force = staged + quarantined + held back": (
                self.delivered, self.staged + self.quarantined + self.held,
            ),
            "rows staged = flights in the report": (self.staged, self.reported),
            "days held back": (1, len(self.stopped)), "rows in quarantine": (3, self.quarantined),
            "files restated": (1, self.dispositions["restated"]),
            "duplicates": (1, self.dispositions["duplicate"]), "files rejected": (1, len(self.rejected)),
        }  # fmt: skip
        return [f"{name}: {left} and {right}" for name, (left, right) in expected.items() if left != right]


def delivered(landing: Path, rejected: set[str]) -> dict[str, int]:
    """Count the rows that were delivered by day, from the files themselves; of a day that came again, the last."""
    rows = {}
    for path in sorted(landing.rglob("*.zip"), key=lambda path: path.stat().st_mtime_ns):
        if path.name not in rejected:
            with zipfile.ZipFile(path) as archive:
                rows[path.name[8:18]] = archive.read(archive.namelist()[0]).count(b"\n") - 1
    return rows


def processes(runs: list[Answer]) -> Iterator[Answer]:
    """Every process of every run, in order."""
    for run in runs:
        yield from run["processes"]


def show(summary: Summary, project: Path) -> None:
    """Print what happened and where to look next; end the demo where counts do not add up."""
    wrong = summary.wrong()
    if wrong:
        sys.exit("The counts do not add up:\n  " + "\n  ".join(wrong))
    rejected = summary.rejected[0]
    print(f"""
What became of {sum(summary.dispositions.values())} deliveries
  {summary.dispositions["ingested"]:>7,} loaded
  {summary.dispositions["restated"]:>7,} restated: it replaced its day
  {summary.dispositions["duplicate"]:>7,} duplicate: recognised and not loaded
  {summary.dispositions["rejected"]:>7,} rejected: {rejected["file_name"]}: {" ".join(rejected["reasons"])}

What became of {summary.delivered:,} rows of flights on {summary.days} days
  {summary.staged:>7,} in the table nyc_staging.flights, and as many in the report
  {summary.quarantined:>7,} in quarantine: cells that are no number or time
  {summary.held:>7,} held back: a blocking control stopped {", ".join(summary.stopped)}
""")
    print("The carriers, as the report has them")
    for line in sorted(summary.report("carriers.csv"), key=lambda one: -int(one["flights"]))[:5]:
        print(f"  {line['airline']:<28}{int(line['flights']):>7,} flights, {line['late_percent']:>5} % late")
    folder, reports = near(project), ", ".join(near(path) for path in summary.reports.values())
    print(f"""
Where to look next (add --project {folder})
  reports              {reports}
  rows set aside       .venv/bin/data-framework quarantine show nyc_staging.flights
  files refused        .venv/bin/data-framework landing rejected
  what ran             .venv/bin/data-framework runs list
  your own feed        docs/tutorial.md""")


def near(path: Path) -> str:
    """A path as one types it in the repository."""
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)


if __name__ == "__main__":
    sys.exit(main())
