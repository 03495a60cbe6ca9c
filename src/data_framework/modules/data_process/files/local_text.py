"""A file on this machine as a Parquet file of text; its ending says its format."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data_framework.modules.data_process.files.converting import Converted, Source, convert
from data_framework.modules.data_process.files.csv_blocks import batches
from data_framework.modules.data_process.files.csv_header import lay_out, sample_lines, watched_characters
from data_framework.modules.data_process.files.encodings import EncodingProbe, TextCounts
from data_framework.modules.data_process.files.json_reader import JsonConverter
from data_framework.modules.data_process.files.limits import STEP, FileLimits
from data_framework.modules.data_process.files.text_feed import TextFeed
from data_framework.modules.data_process.files.text_parquet import TextParquet
from data_framework.modules.exception import NotInThisVersionError, UnknownChoiceError

if TYPE_CHECKING:
    from data_framework.modules.config.model.incoming import IncomingFile

_KINDS = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".json": "json", ".jsonl": "json_lines", ".ndjson": "json_lines",
    ".xml": "xml", ".parquet": "parquet", ".xls": "xls", ".xlsx": "xls", ".xlsm": "xls", ".xlsb": "xls", ".ods": "xls",
}  # fmt: skip


@dataclass(frozen=True)
class Hints:
    """Where the records are: `xpath` of XML, `sheet` of a workbook, `source_level` of JSON, `columns` of fixed width.

    Attributes:
        columns: `name:start:length` of each, the first position being 1; where there are any, lines are cut by them.
    """

    xpath: str = ""
    sheet: str = ""
    source_level: str = ""
    columns: Sequence[str] = ()


def text_parquet(path: Path, out: Path, limits: FileLimits, hints: Hints) -> Converted:
    """Write a file as a Parquet file of text.

    Args:
        path: The file.
        out: What to write, in a folder of its own.
        limits: Limits of the platform.
        hints: Where the records are.

    Raises:
        NotInThisVersionError: It ends otherwise than the formats do.
        FileContentError: It is not what its name says.
    """
    kind = "fixed_width" if hints.columns else _KINDS.get(path.suffix.lower())
    if kind is None:
        choices = ", ".join(ending.lstrip(".") for ending in _KINDS)
        raise NotInThisVersionError(kind="kind of file", name=path.suffix or path.name, choices=choices)
    if kind == "csv":
        return _csv(path, out, limits)
    if kind in {"json", "json_lines"}:
        return _json(path, out, limits, kind, hints)
    encoding, counts = _probed(path, ("UTF-8", "auto")) if kind == "fixed_width" else ("", TextCounts())
    with path.open("rb") as stream:
        return convert(Source(stream, encoding, counts, _incoming(kind, hints), limits), out)


def _incoming(kind: str, hints: Hints) -> IncomingFile:
    from data_framework.modules.config.model.incoming import IncomingFile

    specs: dict[str, Any] = {"file_format": kind}
    if hints.xpath:
        specs["xml_specs"] = {"xpath": hints.xpath}
    if hints.columns:
        specs["fixed_width_specs"] = {"columns": [_column(text) for text in hints.columns]}
    if hints.sheet:
        specs["excel_specs"] = {"sheet": int(hints.sheet) if hints.sheet.isdecimal() else hints.sheet}
    return IncomingFile.model_validate(specs)


def _column(text: str) -> dict[str, Any]:
    name, _, place = text.partition(":")
    start, _, length = place.partition(":")
    if not (name and start.isdecimal() and length.isdecimal() and int(start) and int(length)):
        raise UnknownChoiceError(kind="column of fixed width", name=text, suggestion="Write it as NAME:START:LENGTH.")
    return {"name": name, "start": int(start), "length": int(length)}


def _probed(path: Path, encodings: Sequence[str]) -> tuple[str, TextCounts]:
    """The encoding of a text, and what was counted in it."""
    probe = EncodingProbe(encodings, sample_lines=0)
    with path.open("rb") as stream:
        while data := stream.read(STEP):
            probe.feed(data)
    return probe.result()


def _csv(path: Path, out: Path, limits: FileLimits) -> Converted:
    import pyarrow
    from pyarrow import compute

    from data_framework.modules.config.model.incoming import CsvSpecs

    specs = CsvSpecs(encoding=("UTF-8", "auto"), delimiter=("auto",))
    probe = EncodingProbe(specs.encoding, watched_characters(specs), sample_lines(specs))
    with path.open("rb") as stream:
        while data := stream.read(STEP):
            probe.feed(data)
    encoding, counts = probe.result()
    layout = lay_out(specs, encoding, counts, limits)
    writer = TextParquet(out, limits, list(layout.columns))
    with path.open("rb") as stream:
        for batch in batches(stream, layout.dialect, list(layout.normalised), limits):
            sound = batch.filter(compute.is_null(batch.column("_fault")))
            cells = sound.columns[: len(layout.normalised)]
            writer.write_batch(pyarrow.RecordBatch.from_arrays(cells, names=list(writer.names.values())))
    writer.close()
    return Converted(layout.names, dict(zip(writer.names.values(), layout.normalised, strict=True)), writer.rows)


def _json(path: Path, out: Path, limits: FileLimits, kind: str, hints: Hints) -> Converted:
    found: list[dict[str, str | None]] = []
    writer = TextParquet(out, limits)
    with path.open("rb") as stream:
        converter = JsonConverter(TextFeed(stream, "utf-8").read, hints.source_level, False, limits, found.append)
        for _ in converter.lines() if kind == "json_lines" else converter.document():
            writer.write(found)
            found.clear()
    writer.close()
    return Converted(tuple(writer.names), writer.columns, writer.rows)
