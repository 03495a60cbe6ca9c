"""What fault tests share."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from data_framework.modules.dataflow import Step
from project import ProjectFolder, Result

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def killed_at() -> Iterator[Callable[..., bool]]:
    """Run a command and kill it with SIGKILL when a step is durable; False when the step was never reached."""
    command = [sys.executable, str(HERE / "driver.py")]
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


class Apart:
    """A run in a process of its own, which a test holds, lets go, signals and waits for."""

    def __init__(self, project: ProjectFolder, command: Sequence[str]) -> None:
        self._said = (project.root / f"{uuid.uuid4().hex}.err").open("w+", encoding="utf-8")
        self._process = subprocess.Popen(
            [sys.executable, *command], cwd=project.root, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=self._said, text=True,
        )  # fmt: skip

    @property
    def said(self) -> str:
        """What it has written to stderr so far."""
        self._said.seek(0)
        return self._said.read()

    def until_held(self) -> None:
        """Wait until it has stopped itself."""
        _, status = os.waitpid(self._process.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status), f"the step is never reached: {self.said}"

    def until_said(self, text: str) -> None:
        """Wait until it says something on stderr."""
        deadline = time.monotonic() + 60
        while text not in self.said:
            assert self._process.poll() is None, f"it ended without saying {text!r}: {self.said}"
            assert time.monotonic() < deadline, self.said
            time.sleep(0.05)

    def until_busy(self, seconds: float) -> None:
        """Let it compute for so many seconds of CPU."""
        stat = Path(f"/proc/{self._process.pid}/stat")
        clock = os.sysconf("SC_CLK_TCK")

        def spent() -> float:
            return sum(map(int, stat.read_text().rsplit(")", 1)[1].split()[11:13])) / clock

        until = spent() + seconds
        while spent() < until:
            assert self._process.poll() is None, f"it ended: {self.said}"
            time.sleep(0.05)

    def signal(self, number: int) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

    def end(self) -> Result:
        """Let it go on if it is held, wait for its end and return what it answered."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGCONT)
        out, _ = self._process.communicate(timeout=120)
        return Result(self._process.returncode, out, self.said)

    def close(self) -> None:
        """End it, whatever it does."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.communicate()
        self._said.close()


@pytest.fixture
def apart() -> Iterator[Callable[..., Apart]]:
    """Start a command in a process of its own; with `hold` it stops itself at that step."""
    with contextlib.ExitStack() as stack:

        def start(project: ProjectFolder, *arguments: str, hold: Step | None = None) -> Apart:
            module = [str(HERE / "held.py"), hold] if hold else ["-m", "data_framework"]
            started = stack.enter_context(contextlib.closing(Apart(project, [*module, *arguments])))
            if hold:
                started.until_held()
            return started

        yield start
