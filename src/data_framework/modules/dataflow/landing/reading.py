"""Reading what was taken in as its format says: a CSV file is laid out, everything else converted."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data_framework.modules.data_process.files.converting import Converted, Source, convert
from data_framework.modules.data_process.files.csv_header import CsvLayout, lay_out
from data_framework.modules.data_process.files.csv_reader import records
from data_framework.modules.data_process.files.json_reader import JsonConverter, JsonFindings
from data_framework.modules.data_process.files.limits import STEP, FileLimits
from data_framework.modules.data_process.files.text_feed import TextFeed
from data_framework.modules.dataflow.landing.dating import DateColumn
from data_framework.modules.dataflow.landing.intake import Taken, naming_member
from data_framework.modules.exception import FileContentError, FileLimitError
from data_framework.modules.utils.names import deduplicate, normalise_names

if TYPE_CHECKING:
    from data_framework.modules.config.model.incoming import IncomingFile
    from data_framework.modules.storage import StorageInterface


# What a format becomes in raw.
RAW_FORMATS = {
    "csv": "csv", "json": "json_lines", "json_lines": "json_lines", "xls": "parquet", "xml": "parquet",
    "parquet": "parquet", "fixed_width": "parquet",
}  # fmt: skip


@dataclass(frozen=True)
class ReadMember:
    """One member, ready for raw.

    Attributes:
        key: Where its bytes (converted, but for CSV) wait in raw.
        names: Its delivered names; `columns` maps them to normalised ones.
        rows: Records, None when they were not counted.
        size: Bytes as they were delivered, unpacked.
    """

    name: str
    key: str
    suffix: str
    names: tuple[str, ...]
    columns: dict[str, str]
    dialect: dict[str, Any] = field(default_factory=dict)
    rows: int | None = None
    notes: tuple[str, ...] = ()
    size: int = 0

    def to_reader(self) -> dict[str, Any]:
        """What the ledger keeps to read it again."""
        return {"name": self.name, "dialect": self.dialect, "columns": self.columns, "names": list(self.names),
                "bytes": self.size}  # fmt: skip


class MemberReader:
    """Reads the members of one delivery.

    Attributes:
        fields: Plain values beside the records of its JSON documents.
    """

    def __init__(
        self, storage: StorageInterface, incoming: IncomingFile, limits: FileLimits, expected: Collection[str],
        dates: DateColumn | None, password: str | None = None,
    ) -> None:  # fmt: skip
        self._storage = storage
        self._password = password
        self._incoming = incoming
        self._limits = limits
        self._expected = expected
        self._dates = dates
        self.fields: dict[str, Any] = {}

    def read(self, taken: Taken) -> ReadMember:
        """Read one member.

        Raises:
            FileContentError: It is not what the configuration says.
        """
        raw = RAW_FORMATS[self._incoming.file_format]
        read = {"csv": self._csv, "json_lines": self._json, "parquet": self._parquet}[raw]
        with naming_member(taken.name):
            return replace(read(taken), size=taken.size)

    # csv ------------------------------------------------------------------------------------------------------------
    def _csv(self, taken: Taken) -> ReadMember:
        layout = lay_out(self._incoming.csv_specs, taken.encoding, taken.counts, self._limits, self._expected)
        if layout.dialect.ragged_rows == "widen":
            layout = self._widened(taken, layout)
        if self._dates is not None:
            self._collect_dates(taken, layout)
        return ReadMember(
            name=taken.name, key=taken.key, suffix="", names=layout.names, columns=layout.columns,
            dialect=layout.dialect.to_dict(), notes=layout.notes,
        )  # fmt: skip

    def _widened(self, taken: Taken, layout: CsvLayout) -> CsvLayout:
        """Add columns for the widest row: the whole file is read for it."""
        width = len(layout.names)
        with self._storage.open_read("raw", taken.key) as stream:
            widest = max((len(row.cells) for row in records(stream, layout.dialect, 0, self._limits) if row.cells),
                         default=width)  # fmt: skip
        if widest > self._limits.columns:
            raise FileLimitError(reason=f"it has a row of {widest:,} cells", limit="columns")
        extra = tuple(f"column_{position}" for position in range(width + 1, widest + 1))
        names = layout.names + extra
        return replace(layout, names=names, normalised=tuple(normalise_names(names)))

    def _collect_dates(self, taken: Taken, layout: CsvLayout) -> None:
        assert self._dates is not None
        place = self._dates.index(layout.names, layout.normalised)
        with self._storage.open_read("raw", taken.key) as stream:
            for record in records(stream, layout.dialect, len(layout.names), self._limits):
                if record.cells is not None:
                    self._dates.add(record.cells[place])

    # json -----------------------------------------------------------------------------------------------------------
    def _json(self, taken: Taken) -> ReadMember:
        key = f"{taken.key}.jsonl"
        with self._storage.open_read("raw", taken.key) as stream:
            feed = TextFeed(stream, taken.encoding)
            converter = self._converter(feed)
            try:
                self._storage.write("raw", key, self._converted(converter))
            finally:
                self.fields.update(converter.findings.fields)
        return _json_member(taken, key, converter.findings)

    def _converter(self, feed: TextFeed) -> JsonConverter:
        specs = self._incoming.json_specs
        watch = self._dates.record if self._dates else None
        dictionary = specs.source_level_format == "dictionary"
        return JsonConverter(feed.read, specs.source_level, dictionary, self._limits, watch)

    def _converted(self, converter: JsonConverter) -> Iterator[bytes]:
        lines = converter.lines() if self._incoming.file_format == "json_lines" else converter.document()
        yield from lines
        if self._incoming.file_format == "json_lines" and not converter.findings.rows:
            raise FileContentError(reason="it is empty")

    # what becomes parquet -------------------------------------------------------------------------------------------
    def _parquet(self, taken: Taken) -> ReadMember:
        key = f"{taken.key}.parquet"
        with self._storage.work_folder() as folder, self._storage.open_read("raw", taken.key) as stream:
            out = Path(folder) / "text.parquet"
            source = Source(stream, taken.encoding, taken.counts, self._incoming, self._limits, self._password)
            found = convert(source, out)
            if self._dates is not None:
                self._collect_converted(found, out)
            self._storage.write("raw", key, _chunks(out))
        return ReadMember(
            name=taken.name, key=key, suffix=".parquet", names=found.names, columns=found.columns, rows=found.rows,
            notes=found.notes,
        )  # fmt: skip

    def _collect_converted(self, found: Converted, path: Path) -> None:
        from pyarrow import parquet

        assert self._dates is not None
        place = self._dates.index(found.names, tuple(found.columns.values()))
        with parquet.ParquetFile(path) as held:
            for batch in held.iter_batches(columns=[list(found.columns)[place]], use_threads=False):
                for value in batch.column(0).unique().to_pylist():
                    self._dates.add(value)


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while data := stream.read(STEP):
            yield data


def _json_member(taken: Taken, key: str, findings: JsonFindings) -> ReadMember:
    names = tuple(findings.columns)
    repeats = findings.repeated_keys
    notes = (f"{repeats:,} repeated keys: the last value was taken",) if repeats else ()
    return ReadMember(
        name=taken.name, key=key, suffix=".jsonl", names=names, rows=findings.rows, notes=notes,
        columns=dict(zip(deduplicate(names), normalise_names(names), strict=True)),
    )  # fmt: skip
