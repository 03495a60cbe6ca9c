"""Small deliveries one after the other in one process: does what each costs grow with history?"""

from __future__ import annotations

import argparse
import itertools
import resource
import shutil
import tempfile
from datetime import date, timedelta
from pathlib import Path
from statistics import mean

from benchmarks import page
from benchmarks.project import generate, write_project
from data_framework.launcher import run
from data_framework.launcher.request import Request
from data_framework.modules.config import open_config

_WINDOW = 100
_LINES_AT_SCALE_1 = 6_000_000


def deliver(project: Path, source: Path, deliveries: int, rows: int) -> list[float]:
    """Land and stage a file of so many rows a day; the CPU seconds of each."""
    landing, costs = project / "data" / "landing", []
    with source.open() as lines:
        header = next(lines)
        for number in range(deliveries):
            day = date(2026, 1, 2) + timedelta(days=number)
            (landing / f"lineitem_{day}.csv").write_text(header + "".join(itertools.islice(lines, rows)))
            start = _cpu()
            answer = run(open_config(project), Request("lineitem"))
            costs.append(_cpu() - start)
            if answer.exit_code:
                raise SystemExit(f"delivery {number}: {answer.to_dict()}")
    return costs


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Deliver, and compare the first with the last."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.deliveries")
    parser.add_argument("--deliveries", type=int, default=1000)
    parser.add_argument("--rows", type=int, default=100)
    options = parser.parse_args()
    machine = page.machine()
    with tempfile.TemporaryDirectory(prefix="data-framework-benchmark-") as name:
        folder = Path(name)
        project, landing = folder / "project", folder / "project" / "data" / "landing"
        generate(folder, max(0.01, 1.1 * options.deliveries * options.rows / _LINES_AT_SCALE_1))
        write_project(project)
        landing.mkdir(parents=True)
        shutil.copy(folder / "orders.csv", landing / "orders_2026-01-01.csv")
        run(open_config(project), Request("orders"))
        costs = deliver(project, folder / "lineitem.csv", options.deliveries, options.rows)
    windows = [costs[start : start + _WINDOW] for start in range(0, len(costs), _WINDOW)]
    lines = [
        f"Written by `python -m benchmarks.deliveries` (part of `make benchmark-long`): {options.deliveries:,} files",
        f"of {options.rows} rows, one a day, landing → staging with the twenty rules, in one process.", "",
        machine, "",
        "| deliveries | CPU s each |", "|---|---|",
        *(f"| {number * _WINDOW + 1:,} to {number * _WINDOW + len(window):,} | {mean(window):.3f} |"
          for number, window in enumerate(windows)), "",
        f"The last {len(windows[-1])} cost {mean(windows[-1]) / mean(windows[0]):.2f} times the first ones.",
    ]  # fmt: skip
    page.put(page.DELIVERIES, "\n".join(lines))
    print("\n".join(lines))


if __name__ == "__main__":
    main()
