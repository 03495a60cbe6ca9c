"""Where the code of a process is: the dataflow's own, then the project's default, then the built-in one."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Literal

from data_framework.modules.config import Config, ProjectFiles

FOLDER = "transformation/dataflow"


@dataclass(frozen=True)
class Found:
    """Where a process's code is.

    Attributes:
        kind: python, sql or built_in.
        file: The project's file, "" of a built-in.
        text: Its text, "" of a built-in.
    """

    kind: Literal["python", "sql", "built_in"]
    file: str = ""
    text: str = ""

    @property
    def values_named(self) -> set[str]:
        """Which of `{file_name}` and `{file_date}` a .sql file names."""
        return set(re.findall(r"\{(file_name|file_date)\}", self.text)) if self.kind == "sql" else set()


def find(config: Config, dataflow: str, process: str) -> Found:
    """Look for the code of a process; a process without code of the project is served by the built-in coordinator."""
    for owner in (dataflow, "default"):
        for suffix, kind in ((".py", "python"), (".sql", "sql")):
            file = f"{FOLDER}/{owner}/{process}{suffix}"
            if config.project.exists(file):
                return Found(kind, file, config.project.read_text(file))  # type: ignore[arg-type]
    return Found("built_in")


def python_of(project: ProjectFiles) -> str:
    """A fingerprint of the project's Python code: its coordinators, its controls, and what they import of it."""
    names = {name for glob in ("transformation/*.py", "transformation/**/*.py") for name in project.list(glob)}
    digest = hashlib.sha256()
    for name in sorted(names):
        digest.update(f"{name}\n{hashlib.sha256(project.read_bytes(name)).hexdigest()}\n".encode())
    return digest.hexdigest()
