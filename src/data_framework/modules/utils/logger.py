"""Logging of the framework: one tree of loggers, silent until a program asks for lines on stderr."""

from __future__ import annotations

import json
import logging
import os
import re
import sys
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Literal, TextIO

from typing_extensions import override

ROOT = "data_framework"
_SHORT = 4
_HIDDEN = "***"
_COLOURS = {logging.DEBUG: "2", logging.WARNING: "33", logging.ERROR: "31", logging.CRITICAL: "31"}

LogFormat = Literal["text", "json"]


def get_logger(name: str = "") -> logging.Logger:
    """Return the framework's logger of a name; nothing is configured by asking for it."""
    return logging.getLogger(f"{ROOT}.{name}" if name else ROOT)


def mask_secrets(text: str, secrets: Iterable[str]) -> str:
    """Replace secrets in a text; one of fewer than four characters only where it stands alone.

    Example:
        >>> mask_secrets("login as ana with hunter22", ["hunter22"])
        'login as ana with ***'
    """
    for secret in sorted(set(secrets), key=len, reverse=True):
        if len(secret) >= _SHORT:
            text = text.replace(secret, _HIDDEN)
        elif secret:
            text = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", _HIDDEN, text)
    return text


class LogSession:
    """Log lines of one program run on a stream, until it is closed.

    Every line carries the execution id; secrets told to `hide` never appear, tracebacks included.

    Attributes:
        execution_id: Shown on every line from now on.
    """

    def __init__(self, handler: logging.Handler, execution_id: str) -> None:
        self.execution_id = execution_id
        self._secrets: set[str] = set()
        self._handler = handler
        self._before = get_logger().level, get_logger().propagate

    def hide(self, secrets: Iterable[str]) -> None:
        """Mask these values in every line from now on."""
        self._secrets.update(secret for secret in secrets if secret)

    def mask(self, text: str) -> str:
        """Mask the known secrets in a text."""
        return mask_secrets(text, self._secrets)

    def close(self) -> None:
        """Stop writing lines and leave logging as it was found."""
        root = get_logger()
        root.removeHandler(self._handler)
        root.setLevel(self._before[0])
        root.propagate = self._before[1]

    def __enter__(self) -> LogSession:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def configure_logging(
    *, verbosity: int = 0, log_format: LogFormat = "text", colour: bool | None = None, execution_id: str = "",
    secrets: Iterable[str] = (), stream: TextIO | None = None,
) -> LogSession:  # fmt: skip
    """Write the framework's log lines to stderr, once per program, until the session is closed.

    Args:
        verbosity: -1 warnings and errors, 0 also what happens, 1 or more everything.
        log_format: `text` for people, `json` for machines: one object per line.
        colour: None: only on a terminal, and not when NO_COLOR is set.
        execution_id: Shown on every line; can be set later on the session.
        secrets: Values that must never appear.
        stream: Where to write; default stderr.
    """
    stream = stream or sys.stderr
    handler = logging.StreamHandler(stream)
    session = LogSession(handler, execution_id)
    session.hide(secrets)
    if colour is None:
        colour = stream.isatty() and "NO_COLOR" not in os.environ
    handler.setFormatter(JsonLines(session) if log_format == "json" else TextLines(session, colour=colour))
    root = get_logger()
    root.addHandler(handler)
    root.setLevel(logging.WARNING if verbosity < 0 else logging.DEBUG if verbosity else logging.INFO)
    root.propagate = False
    return session


def hide_everywhere(secrets: Iterable[str]) -> None:
    """Mask these values in every line any open session writes from now on."""
    for handler in get_logger().handlers:
        if isinstance(handler.formatter, TextLines | JsonLines):
            handler.formatter.session.hide(secrets)


class TextLines(logging.Formatter):
    """A line for people: time, level, execution id, message; further lines are indented, so none can be forged."""

    def __init__(self, session: LogSession, *, colour: bool) -> None:
        super().__init__()
        self.session, self._colour = session, colour

    @override
    def format(self, record: logging.LogRecord) -> str:
        clock = time.strftime("%H:%M:%S", time.localtime(record.created))
        run = f"[{self.session.execution_id}] " if self.session.execution_id else ""
        lines = _printable(self.session.mask(_text(self, record))).splitlines() or [""]
        text = "\n    ".join([f"{clock} {record.levelname:<7} {run}{lines[0]}", *lines[1:]])
        style = _COLOURS.get(record.levelno) if self._colour else None
        return f"\x1b[{style}m{text}\x1b[0m" if style else text


class JsonLines(logging.Formatter):
    """A line for machines: `time`, `level`, `logger`, `execution_id`, `message`."""

    def __init__(self, session: LogSession) -> None:
        super().__init__()
        self.session = session

    @override
    def format(self, record: logging.LogRecord) -> str:
        values = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(), "logger": record.name, "execution_id": self.session.execution_id,
            "message": self.session.mask(_text(self, record)),
        }  # fmt: skip
        return json.dumps(values)


def _text(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    text = record.getMessage()
    if record.exc_info:
        text = f"{text}\n{formatter.formatException(record.exc_info)}"
    return text


def _printable(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() or letter in "\n\t" else ascii(letter)[1:-1] for letter in text)
