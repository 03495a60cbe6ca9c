"""JSON and JSON Lines → normalised JSON Lines: one object per line, every value as text, nested ones as JSON text."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from data_framework.modules.data_process.files.json_plain import PlainLines
from data_framework.modules.data_process.files.json_pull import JsonPull, Number, Repeats, make_decoder
from data_framework.modules.data_process.files.limits import FileLimits
from data_framework.modules.exception import FileContentError, FileLimitError

_JOIN = 256
_STEP = 1024 * 1024
_encode = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode
_FIELDS_MOST = 1000


@dataclass
class JsonFindings:
    """What was found while a file was converted.

    Attributes:
        columns: Keys of the records in order of first appearance (the values are unused).
        rows: Records.
        repeated_keys: Keys that occurred again in their object; the last value won.
        fields: Plain values beside the records, by key of the document's root.
    """

    columns: dict[str, None] = field(default_factory=dict)
    rows: int = 0
    repeated_keys: int = 0
    fields: dict[str, Any] = field(default_factory=dict)


class JsonConverter:
    """Converts one document (or one document a line) as its text is read.

    Args:
        read: Returns the next text of about so many bytes, "" at the end.
        level: Path of the records (`a.b.*`), "" the root.
        dictionary: Whether an object at the path holds records as its values.
        limits: Limits of the platform.
        watch: Told of every record's column values, e.g. to find the data date.
    """

    def __init__(
        self, read: Callable[[int], str], level: str, dictionary: bool, limits: FileLimits,
        watch: Callable[[dict[str, str | None]], None] | None = None,
    ) -> None:  # fmt: skip
        self._read = read
        self._path = tuple(part for part in level.split(".") if part)
        self._dictionary = dictionary
        self._limits = limits
        self._watch = watch
        self._repeats = Repeats()
        self._decoder = make_decoder(self._repeats)
        self._found = False
        self._plain = PlainLines(self._looked_at, limits)
        self._met: set[int] = set()
        self.findings = JsonFindings()

    # documents ------------------------------------------------------------------------------------------------------
    def document(self) -> Iterator[bytes]:
        """Convert one document.

        Raises:
            FileContentError: It is no valid JSON, or the records are not where they should be.
            FileLimitError: It is too deep, too wide or has too large values.
        """
        yield from self._joined(map(self._line, self._records_of(self._pull(self._read))))

    def lines(self) -> Iterator[bytes]:
        """Convert one document a line.

        Raises:
            FileContentError: A line is no valid JSON; the line is named.
        """
        number, read = 0, self._parsed if self._path or self._dictionary else self._direct
        for lines in self._split():
            yield from self._joined(read(lines, number))
            number += len(lines)

    def _pull(self, read: Callable[[int], str]) -> JsonPull:
        most = 4 * self._limits.cell_bytes
        return JsonPull(read, most, self._limits.depth, self._repeats)

    def _records_of(self, pull: JsonPull) -> Iterator[Any]:
        self._found = not self._path
        yield from self._at_path(pull, self._path, 0)
        pull.end()
        if not self._found:
            raise FileContentError(reason=f"there is nothing at source_level {'.'.join(self._path)!r}")

    def _direct(self, lines: Sequence[str], before: int) -> Iterator[str]:
        """Plain lines as they are, the others parsed."""
        texts, shapes = self._plain.take(lines)
        if self.findings.rows and not self._watch and self._met.issuperset(shapes):
            self.findings.rows += len(lines)
            yield "\n".join(texts)
            return
        for place, shape in enumerate(shapes):
            if shape is None or not self.findings.rows:
                yield from self._parsed(lines[place : place + 1], before + place)
            else:
                self._know(dict.fromkeys(self._plain.shapes[shape]))
                self._met.add(shape)
                self.findings.rows += 1
                if self._watch:
                    self._watch(json.loads(texts[place]))
                yield texts[place]

    def _parsed(self, lines: Sequence[str], before: int) -> Iterator[str]:
        return map(self._line, self._records_of_lines(lines, before))

    def _records_of_lines(self, lines: Sequence[str], before: int) -> Iterator[Any]:
        for number, line in enumerate(lines, before + 1):
            if not line.strip(" \t\r"):
                continue
            record = self._plain_line(line)
            if record is not None:
                yield record
                continue
            parts = iter((line,))
            try:
                yield from self._records_of(self._pull(lambda size, parts=parts: next(parts, "")))  # type: ignore[misc]
            except FileLimitError:
                raise
            except FileContentError as error:
                raise FileContentError(reason=f"line {number:,}: {error.context['reason']}") from error

    def _plain_line(self, line: str) -> dict[str, Any] | None:
        """The object of a line, where it plainly is the record; None: look closer."""
        if self._path or self._dictionary or line.count("{") + line.count("[") > self._limits.depth:
            return None
        before = self._repeats.count
        try:
            found = self._decoder.decode(line)
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, dict):
            return found
        self._repeats.count = before
        return None

    def _looked_at(self, line: str) -> dict[str, Any] | None:
        """The object of a line that is looked at only."""
        before = self._repeats.count
        found = self._plain_line(line)
        self._repeats.count = before
        return found

    def _split(self) -> Iterator[list[str]]:
        rest, most = "", 4 * self._limits.cell_bytes
        while text := self._read(_STEP):
            lines = (rest + text).split("\n")
            rest = lines.pop()
            if len(rest) > most:
                raise FileLimitError(reason=f"it has a line of more than {most:,} characters", limit="cell_bytes")
            if lines:
                yield lines
        if rest:
            yield [rest]

    # records --------------------------------------------------------------------------------------------------------
    def _at_path(self, pull: JsonPull, path: tuple[str, ...], level: int) -> Iterator[Any]:
        if not path:
            yield from self._records_here(pull)
        elif path[0] == "*":
            yield from self._each(pull, path[1:], level)
        elif pull.peek() == "{":
            yield from self._member(pull, path, level)
        else:
            pull.skip()

    def _each(self, pull: JsonPull, rest: tuple[str, ...], level: int) -> Iterator[Any]:
        kind = pull.peek()
        if kind not in {"[", "{"}:
            pull.skip()
            return
        self._found = self._found or not rest
        for _ in pull.elements() if kind == "[" else pull.members():
            if rest:
                yield from self._at_path(pull, rest, level + 1)
            else:
                yield pull.value()

    def _member(self, pull: JsonPull, path: tuple[str, ...], level: int) -> Iterator[Any]:
        met = 0
        for key in pull.members():
            if key != path[0]:
                self._beside(pull, key, level)
                continue
            met += 1
            if met > 1:
                raise FileContentError(reason=f"the key {key!r} of source_level occurs twice")
            self._found = self._found or len(path) == 1
            yield from self._at_path(pull, path[1:], level + 1)

    def _beside(self, pull: JsonPull, key: str, level: int) -> None:
        if level == 0 and pull.peek() not in {"[", "{"} and len(self.findings.fields) < _FIELDS_MOST:
            self.findings.fields[key] = pull.value()
        else:
            pull.skip()

    def _records_here(self, pull: JsonPull) -> Iterator[Any]:
        kind = pull.peek()
        if kind == "[":
            for _ in pull.elements():
                yield pull.value()
        elif kind == "{" and self._dictionary:
            for _ in pull.members():
                yield pull.value()
        else:
            yield pull.value()

    # lines ----------------------------------------------------------------------------------------------------------
    def _joined(self, lines: Iterator[str]) -> Iterator[bytes]:
        while some := list(islice(lines, _JOIN)):
            yield self._encoded(some)
        self.findings.repeated_keys = self._repeats.count

    def _line(self, found: Any) -> str:
        record = found if isinstance(found, dict) else {"value": found}
        findings, most = self.findings, self._limits.cell_bytes
        cells = {key: _text(value) for key, value in record.items()}
        findings.rows += 1
        self._know(cells)
        if findings.rows == 1 and not self._path:
            findings.fields.update({key: value for key, value in record.items() if not isinstance(value, dict | list)})
        if self._watch:
            self._watch(cells)
        line = _encode(cells)
        if len(line) > most:
            self._check_cells(cells)
        return line

    def _know(self, cells: Mapping[str, str | None]) -> None:
        columns = self.findings.columns
        if cells.keys() <= columns.keys():
            return
        columns.update(dict.fromkeys(cells))
        if len(columns) > self._limits.columns:
            raise FileLimitError(reason=f"it has more than {self._limits.columns:,} columns", limit="columns")

    def _check_cells(self, cells: dict[str, str | None]) -> None:
        rows, most = self.findings.rows, self._limits.cell_bytes
        for key, cell in cells.items():
            if cell is not None and len(cell) > most:
                reason = f"record {rows:,} has a value of more than {most:,} characters in {key!r}"
                raise FileLimitError(reason=reason, limit="cell_bytes")

    def _encoded(self, lines: list[str]) -> bytes:
        try:
            return ("\n".join(lines) + "\n").encode()
        except UnicodeEncodeError as error:
            raise FileContentError(reason="it holds half of a surrogate pair, which is no character") from error


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):  # numbers are Number, a text
        return None if value is None else str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return _nested(value)


def _nested(value: Any) -> str:
    """Write a nested value as compact JSON, numbers with the digits they came with."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{_quoted(key)}:{_nested(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join([_nested(item) for item in value]) + "]"
    if isinstance(value, Number):
        return str(value)
    return _quoted(value)


def _quoted(value: object) -> str:
    return _encode(value)
