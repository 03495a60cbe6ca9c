"""Where a CSV file's data begins and what its columns are called: the dialect, resolved from specs and counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from data_framework.modules.data_process.files.csv_dialect import CsvDialect
from data_framework.modules.data_process.files.csv_grammar import Grammar
from data_framework.modules.data_process.files.csv_reader import CsvScanner, Row
from data_framework.modules.data_process.files.encodings import TextCounts
from data_framework.modules.data_process.files.limits import FileLimits
from data_framework.modules.exception import FileContentError, FileLimitError
from data_framework.modules.utils.names import normalise_name, normalise_names

if TYPE_CHECKING:
    from data_framework.modules.config.model.incoming import CsvSpecs

AUTO_DELIMITERS = (",", ";", "\t", "|", "^", "~", "\x01", ":", " ")


@dataclass(frozen=True)
class CsvLayout:
    """How one CSV file is laid out.

    Attributes:
        names: The delivered names of its columns (or the given ones), in order.
        normalised: The same as names of a table's columns.
        notes: What was not as configured but could be helped, in sentences.
    """

    dialect: CsvDialect
    names: tuple[str, ...]
    normalised: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def columns(self) -> dict[str, str]:
        """Delivered name → normalised name; a repeated or blank delivered name stands as its normalised one."""
        result: dict[str, str] = {}
        for name, plain in zip(self.names, self.normalised, strict=True):
            result[plain if not name or name in result else name] = plain
        return result


def watched_characters(specs: CsvSpecs) -> list[str]:
    """The characters of the dialect whose presence in the file matters, and quotes beside blanks."""
    characters = [text[0] for text in (specs.special_character, specs.escape, specs.comment) if text]
    return [*characters, *_blank_cells(specs), *(_beside_quotes(specs) if specs.null_value else ())]


def _beside_quotes(specs: CsvSpecs, blanks: str = " \t") -> list[str]:
    """Texts one of which occurs where a quoted cell has blanks at an end: only there may a word for null be padded."""
    quote = specs.special_character if specs.trim else None
    return [text for blank in blanks for text in (f"{quote}{blank}", f"{blank}{quote}")] if quote else []


def _blank_cells(specs: CsvSpecs, blanks: str = " \t") -> list[str]:
    """Texts one of which occurs where a quoted cell is nothing but blanks."""
    quote = specs.special_character if specs.trim else None
    return [f"{quote}{blank}{after}" for blank in blanks for after in f"{quote}{blanks}"] if quote else []


def sample_lines(specs: CsvSpecs) -> int:
    """How many lines a sample must hold for the header and a few rows to be in it."""
    return specs.header_position + specs.preamble_lines + specs.header_lines + 20


def lay_out(
    specs: CsvSpecs, encoding: str, counts: TextCounts, limits: FileLimits, expected: Collection[str] = ()
) -> CsvLayout:
    """Resolve the dialect of a file that was decoded and counted whole.

    Args:
        specs: What the configuration says.
        encoding: The codec that decoded it.
        counts: What was counted, with the sample.
        limits: Limits of the platform.
        expected: Normalised names of columns, where a contract says them.

    Raises:
        FileContentError: There is no header where it should be, or it is broken, or the file is empty.
        FileLimitError: Too many columns, or a line too long.
    """
    if counts.longest > max(4 * limits.cell_bytes, 1024 * 1024):
        raise FileLimitError(reason=f"it has a line of {counts.longest:,} characters", limit="cell_bytes")
    if not counts.sample.strip():
        return _empty(specs, encoding, counts)
    newline, notes = _newline(specs, counts)
    present = counts.present
    base = CsvDialect(
        encoding=encoding, bom=counts.bom, quote=specs.special_character,
        escape=specs.escape if specs.escape != specs.special_character and (specs.escape or "") in present else None,
        comment=specs.comment if specs.comment and specs.comment[0] in present else None,
        row_delimiter=newline, skip_lines=0, footnote_lines=specs.footnote_lines, null_values=specs.null_value,
        nan_values=specs.nan_value, multiline=specs.multiline, ragged_rows=specs.ragged_rows, trim=specs.trim,
        lines=counts.lines(newline), quoted_lines=bool(specs.special_character) and specs.special_character in present,
    )  # fmt: skip
    layouts = [_under(delimiter, base, specs, counts, limits) for delimiter in _delimiters(specs)]
    known = {normalise_name(name) for name in expected} | {normalise_name(name) for name in specs.column_names}
    chosen = max(layouts, key=lambda layout: layout.fit(known)) if len(layouts) > 1 else layouts[0]
    return chosen.finished(limits, notes)


def _empty(specs: CsvSpecs, encoding: str, counts: TextCounts) -> CsvLayout:
    if specs.empty_file == "reject":
        raise FileContentError(reason="it is empty")
    names = specs.column_names
    newline = "\n" if counts.lf or not counts.cr else "\r"
    dialect = CsvDialect(encoding=encoding, bom=counts.bom, delimiter=_delimiters(specs)[0], row_delimiter=newline,
                         quote=specs.special_character, skip_lines=counts.lines(newline), lines=counts.lines(newline),
                         quoted_lines=False)  # fmt: skip
    return CsvLayout(dialect, names, tuple(normalise_names(names)))


def _newline(specs: CsvSpecs, counts: TextCounts) -> tuple[str, tuple[str, ...]]:
    seen = {"\r\n": counts.crlf, "\n": counts.lf - counts.crlf, "\r": counts.cr - counts.crlf}
    wanted = specs.row_delimiter
    if wanted != "auto" and (seen[wanted] or not any(seen.values())):
        return wanted, ()
    notes = (
        () if wanted == "auto" else (f"row_delimiter {wanted!r} occurs nowhere in it: the line ends found were used",)
    )
    kinds = [newline for newline, count in seen.items() if count]
    return (kinds[0] if len(kinds) == 1 else "mixed" if kinds else "\n"), notes


def _delimiters(specs: CsvSpecs) -> tuple[str, ...]:
    return tuple(d for one in specs.delimiter for d in (AUTO_DELIMITERS if one == "auto" else (one,)))


@dataclass(frozen=True)
class _Attempt:
    """The layout under one delimiter, judged by how well the header fits."""

    dialect: CsvDialect
    names: tuple[str, ...]
    widths: Counter[int]
    problem: str = ""

    def fit(self, expected: Collection[str]) -> tuple[float, float, float]:
        """Known names found, then the share of sampled rows as wide as the header and of names that are none blank.

        One column proves nothing.
        """
        if self.problem or not self.names:
            return (0, 0, 0)
        found = len(set(normalise_names(self.names)) & set(expected)) / len(expected) if expected else 0
        rows = sum(self.widths.values())
        alike = self.widths[len(self.names)] / rows if rows else 1
        if len(self.names) == 1:
            return (found, 0, 0)
        named = sum(1 for name in self.names if name) / len(self.names)
        return (found, alike * named, len(self.names))

    def finished(self, limits: FileLimits, notes: Sequence[str]) -> CsvLayout:
        if self.problem:
            raise FileContentError(reason=self.problem)
        if len(self.names) > limits.columns:
            raise FileLimitError(reason=f"it has {len(self.names):,} columns", limit="columns")
        return CsvLayout(self.dialect, self.names, tuple(normalise_names(self.names)), tuple(notes))


def _under(delimiter: str, base: CsvDialect, specs: CsvSpecs, counts: TextCounts, limits: FileLimits) -> _Attempt:
    blanks = " \t".replace(delimiter, "")
    telling = [*_blank_cells(specs, blanks), *(_beside_quotes(specs, blanks) if specs.null_value else ())]
    dialect = replace(base, delimiter=delimiter, quoted_blanks=not counts.present.isdisjoint(telling))
    reader = _SampleReader(dialect, counts, limits)
    reader.skip(specs.header_position if specs.header else specs.preamble_lines)
    names, problem = _header(reader, specs) if specs.header else ((), "")
    skip = reader.line
    widths = Counter(len(row[1]) for row in reader.rows(200) if row[1] is not None)
    if specs.column_names:
        names = specs.column_names
    elif not specs.header and widths:
        width = max(widths, key=lambda wide: (widths[wide], wide))
        names = tuple(f"column_{position}" for position in range(1, width + 1))
    elif not specs.header and specs.empty_file == "reject":
        problem = "it has no rows"
    return _Attempt(replace(dialect, skip_lines=skip), names, widths, problem)


def _header(reader: _SampleReader, specs: CsvSpecs) -> tuple[tuple[str, ...], str]:
    """Read the header's records; with given names a header that is broken is skipped line by line."""
    reader.skip_blank()
    rows = []
    for _ in range(specs.header_lines):
        row = reader.next()
        if row is not None:
            rows.append(row)
    if specs.column_names:
        return (), ""
    if not rows:
        return (), "it has no header: there is no line after the header position"
    for line, cells, fault, _ in rows:
        if cells is None:
            return (), f"its header on line {line} is broken: {fault}"
    return _joined([[(cell or "").strip() for cell in row[1] or ()] for row in rows]), ""


def _joined(rows: list[list[str]]) -> tuple[str, ...]:
    """Join the lines of a header column by column with a blank."""
    width = max(len(row) for row in rows)
    padded = [row + [""] * (width - len(row)) for row in rows]
    return tuple(" ".join(part for part in parts if part) for parts in zip(*padded, strict=True))


class _SampleReader:
    """Walks through the sample of a file; `line` is the last physical line consumed."""

    def __init__(self, dialect: CsvDialect, counts: TextCounts, limits: FileLimits) -> None:
        self._grammar = Grammar(dialect)
        self._comment = dialect.comment
        self._text = counts.sample
        self._complete = counts.complete
        self._at = 0
        self._dialect = dialect
        self._limits = limits
        self.line = 0

    def skip(self, lines: int) -> None:
        """Skip physical lines."""
        for _ in range(lines):
            if self._at < len(self._text):
                self._at = self._grammar.next_line(self._text, self._at, len(self._text))[1]
                self.line += 1

    def skip_blank(self) -> None:
        """Skip blank lines and comments."""
        while self._at < len(self._text):
            line, _ = self._grammar.next_line(self._text, self._at, len(self._text))
            if line.strip() and not (self._comment and line.startswith(self._comment)):
                return
            self.skip(1)

    def next(self) -> Row | None:
        """The next record, whatever its width."""
        for row in self.rows(1):
            return row
        return None

    def rows(self, most: int) -> Iterator[Row]:
        """Up to so many records from here on."""
        scanner = CsvScanner(replace(self._dialect, skip_lines=0), 0, self._limits, self.line)
        grammar, start = self._grammar, self._at
        before, position = self.line, start
        for count, row in enumerate(scanner.block(self._complete, self._text[start:]), 1):
            for _ in range(scanner.line - before):
                position = grammar.next_line(self._text, position, len(self._text))[1]
            before = scanner.line
            self._at, self.line = position, scanner.line
            yield row
            if count >= most:
                return
