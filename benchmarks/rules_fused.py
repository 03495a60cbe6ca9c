"""What rules add to landing → staging: the load of the benchmark with its twenty rules and without, by turns."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from pathlib import Path

from benchmarks.measuring import Measured, measure
from benchmarks.project import write_project

_TURNS = 2
_W2, _WITH, _WITHOUT = "W2", "landing → staging, 20 rules", "landing → staging, no rules"


@dataclass(frozen=True)
class Fused:
    """What the loads and the query alone cost, the mean of their runs."""

    costs: Mapping[str, Measured]

    @property
    def ratio(self) -> float:
        """What the rules add to the load, to what they cost as one query."""
        return (self.costs[_WITH].cpu - self.costs[_WITHOUT].cpu) / self.costs[_W2].cpu


def measure_fused(folder: Path) -> Fused:
    """Measure below a folder that holds lineitem.csv and orders.csv."""
    measure(sys.executable, "-m", "benchmarks.peers", "W1", str(folder))
    found: dict[str, list[Measured]] = {}
    for turn in range(_TURNS):
        for name in (_WITHOUT, _WITH):
            found.setdefault(name, []).append(_load(folder, folder / f"load_{turn}_{name == _WITH}", name == _WITH))
        found.setdefault(_W2, []).append(measure(sys.executable, "-m", "benchmarks.peers", "W2", str(folder)))
    return Fused({
        name: Measured(*(sum(values) / len(runs) for values in zip(*map(astuple, runs), strict=True)))
        for name, runs in found.items()
    })  # fmt: skip


def _load(folder: Path, project: Path, rules: bool) -> Measured:
    write_project(project)
    _run(folder, project, "orders")
    if not rules:
        (project / "controls" / "lineitem.json").write_text('{"controls": []}')
    cost = _run(folder, project, "lineitem")
    shutil.rmtree(project)
    return cost


def _run(folder: Path, project: Path, dataflow: str) -> Measured:
    landing = project / "data" / "landing"
    landing.mkdir(parents=True, exist_ok=True)
    shutil.copy(folder / f"{dataflow}.csv", landing / f"{dataflow}_2026-01-01.csv")
    command = (sys.executable, "-m", "data_framework", "run", dataflow, "--project", str(project), "--json")
    return measure(*command)
