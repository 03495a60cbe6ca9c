"""What Spark says when it fails, in one sentence: the user's own message, not three hundred lines of Java."""

from __future__ import annotations

import re

from py4j.protocol import Py4JError, Py4JJavaError
from pyspark.errors import PySparkException

#: What Spark raises; a job that is cancelled while it broadcasts comes as it is from Java.
SPARK_ERRORS = (PySparkException, Py4JError)
_CONFLICTS = ("CommitFailedException", "ValidationException", "ConcurrentModificationException")
_TASK = re.compile(r"Job aborted due to stage failure: .*?most recent failure: Lost task .*?\): ", re.DOTALL)
_CLASS = re.compile(r"^(?:[a-z]\w*\.)+(\w+: )")
_CAUSE = re.compile(r"^Caused by: (.*)$", re.MULTILINE)
_LAST = re.compile(r"^([A-Za-z_][\w.]*(?:Error|Exception|Interrupt|Exit|Warning|Stop)\w*)(?:: (.*))?$", re.MULTILINE)


def reason_of(error: BaseException) -> str:
    r"""Why something failed.

    Example:
        >>> reason_of(ValueError("no rows\n\nTraceback …"))
        'no rows'
        >>> lost = "a.b.SparkException: Job aborted due to stage failure: Task 1 failed, most recent failure: "
        >>> reason_of(ValueError(lost + "Lost task 1.0 in stage 2.0 (TID 3) (10.0.0.1 executor 4): a.IOException: x"))
        'IOException: x'
    """
    text = _text(error)
    if "Traceback (most recent call last)" in text:
        found = _LAST.findall(text.split("Traceback (most recent call last)")[-1])
        if found:
            name, message = found[-1]
            return f"{name.rpartition('.')[2]}: {message}".rstrip(": ")[:500]
    failed = _TASK.search(text)
    first = text[failed.end() if failed else 0 :].strip().split("\n\n")[0].splitlines() or [type(error).__name__]
    said = _CAUSE.search(text) if "Task failed while writing rows" in first[0] else None  # Spark 3.5 says where first
    plain = _CLASS.sub(r"\1", said[1] if said else first[0]).removeprefix("SparkException: ")
    return re.sub(r"\s*SQLSTATE: \w+.*|\.? Consider setting .*", "", plain)[:500]


def is_conflict(error: BaseException) -> bool:
    """Whether a commit was refused because the table has moved on."""
    text = _text(error)
    return any(name in text for name in _CONFLICTS)


def _text(error: BaseException) -> str:
    if isinstance(error, Py4JJavaError):
        return _chain(error.java_exception)
    return str(error)


def _chain(thrown: object) -> str:
    """The messages of a Java exception and of what caused it."""
    found: list[str] = []
    while thrown is not None and len(found) < 10:
        found.append(str(thrown.toString()))  # type: ignore[attr-defined]
        thrown = thrown.getCause()  # type: ignore[attr-defined]
    return "\n".join(found)
