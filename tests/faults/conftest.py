"""What fault tests share."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from data_framework.modules.dataflow import Step
from project import ProjectFolder


@pytest.fixture(scope="session")
def killed_at() -> Iterator[Callable[..., bool]]:
    """Run a command and kill it with SIGKILL when a step is durable; False when the step was never reached."""
    command = [sys.executable, str(Path(__file__).parent / "driver.py")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as driver:
        sink, source = driver.stdin, driver.stdout
        assert sink
        assert source

        def kill(project: ProjectFolder, step: Step, *arguments: str, occurrence: int = 1) -> bool:
            request = {"step": step, "occurrence": occurrence, "arguments": arguments, "folder": str(project.root)}
            print(json.dumps(request), file=sink, flush=True)
            status = int(source.readline())
            assert status in {-signal.SIGKILL, 0, 1}, (project.root / "killed.log").read_text()
            return status == -signal.SIGKILL

        yield kill
        sink.close()
