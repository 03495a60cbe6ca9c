"""A contract proposed from one file: names as they would be normalised, types every cell of the sample fits exactly."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from data_framework.modules.data_process.files.csv_header import lay_out, sample_lines, watched_characters
from data_framework.modules.data_process.files.csv_reader import records
from data_framework.modules.data_process.files.encodings import EncodingProbe
from data_framework.modules.data_process.files.json_reader import JsonConverter
from data_framework.modules.data_process.files.limits import STEP, FileLimits
from data_framework.modules.data_process.files.text_feed import TextFeed
from data_framework.modules.exception import NotInThisVersionError, SampleReadError
from data_framework.modules.utils.names import normalise_name, normalise_names

_SAMPLE = 100_000
_NUMBER = re.compile(r"[+-]?(\d+)(?:\.(\d+))?")
_FLOAT = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_DATES = ("%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%d-%m-%Y", "%m-%d-%Y", "%d.%m.%Y", "%Y%m%d")
_TIMES = ("%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S", "%d.%m.%Y %H:%M:%S",
          "%Y/%m/%d %H:%M:%S", "%d-%m-%Y %H:%M:%S")  # fmt: skip


@dataclass
class _Column:
    """What the cells of one column have in common, cell by cell; `open` are the types still possible."""

    filled: int = 0
    whole: int = 1
    scale: int = 0
    open: set[str] = field(default_factory=lambda: {"boolean", "integer", "decimal", "double", "date", "timestamp"})
    formats: set[str] = field(default_factory=lambda: {*_DATES, *_TIMES})

    def see(self, text: str) -> None:
        """Take one cell that is not null."""
        self.filled += 1
        if not self.open and not self.formats:
            return
        self._see_number(text)
        if text.lower() not in {"true", "false"}:
            self.open.discard("boolean")
        if not _fits(date.fromisoformat, text) or len(text) != 10:
            self.open.discard("date")
        if not _fits(datetime.fromisoformat, text) or len(text) < 16:
            self.open.discard("timestamp")
        self.formats = {
            form for form in self.formats if _fits(lambda cell, form=form: datetime.strptime(cell, form), text)
        }

    def _see_number(self, text: str) -> None:
        number = _NUMBER.fullmatch(text)
        padded = number is not None and len(number[1]) > 1 and number[1].startswith("0")
        if number is None or padded or number[2]:
            self.open.discard("integer")
        if number is None or padded:
            self.open.discard("decimal")
        else:
            self.whole = max(self.whole, len(number[1]))
            self.scale = max(self.scale, len(number[2] or ""))
        if padded or not _FLOAT.fullmatch(text):
            self.open.discard("double")

    def proposal(self) -> dict[str, Any]:
        """The type that fits all cells, and the format of dates that are not ISO (only when no other fits as well)."""
        if not self.filled:
            return {"type": "string"}
        for kind in ("boolean", "integer", "decimal", "double", "date", "timestamp"):
            if kind in self.open and (kind != "decimal" or self.whole + self.scale <= 38):
                return {"type": self._named(kind)}
        if len(self.formats) == 1:
            form = self.formats.pop()
            return {"type": "timestamp" if "%H" in form else "date", "formats": [form]}
        return {"type": "string"}

    def _named(self, kind: str) -> str:
        if kind == "integer":
            return "int" if self.whole < 10 else "bigint" if self.whole < 19 else f"decimal({min(self.whole, 38)},0)"
        if kind == "decimal":
            return f"decimal({min(38, max(self.whole + self.scale + 2, 10))},{self.scale})"
        return kind


def infer_contract(path: Path, database: str = "", table: str = "", limits: FileLimits | None = None) -> dict[str, Any]:
    """Propose the contract of the table a file would go to, from its first 100,000 rows.

    Args:
        path: A CSV, JSON or JSON Lines file.
        database: The contract's database.
        table: The contract's table; default: from the file's name.
        limits: Limits of the platform.

    Raises:
        NotInThisVersionError: It is a file of another kind.
        FileContentError: It is not what its name says.
    """
    kind = path.suffix.lower()
    if kind not in {".csv", ".txt", ".tsv", ".json", ".jsonl", ".ndjson"}:
        raise NotInThisVersionError(
            kind="kind of file to infer from", name=kind or path.name, choices="csv, json, jsonl"
        )
    try:
        names, rows = (_json if kind in {".json", ".jsonl", ".ndjson"} else _csv)(path, limits or FileLimits())
    except OSError as error:
        raise SampleReadError(path=str(path), reason=error.strerror or str(error)) from error
    return {
        "layer": "staging",
        "database": database or "my_staging",
        "table": table or normalise_name(re.sub(r"\d[\d_.-]*\d|\d", " ", path.stem)) or "my_table",
        "columns": [{"name": name, **column} for name, column in zip(normalise_names(names), _types(rows, len(names)),
                                                                      strict=True)],
    }  # fmt: skip


def _types(rows: Iterable[list[str | None]], width: int) -> list[dict[str, Any]]:
    columns = [_Column() for _ in range(width)]
    for row in islice(rows, _SAMPLE):
        for column, cell in zip(columns, row, strict=True):
            if cell is not None and cell.strip():
                column.see(cell.strip())
    return [column.proposal() for column in columns]


def _csv(path: Path, limits: FileLimits) -> tuple[list[str], Iterator[list[str | None]]]:
    from data_framework.modules.config.model.incoming import CsvSpecs

    specs = CsvSpecs(encoding=("UTF-8", "auto"), delimiter=("auto",))
    probe = EncodingProbe(specs.encoding, watched_characters(specs), sample_lines(specs))
    with path.open("rb") as stream:
        while data := stream.read(STEP):
            probe.feed(data)
    encoding, counts = probe.result()
    layout = lay_out(specs, encoding, counts, limits)

    def rows() -> Iterator[list[str | None]]:
        with path.open("rb") as stream:
            for record in records(stream, layout.dialect, len(layout.names), limits):
                if record.cells is not None:
                    yield record.cells

    return list(layout.names), rows()


def _json(path: Path, limits: FileLimits) -> tuple[list[str], Iterator[list[str | None]]]:
    found: list[dict[str, str | None]] = []

    def watch(cells: dict[str, str | None]) -> None:
        if len(found) < _SAMPLE:
            found.append(cells)

    feed = TextFeed(io.BytesIO(path.read_bytes()), "utf-8")
    converter = JsonConverter(feed.read, "", False, limits, watch)
    for _ in converter.document() if path.suffix.lower() == ".json" else converter.lines():
        if len(found) >= _SAMPLE:
            break
    names = list(converter.findings.columns)
    return names, ([cells.get(name) for name in names] for cells in found)


def _fits(read: Any, text: str) -> bool:
    try:
        read(text)
    except ValueError:
        return False
    return True
