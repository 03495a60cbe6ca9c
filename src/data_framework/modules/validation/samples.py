"""A file of any kind as a source to judge: as the engine reads it, and row by row for the rows that fail."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from data_framework.modules.config.model.incoming import CsvSpecs
from data_framework.modules.data_process.files import CsvDialect, FileLimits, batches
from data_framework.modules.data_process.files.csv_header import lay_out, sample_lines, watched_characters
from data_framework.modules.data_process.files.encodings import EncodingProbe
from data_framework.modules.data_process.files.json_reader import JsonConverter
from data_framework.modules.data_process.files.parquet_rows import ParquetRows
from data_framework.modules.data_process.files.text_feed import TextFeed
from data_framework.modules.data_process.plan import FrameSource, RawFile
from data_framework.modules.exception import ControlDataError
from data_framework.modules.utils.names import normalise_names

ROW = "df_row"
_STEP = 1 << 20
_SPECS = CsvSpecs(delimiter=(",", ";", "\t", "|"), encoding=("auto",), empty_file="accept")


@dataclass(frozen=True)
class Sample:
    """A file to judge.

    Attributes:
        raw: How the engine reads it as text, None where it is typed.
        frame: Where it is typed (Parquet), the rows themselves.
        delivered: Name of a column → name as it was delivered.
        rows: Reads it once more: an Arrow table of its columns and `df_row`, 1 for the first data row.
    """

    raw: RawFile | None
    frame: FrameSource | None
    delivered: Mapping[str, str]
    rows: Callable[[], Any]


def open_sample(path: Path, scratch: Path) -> Sample:
    """Open a file by its ending.

    Raises:
        ControlDataError: There is no such file, or it ends otherwise.
        FileContentError: It cannot be read as what it is called.
    """
    kinds = {".csv": _csv, ".tsv": _csv, ".txt": _csv, ".jsonl": _json_lines, ".ndjson": _json_lines}
    kind = path.suffix.lower()
    if not path.is_file():
        raise ControlDataError(file=str(path), reason="there is no such file")
    if kind == ".parquet":
        return _parquet(path)
    if kind not in kinds:
        raise ControlDataError(file=str(path), reason=f"its ending {kind!r} is none of .csv, .jsonl, .parquet")
    return kinds[kind](path.resolve(), scratch)


def _csv(path: Path, scratch: Path) -> Sample:
    limits = FileLimits()
    probe = EncodingProbe(_SPECS.encoding, watched_characters(_SPECS), sample_lines(_SPECS))
    with path.open("rb") as stream:
        while data := stream.read(_STEP):
            probe.feed(data)
    encoding, counts = probe.result()
    layout = lay_out(_SPECS, encoding, counts, limits)
    raw = _raw(path, "csv", layout.dialect.to_dict(), layout.columns)
    return Sample(
        raw, None, _turned(layout.columns), partial(_csv_rows, path, layout.dialect, layout.normalised, limits)
    )


def _csv_rows(path: Path, dialect: CsvDialect, names: Iterable[str], limits: FileLimits) -> Any:
    import pyarrow as arrow

    with path.open("rb") as stream:
        table = arrow.Table.from_batches(batches(stream, dialect, list(names), limits))
    sound = table.filter(arrow.compute.is_null(table.column("_fault")))
    return sound.drop_columns(["_line", "_fault", "_text"]).rename_columns([*names, ROW])


def _json_lines(path: Path, scratch: Path) -> Sample:
    written = scratch / "sample.jsonl"
    with path.open("rb") as stream, written.open("wb") as target:
        converter = JsonConverter(TextFeed(stream, "utf-8").read, "", False, FileLimits())
        target.writelines(converter.lines())
    delivered = list(converter.findings.columns)
    columns = dict(zip(delivered, normalise_names(delivered), strict=True))
    raw = _raw(written, "json_lines", {}, columns, path.name)
    return Sample(raw, None, _turned(columns), partial(_json_rows, written, columns))


def _json_rows(path: Path, columns: Mapping[str, str]) -> Any:
    import pyarrow as arrow

    with path.open(encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    arrays = {
        name: arrow.array([record.get(key) for record in records], arrow.string()) for key, name in columns.items()
    }
    return arrow.table({**arrays, ROW: arrow.array(range(1, len(records) + 1), arrow.int64())})


def _parquet(path: Path) -> Sample:
    import pyarrow as arrow
    from pyarrow import parquet

    try:
        delivered = parquet.read_schema(path).names
    except (arrow.ArrowException, OSError) as error:
        raise ControlDataError(file=str(path), reason=str(error)) from error
    names = normalise_names(delivered)
    frame = ParquetRows(str(path), dict(zip(delivered, names, strict=True)))

    def numbered() -> Any:
        table = arrow.table(frame)
        return table.append_column(ROW, arrow.array(range(1, table.num_rows + 1), arrow.int64()))

    return Sample(None, FrameSource(frame), dict(zip(names, delivered, strict=True)), numbered)


def _raw(path: Path, kind: str, dialect: Mapping[str, Any], columns: Mapping[str, str], name: str = "") -> RawFile:
    return RawFile(
        uri=str(path), file_name=name or path.name, content_hash="", data_date="", sequence=1, format=kind,
        dialect=dialect, columns=columns,
    )  # fmt: skip


def _turned(columns: Mapping[str, str]) -> dict[str, str]:
    return {name: delivered for delivered, name in columns.items()}


def text_rows(table: Any) -> Iterator[dict[str, Any]]:
    """The rows of a sample, one after the other."""
    for batch in table.to_batches():
        yield from batch.to_pylist()
