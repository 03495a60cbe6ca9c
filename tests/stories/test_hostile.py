"""Files that mean harm: refused by name with the limit, in bounded memory and time, and the others go on."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from project import ProjectFolder
from shop import STAGING
from stories.hostile import FILES, Hostile

RESIDENT_MOST = 420 * 1024 * 1024  # of a process that runs DuckDB, PyArrow and PyIceberg: some 200 MB at rest
SECONDS_MOST = 120.0  # on a machine where others work, too


def project_of(root: Path, files: Mapping[str, Hostile]) -> ProjectFolder:
    """A project with a dataflow for each file, and one whose file is good."""
    project = ProjectFolder(root / "project")
    limits = {key: value for hostile in files.values() for key, value in hostile.limits.items()}
    project.write("platform.json", {"local": {"environment": "local", "limits": limits}})
    flows = {feed: flow(feed, hostile.incoming) for feed, hostile in files.items()}
    project.write("transformation.json", {"project_id": "shop", "dataflows": {**flows, "good": flow("good", {})}})
    project.land("good_2026-01-01", "id,n\n1,a\n2,b\n")
    for feed, hostile in files.items():
        project.land(f"{feed}_2026-01-01", hostile.content())
    return project


def flow(name: str, incoming: dict[str, Any]) -> dict[str, Any]:
    known = {"file_format": "csv", **incoming, "filename_pattern": rf"{name}_\d{{4}}-\d{{2}}-\d{{2}}"}
    landing = {"incoming_file": known, "output_file": {"database": "shop_raw", "table": name}}
    staging = {"target_tables": {name: {"database": "shop_staging", "table": name}}}
    return {"processes": {"landing_to_raw": landing, "raw_to_staging": {**STAGING, **staging}}}


# A process begins with the peak of the one it was forked from: a small one stands between tests and what is measured.
_MEASURE = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:])
print("", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, sep="\\n", file=sys.stderr)
"""


def run_measured(project: ProjectFolder) -> tuple[Any, int, float]:
    """Run everything in a process of its own: its answer, the most memory it or a child of it took, and the time."""
    started = time.monotonic()
    command = [sys.executable, "-S", "-c", _MEASURE, sys.executable, "-m", "data_framework", "run", "--all", "--json"]
    with (project.root / "out").open("wb") as out, (project.root / "err").open("wb") as err:
        subprocess.run(command, cwd=project.root, stdout=out, stderr=err, stdin=subprocess.DEVNULL, check=True)
    *said, kilobytes = (project.root / "err").read_text().splitlines()
    assert "Traceback" not in "".join(said), said
    return json.loads((project.root / "out").read_text()), int(kilobytes) * 1024, time.monotonic() - started


def fates(answer: Any) -> dict[str, tuple[str, str]]:
    """The fate of each file, and why."""
    files = [file for run in answer["runs"] for process in run["processes"] for file in process["files"]]
    return {file["file_name"]: (file["disposition"], " ".join(file["reasons"])) for file in files}


def outside(project: ProjectFolder) -> set[Path]:
    return {path for path in project.root.parent.rglob("*") if not path.is_relative_to(project.root)}


@dataclass(frozen=True)
class Told:
    """What came of some files in one run."""

    fates: dict[str, tuple[str, str]]
    answer: Any
    resident: int
    seconds: float
    good: list[str]
    made_outside: set[Path]


def told(root: Path, files: Mapping[str, Hostile]) -> Told:
    project = project_of(root, files)
    before = outside(project)
    answer, resident, seconds = run_measured(project)
    good = [row["n"] for row in project.table("shop_staging.good")]
    return Told(fates(answer), answer, resident, seconds, good, outside(project) - before)


def feed_of(name: str) -> str:
    return f"f{[*FILES].index(name)}"


@pytest.fixture(scope="module")
def together(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """All the small files in one run."""
    small = {feed_of(name): one for name, one in FILES.items() if not one.alone and not one.limits}
    return told(tmp_path_factory.mktemp("together"), small)


def right(name: str, found: Told) -> None:
    hostile = FILES[name]
    fate, why = found.fates[f"{feed_of(name)}_2026-01-01"]
    assert fate == ("rejected" if hostile.said else "ingested"), why
    for part in hostile.said:
        assert part in why
    assert found.good == ["a", "b"]
    assert found.fates["good_2026-01-01"] == ("ingested", "")
    assert found.answer["exit_code"] == (1 if any(fate == "rejected" for fate, _ in found.fates.values()) else 0)
    assert found.made_outside == set()
    assert found.resident < RESIDENT_MOST, f"{found.resident:,} bytes"


@pytest.mark.parametrize("name", [name for name, one in FILES.items() if one.alone or one.limits])
def test_a_large_hostile_file_takes_little_memory_and_time(name: str, tmp_path: Path) -> None:
    found = told(tmp_path, {feed_of(name): FILES[name]})
    right(name, found)
    assert found.seconds < SECONDS_MOST


@pytest.mark.parametrize("name", [name for name, one in FILES.items() if not one.alone and not one.limits])
def test_a_hostile_file_harms_nothing(name: str, together: Told) -> None:
    right(name, together)
