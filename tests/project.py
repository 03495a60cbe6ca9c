"""A project in a temporary folder, driven through the real command line: what stories and fault tests are told with."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Result:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class ProjectFolder:
    """A project's folder and what a user does in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)

    def write(self, path: str, content: Any) -> Path:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            target.write_bytes(content)
        else:
            target.write_text(content if isinstance(content, str) else json.dumps(content, indent=1), encoding="utf-8")
        return target

    def land(self, path: str, content: Any) -> Path:
        return self.write(f"data/landing/{path}", content)

    def run(self, *arguments: str) -> Result:
        """Run `data-framework …` through its own entry point, in this process: imports are paid once."""
        from data_framework.cli import main

        before, out, err = Path.cwd(), io.StringIO(), io.StringIO()
        os.chdir(self.root)
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                main(arguments)
            code = 0
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else 1
        finally:
            os.chdir(before)
        return Result(code, out.getvalue(), err.getvalue())

    def run_apart(self, *arguments: str, timeout: float = 120, **environment: str) -> Result:
        """Run `data-framework …` as a process of its own."""
        return self._run([sys.executable, "-m", "data_framework", *arguments], timeout, environment)

    def json(self, *arguments: str, code: int | None = 0) -> Any:
        """Run with --json and return the document, checking the exit code."""
        result = self.run(*arguments, "--json")
        assert code is None or result.code == code, f"exit code {result.code}\n{result.out}\n{result.err}"
        return result.json

    def table(self, name: str) -> list[dict[str, str]]:
        """The rows of a table as `tables export` writes them."""
        import csv

        target = self.root / "exported.csv"
        result = self.run("tables", "export", name, "--out", str(target))
        assert result.code == 0, result.err
        with target.open(encoding="utf-8", newline="") as lines:
            return list(csv.DictReader(lines))

    def _run(self, command: list[str], timeout: float, environment: dict[str, str]) -> Result:
        done = subprocess.run(
            command, cwd=self.root, capture_output=True, text=True, timeout=timeout, check=False,
            stdin=subprocess.DEVNULL, env={**os.environ, **environment},
        )  # fmt: skip
        return Result(done.returncode, done.stdout, done.stderr)


def without_rows_at_first(project: ProjectFolder) -> list[str]:
    """The tables that anyone could have seen empty: whose first version has no snapshot."""
    first = [*project.root.glob("data/*/*/*/metadata/00000-*.metadata.json")]
    assert first
    return [str(path) for path in first if not json.loads(path.read_text()).get("snapshots")]
