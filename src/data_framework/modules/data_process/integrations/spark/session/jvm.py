"""The JVM of this process: started with what it says caught, so that a death can be told in its own words."""

from __future__ import annotations

import contextlib
import os
import threading
from collections import deque
from typing import Any

from pyspark import SparkConf, java_gateway
from pyspark.errors import PySparkRuntimeError

from data_framework.modules.exception import SparkStartError

_LINES = 60
SUBMITTED_VARIABLE = "PYSPARK_GATEWAY_PORT"


class Voice:
    """What the JVM writes to its standard error: held while it starts, handed on to ours from then on."""

    def __init__(self) -> None:
        self._kept: deque[str] = deque(maxlen=_LINES)
        self._heard = threading.Event()
        self._read, self.write = os.pipe()
        self._thread = threading.Thread(target=self._listen, name="jvm-stderr", daemon=True)
        self._thread.start()

    def hand_on(self) -> None:
        """Stop holding: whatever comes goes to standard error."""
        self._heard.set()

    def last_words(self) -> str:
        """The last lines before the JVM died or failed, without the places in its code."""
        self._thread.join(timeout=1)
        return "\n".join(line for line in self._kept if line.strip() and not line.startswith("\tat ")) or "nothing"

    def _listen(self) -> None:
        with open(self._read, errors="replace", closefd=False) as lines:
            for line in lines:
                self._kept.append(line.rstrip())
                if self._heard.is_set():
                    with contextlib.suppress(OSError):
                        os.write(2, line.encode("utf-8", "replace"))


def start_jvm(conf: SparkConf) -> tuple[Any, Voice | None]:
    """Start the JVM, or join the one that spark-submit started.

    Raises:
        SparkStartError: It did not come up; with what it said.
    """
    launch: Any = java_gateway.launch_gateway
    if SUBMITTED_VARIABLE in os.environ:
        return launch(conf), None
    voice = Voice()
    try:
        return launch(conf, {"stderr": voice.write, "stdout": voice.write}), voice
    except (PySparkRuntimeError, OSError) as error:
        os.close(voice.write)
        voice.write = -1
        raise SparkStartError(reason="the JVM ended", stderr=voice.last_words()) from error
    finally:
        if voice.write >= 0:
            os.close(voice.write)
