"""Type commands as a user does: a process of its own, one JSON answer."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

Answer = dict[str, Any]


def framework(project: Path, *arguments: str, expected: int = 0, python: Path | str = sys.executable) -> Answer:
    """Run one command on a project and return its answer, which must come with the expected exit code."""
    command = [str(python), "-m", "data_framework", *arguments, "--project", str(project), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == expected, f"{done.returncode}\n{done.stdout}\n{done.stderr}"
    answer: Answer = json.loads(done.stdout)
    return answer


def export(project: Path, table: str) -> list[dict[str, str]]:
    """Return the rows of a table, as `tables export` writes them."""
    out = project / f"{table}.csv"
    framework(project, "tables", "export", table, "--out", str(out))
    return read_csv(out)


def read_csv(path: Path) -> list[dict[str, str]]:
    """Return the lines of a CSV file by column."""
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))
