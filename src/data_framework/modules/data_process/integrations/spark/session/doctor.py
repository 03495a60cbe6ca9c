"""What the engine for Spark needs, looked at one by one, and a small round trip through a real Spark."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

from data_framework.modules.data_process.integrations.spark.session import jars
from data_framework.modules.data_process.integrations.spark.session.java import check_java
from data_framework.modules.exception import DataFrameworkError
from data_framework.modules.utils.check import Check

_SECONDS = 180
_LINES = 20


def check_spark(fetch: bool) -> Iterator[Check]:
    """Look at Java, pyspark, its Python and its libraries; when all are there, at Spark itself.

    Args:
        fetch: Whether libraries that are missing are fetched.
    """
    needs = [
        _tried("java", check_java),
        _tried("pyspark for the libraries", _versions),
        _worker_python(),
        _tried("libraries of Spark", lambda: _libraries(fetch)),
    ]
    yield from needs
    if all(check.ok for check in needs):
        yield _round_trip()


def _tried(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name, True, look())
    except DataFrameworkError as error:
        return Check(name, False, error.message, error.hint)


def _versions() -> str:
    version = jars.spark_version()
    return f"{version}, with {jars.needed(version)[0].file_name}"


def _libraries(fetch: bool) -> str:
    if jars.are_provided():
        return f"left to Spark's installation ({jars.FOLDER_VARIABLE}={jars.PROVIDED})"
    version = jars.spark_version()
    needed = [*jars.needed(version)]
    if fetch and find_spec("boto3"):  # with the extra aws, projects may have their tables in Glue
        needed += [jar for jar in jars.needed(version, aws=True) if jar not in needed]
    return ", ".join(str(place) for place in (jars.fetch(needed) if fetch else jars.find(needed)))


def _worker_python() -> Check:
    named = os.environ.get("PYSPARK_PYTHON", "")
    same = not named or Path(named).resolve() == Path(sys.executable).resolve()
    hint = f"Unset PYSPARK_PYTHON, or let it name {sys.executable}: workers need the same libraries."
    return Check("python of Spark's workers", same, named or sys.executable, hint)


def _round_trip() -> Check:
    """In a process of its own, so that everything the JVM says can be shown when it dies."""
    program = "data_framework.modules.data_process.integrations.spark.session.round_trip"
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", program, folder]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_SECONDS)
        except subprocess.TimeoutExpired:
            return Check("round trip", False, f"Spark did not answer within {_SECONDS} seconds", "Try again.")
    if done.returncode:
        said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-_LINES:])
        return Check("round trip", False, said or "Spark ended without a word", "Correct what Spark complains of.")
    took = time.monotonic() - start
    return Check("round trip", True, f"{done.stdout.strip()}: create, append, read and drop in {took:.0f} s")
