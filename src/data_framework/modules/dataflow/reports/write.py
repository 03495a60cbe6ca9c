"""One report written: rows stream from the engine through text, replacements and encoding into one published file."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from data_framework.modules.config import Report
from data_framework.modules.dataflow.report import OutputEntry
from data_framework.modules.dataflow.reports.text import CsvText, as_json, replaced
from data_framework.modules.exception import EmptyReportError, OutputError, ReportEncodingError

if TYPE_CHECKING:
    from data_framework.modules.data_process import DataProcessInterface
    from data_framework.modules.data_process.plan import QuerySource
    from data_framework.modules.storage import StorageInterface


def write_report(
    report: Report, source: QuerySource, names: tuple[str, ...], key: str,
    engine: DataProcessInterface[Any], storage: StorageInterface,
) -> OutputEntry:  # fmt: skip
    """Write one report; readers see the former file or the whole new one.

    Args:
        report: How it is written.
        source: Its rows.
        names: Its columns, as they are written.
        key: Its file below the output layer.
        engine: Streams the rows.
        storage: Where it is published.

    Raises:
        EmptyReportError: There are no rows, and `on_empty` is error.
        OutputError: Its text cannot be written as it is configured.
        DataProcessError: Its query failed.
    """
    batches = iter(engine.batches(source))
    first, rest = _until_rows(batches)
    if first is None and report.on_empty == "error":
        raise EmptyReportError(report=report.name)
    if first is None and report.on_empty == "skip":
        return OutputEntry(report.name)
    full = chain([first] if first is not None else [], rest)
    with ExitStack() as stack:
        return _written(report, names, key, full, storage, stack)


def _until_rows(batches: Iterator[Any]) -> tuple[Any, Iterator[Any]]:
    for batch in batches:
        if batch.num_rows:
            return batch, batches
    return None, iter(())


def _written(
    report: Report, names: tuple[str, ...], key: str, batches: Iterable[Any], storage: StorageInterface,
    stack: ExitStack,
) -> OutputEntry:  # fmt: skip
    entry = OutputEntry(report.name, storage.uri("output", key))
    if report.file_format == "csv":
        csv = CsvText(report.csv_specs.delimiter, report.csv_specs.index, report.csv_specs.formula_escape)
        text, encoding = _csv(csv, report, names, batches), report.csv_specs.encoding
    else:
        csv, encoding = None, "utf-8"
        form = _json_lines if report.json_specs.format == "lines" else _JsonColumns(storage, stack)
        text = form(entry, names, batches)
    for change in report.replaces:
        for old, new in change.items():
            if not old:
                raise OutputError(reason=f"The report {report.name!r} cannot replace empty text")
            text = replaced(text, old, new)
    storage.write("output", key, _encoded(report, text, encoding))
    if csv is not None:
        entry.rows, entry.escaped = csv.rows, csv.escaped
    return entry


def _csv(csv: CsvText, report: Report, names: tuple[str, ...], batches: Iterable[Any]) -> Iterator[str]:
    if report.csv_specs.header:
        yield csv.header(names)
    for batch in batches:
        yield "".join(csv.lines(_values(batch)))


def _json_lines(entry: OutputEntry, names: tuple[str, ...], batches: Iterable[Any]) -> Iterator[str]:
    keys = [json.dumps(name, ensure_ascii=False) for name in names]
    for batch in batches:
        entry.rows += batch.num_rows
        rows = zip(*_values(batch), strict=True)
        yield "".join(
            "{" + ", ".join(f"{key}: {as_json(value)}" for key, value in zip(keys, row, strict=True)) + "}\n"
            for row in rows
        )


class _JsonColumns:
    """`{column: [values]}`: each column gathers in a scratch file, so that memory does not grow with the rows."""

    def __init__(self, storage: StorageInterface, stack: ExitStack) -> None:
        self._storage, self._stack = storage, stack

    def __call__(self, entry: OutputEntry, names: tuple[str, ...], batches: Iterable[Any]) -> Iterator[str]:
        folder = Path(self._stack.enter_context(self._storage.work_folder()))
        files = [
            self._stack.enter_context((folder / f"{place}").open("w+", encoding="utf-8")) for place in range(len(names))
        ]
        for batch in batches:
            for file, values in zip(files, _values(batch), strict=True):
                gathered = ", ".join(as_json(value) for value in values)
                file.write((", " if entry.rows else "") + gathered if values else "")
            entry.rows += batch.num_rows
        yield "{"
        for place, (name, file) in enumerate(zip(names, files, strict=True)):
            yield (", " if place else "") + json.dumps(name, ensure_ascii=False) + ": ["
            yield from _read(file)
            yield "]"
        yield "}\n"


def _read(file: TextIO) -> Iterator[str]:
    file.seek(0)
    while chunk := file.read(1 << 20):
        yield chunk


def _values(batch: Any) -> list[list[Any]]:
    return [column.to_pylist() for column in batch.columns]


def _encoded(report: Report, text: Iterable[str], encoding: str) -> Iterator[bytes]:
    encoder = codecs.getincrementalencoder(encoding)("strict")
    try:
        for chunk in text:
            yield encoder.encode(chunk)
        yield encoder.encode("", final=True)
    except UnicodeEncodeError as error:
        character = f"U+{ord(error.object[error.start]):04X}"
        raise ReportEncodingError(report=report.name, character=character, encoding=encoding) from error
