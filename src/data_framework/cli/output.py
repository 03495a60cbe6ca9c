"""What a command prints: one JSON document, or lines and tables for people; errors as a sentence and a hint."""

from __future__ import annotations

import dataclasses
import datetime
import json
import logging
import math
import os
import sys
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import PurePath
from typing import Any, TextIO

from data_framework.modules.exception import DataFrameworkError

_BOLD, _RED, _YELLOW, _DIM = "1", "31", "33", "2"


class Output:
    """Where a command's answer goes: stdout carries the answer only, everything else goes to stderr.

    With `json`, `document` is the whole answer and `line` and `table` print nothing; without it, it is the other way
    round, so that a command calls both and never asks.

    Attributes:
        json: Whether the answer is one JSON document.
        verbosity: 0 normal, positive for `-v`, negative for `-q`.
        debug: Whether errors show their traceback.
        mask: Hides known secrets in what goes to stderr.
        log: Takes what goes to stderr instead (level, text): with `--log-format json` every line there is JSON.
    """

    def __init__(
        self, *, json: bool = False, color: bool | None = None, verbosity: int = 0, debug: bool = False,
        stdout: TextIO | None = None, stderr: TextIO | None = None,
    ) -> None:  # fmt: skip
        self.json, self.verbosity, self.debug = json, verbosity, debug
        self._out, self._err = stdout or sys.stdout, stderr or sys.stderr
        self._color = color
        self._answered = False
        self._progress = False
        self.mask: Callable[[str], str] = str
        self.log: Callable[[int, str], None] | None = None

    def document(self, document: Mapping[str, Any]) -> None:
        """Print the answer as one JSON document, if `--json` asks for it. A command calls it once."""
        if not self.json:
            return
        if self._answered:
            raise RuntimeError("a command answers with exactly one JSON document")
        self._answered = True
        self._write(self._out, as_json(document))

    def line(self, text: str = "") -> None:
        """Print one line for people."""
        if not self.json:
            self._write(self._out, printable(text))

    def table(self, title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Print a table for people: a title, a line of column names, a line per row, columns aligned."""
        if self.json:
            return
        cells = [[_cell(value) for value in row] for row in rows]
        widths = [max(map(len, column)) for column in zip(columns, *cells, strict=True)]
        if title:
            self._write(self._out, self._paint(self._out, _BOLD, printable(title)))
        self._write(self._out, self._paint(self._out, _DIM, _aligned(columns, widths)))
        for row in cells:
            self._write(self._out, _aligned(row, widths))

    def note(self, text: str) -> None:
        """Say something beside the answer, on stderr; `-q` silences it."""
        if self.verbosity >= 0:
            self._say(logging.INFO, "", "", text)

    def warning(self, text: str) -> None:
        """Warn on stderr; `-q` does not silence it."""
        self._say(logging.WARNING, "warning: ", _YELLOW, text)

    def problem(self, problem: object) -> None:
        """Say on stderr what is wrong, as `failed` does, and go on."""
        self._say(logging.ERROR, "error: ", _RED, str(problem))

    def progress(self, text: str) -> None:
        """Show what is going on, in one line that is overwritten: only on a terminal, never with `-q`."""
        if self.verbosity >= 0 and not self.log and self._err.isatty():
            self._err.write(f"\r\x1b[2K{printable(text)}")
            self._err.flush()
            self._progress = True

    def failed(self, error: BaseException, exit_code: int | None = None) -> int:
        """Report an error as a sentence and a hint (or as the JSON answer) and return its exit code."""
        code = exit_code if exit_code is not None else int(getattr(error, "exit_code", 3))
        if self.json and not self._answered:
            self.document({"success": False, "exit_code": code, "errors": error_documents(error)})
        for text in _sentences(error):
            self.problem(text)
        if self.debug:
            self._say(logging.ERROR, "", "", "".join(traceback.format_exception(error)).rstrip())
        return code

    def _say(self, level: int, label: str, style: str, text: str) -> None:
        if self.log:
            self.log(level, text)
        else:
            shown = self._paint(self._err, style, label) if label else ""
            self._write(self._err, shown + printable(self.mask(text)))

    def _paint(self, stream: TextIO, style: str, text: str) -> str:
        wanted = self._color if self._color is not None else stream.isatty() and "NO_COLOR" not in os.environ
        return f"\x1b[{style}m{text}\x1b[0m" if wanted else text

    def _write(self, stream: TextIO, text: str) -> None:
        if self._progress:
            self._err.write("\r\x1b[2K")
            self._progress = False
        encoding = stream.encoding or "utf-8"
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")
        stream.flush()


def as_json(document: object) -> str:
    """Write a document as JSON that every parser takes: no NaN, dates as ISO text, ASCII where nothing else fits.

    Example:
        >>> print(as_json({"rows": 2, "mean": float("nan"), "day": datetime.date(2026, 1, 2)}))
        {
          "rows": 2,
          "mean": null,
          "day": "2026-01-02"
        }
    """
    return json.dumps(_plain(document), indent=2, ensure_ascii=True, allow_nan=False)


def error_documents(error: BaseException) -> list[dict[str, Any]]:
    """Return an error as the entries of `errors`: every problem of a configuration, else the error itself."""
    problems = getattr(error, "problems", None)
    if problems is not None:
        return [problem.to_dict() for problem in problems]
    if isinstance(error, DataFrameworkError):
        place = {"file": str(error.context.get("file", "")), "line": error.context.get("line"), "place": ""}
        return [{**place, "found": error.message, "expected": "", **error.to_dict()}]
    return [{"type": type(error).__name__, "message": str(error), "hint": "", "context": {}}]


def printable(text: str) -> str:
    r"""Make text safe for a terminal: control characters (escape sequences of a delivered name) are spelled out.

    Example:
        >>> print(printable("a\x1b[31mb"))
        a\x1b[31mb
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in "\n\t" else ascii(c)[1:-1] for c in text)


def _sentences(error: BaseException) -> list[str]:
    problems = getattr(error, "problems", None)
    if problems is not None:
        return [str(problem) for problem in problems]
    if isinstance(error, DataFrameworkError):
        return [f"{error.message}\n  {error.hint}" if error.hint else error.message]
    return [str(error) or type(error).__name__]


def _plain(value: object) -> Any:
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    return _plain_object(value)


def _plain_object(value: object) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if hasattr(value, "model_dump"):
        return _plain(value.model_dump())
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, Decimal | PurePath):
        return str(value)
    return str(value)


def _cell(value: object) -> str:
    if value is None:
        return ""
    return printable(str(value)).replace("\n", "\\n").replace("\t", "\\t")


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
