"""XML, Excel, Parquet and fixed width → one Parquet file of text, as raw keeps them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from data_framework.modules.data_process.files.encodings import TextCounts
from data_framework.modules.data_process.files.excel import read_workbook
from data_framework.modules.data_process.files.fixed_width import FixedWidthReader
from data_framework.modules.data_process.files.limits import STEP, FileLimits
from data_framework.modules.data_process.files.parquet_reader import ParquetReader
from data_framework.modules.data_process.files.text_feed import TextFeed
from data_framework.modules.data_process.files.text_parquet import TextParquet, distinct_names
from data_framework.modules.data_process.files.xml_encoding import open_xml
from data_framework.modules.data_process.files.xml_reader import XmlReader
from data_framework.modules.utils.names import normalise_names

if TYPE_CHECKING:
    from data_framework.modules.config.model.incoming import IncomingFile


@dataclass(frozen=True)
class Source:
    """One unpacked member and how it is written.

    Attributes:
        stream: Its bytes, read once.
        encoding, counts: Of text, as found while it was copied.
        password: Of an encrypted workbook.
    """

    stream: BinaryIO
    encoding: str
    counts: TextCounts
    incoming: IncomingFile
    limits: FileLimits
    password: str | None = None


@dataclass(frozen=True)
class Converted:
    """What a member became.

    Attributes:
        names: The delivered names of its columns, in order.
        columns: Name in the Parquet file → normalised name.
    """

    names: tuple[str, ...]
    columns: dict[str, str]
    rows: int
    notes: tuple[str, ...] = ()


def convert(source: Source, out: Path) -> Converted:
    """Write a member as a Parquet file of text.

    Args:
        source: XML, a workbook, Parquet or fixed width.
        out: The file to write, in a folder of its own.

    Raises:
        FileContentError: It is not what the configuration says.
        FileLimitError: It exceeds a limit.
        MissingLibraryError: A library of the extra `excel` is not installed.
    """
    by_format = {"xml": _xml, "xls": _excel, "parquet": _parquet, "fixed_width": _fixed_width}
    return by_format[source.incoming.file_format](source, out)


def _xml(source: Source, out: Path) -> Converted:
    specs = source.incoming.xml_specs
    read, encoding = open_xml(source.stream, specs.encoding)
    reader = XmlReader(read, specs.xpath, source.limits, encoding)
    return _written(reader.batches(), TextParquet(out, source.limits))


def _fixed_width(source: Source, out: Path) -> Converted:
    specs = source.incoming.fixed_width_specs
    feed = TextFeed(source.stream, source.encoding)
    reader = FixedWidthReader(feed, specs, source.counts.lines("mixed"), source.limits)
    names = [column.name for column in specs.columns]
    return _written(reader.batches(), TextParquet(out, source.limits, names))


def _written(batches: Iterator[Any], writer: TextParquet) -> Converted:
    for batch in batches:
        (writer.write if isinstance(batch, list) else writer.write_columns)(batch)
    writer.close()
    return Converted(tuple(writer.names), writer.columns, writer.rows)


def _parquet(source: Source, out: Path) -> Converted:
    local = _local(source, out)
    reader = ParquetReader(local, source.limits)
    writer = TextParquet(out, source.limits, distinct_names(reader.names))
    for batch in reader.batches(list(writer.names.values())):
        writer.write_batch(batch)
    writer.close()
    local.unlink()
    columns = dict(zip(writer.names.values(), normalise_names(reader.names), strict=True))
    return Converted(tuple(reader.names), columns, writer.rows)


def _excel(source: Source, out: Path) -> Converted:
    local = _local(source, out)
    found = read_workbook(local, out, source.incoming.excel_specs, source.limits, source.password)
    local.unlink()
    columns = dict(zip(found.columns, normalise_names(found.names), strict=True))
    return Converted(found.names, columns, found.rows, found.notes)


def _local(source: Source, out: Path) -> Path:
    """A copy of a member that can be read here and there."""
    path = out.with_name("delivered")
    with path.open("wb") as target:
        shutil.copyfileobj(source.stream, target, STEP)
    return path
