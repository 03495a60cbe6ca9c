"""The exact CSV reader: every record with its line, what is null and what is empty, and what is broken.

A record that is broken (a quote never closed, text after a closing quote) costs its own line only: reading goes on at
the next line. Memory is bounded by the limits, whatever the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from data_framework.modules.data_process.files.csv_dialect import CsvDialect
from data_framework.modules.data_process.files.csv_grammar import Grammar
from data_framework.modules.data_process.files.limits import FileLimits
from data_framework.modules.data_process.files.records import Record
from data_framework.modules.data_process.files.text_feed import TextFeed
from data_framework.modules.exception import FileLimitError

_CHUNK = 256 * 1024
_TEXT_KEPT = 64 * 1024
_BATCH_ROWS = 16_384
_BATCH_BYTES = 8 * 1024 * 1024

Cells = list[str | None]
Row = tuple[int, Cells | None, str, str]  # line, cells, fault, text


class CsvScanner:
    """Splits the text of one file into rows.

    Attributes:
        line: The last physical line consumed so far, while rows are taken.
    """

    def __init__(self, dialect: CsvDialect, width: int, limits: FileLimits, line: int = 0) -> None:
        self.grammar = Grammar(dialect)
        self.dialect = dialect
        self.width = width
        self.line = line
        self._cell_limit = limits.cell_bytes
        self._record_limit = max(2 * limits.cell_bytes, 4 * _CHUNK)
        self._last_line = dialect.lines - dialect.footnote_lines if dialect.footnote_lines else None
        self._rest = ""

    def rows(self, feed: TextFeed) -> Iterator[Row]:
        """Yield the rows of a text from where the feed stands."""
        size, ended = _CHUNK, False
        while not ended:
            text = feed.read(size)
            ended = not text
            self._rest += text
            size = min(size * 2, self._record_limit)
            before = len(self._rest)
            yield from self.block(ended)
            if len(self._rest) < before:
                size = _CHUNK
            if self._beyond_footnote():
                return

    @property
    def rest(self) -> str:
        """Text at hand that is not complete yet."""
        return self._rest

    def block(self, ended: bool, text: str | None = None) -> Iterator[Row]:
        """Yield the rows that the text at hand completes; what it does not is kept for the next call."""
        if text is not None:
            self._rest = text
        buffer = self._rest
        end = len(buffer) if ended else self.grammar.last_end(buffer)
        if not ended and not end:
            self.check_line(len(buffer))
        if any(character in buffer for character in self.grammar.special):
            yield from self._quoted(buffer, end, ended)
        else:
            self._rest = buffer[end:]
            yield from self._unquoted(buffer[:end])

    def check_line(self, characters: int) -> None:
        """Refuse a line that has so many characters without an end.

        Raises:
            FileLimitError: It is longer than any record may be.
        """
        if characters > self._record_limit:
            raise FileLimitError(
                reason=f"it has a line of more than {self._record_limit:,} characters", limit="cell_bytes"
            )

    def _beyond_footnote(self) -> bool:
        return self._last_line is not None and self.line >= self._last_line

    # lines without quotes -------------------------------------------------------------------------------------------
    def _unquoted(self, text: str) -> Iterator[Row]:
        for line in self._split(text):
            if self._beyond_footnote():
                return
            self.line += 1
            row = self._plain_row(line)
            if row is not None:
                yield row

    def _plain_row(self, line: str) -> Row | None:
        comment = self.dialect.comment
        if comment and line.startswith(comment):
            return None
        grammar, width = self.grammar, self.width
        cells = line.split(grammar.delimiter)
        if len(cells) != width or len(line) > self._cell_limit:
            return self._fitted(self.line, grammar.plain(cells), line) if line else None
        if self.dialect.trim and (" " in line or "\t" in line or "\r" in line or "\n" in line):
            return self.line, grammar.plain(cells), "", ""
        return (self.line, grammar.bare(cells), "", "") if line or width == 1 else None

    def _split(self, text: str) -> list[str]:
        newline = self.grammar.newline
        if newline == "mixed":
            text, newline = text.replace("\r\n", "\n").replace("\r", "\n"), "\n"
        lines = text.split(newline)
        if not lines[-1]:
            lines.pop()
        return lines

    def _fitted(self, line: int, cells: Cells, text: str) -> Row:
        """Fit a row to the width of the file by the policy for ragged rows; `width` 0 takes any."""
        count, width, policy = len(cells), self.width, self.dialect.ragged_rows
        if len(text) > self._cell_limit and any(len(cell or "") > self._cell_limit for cell in cells):
            return line, None, f"a cell of more than {self._cell_limit:,} characters", text[:_TEXT_KEPT]
        if count == width or not width:
            return line, cells, "", ""
        if count < width and policy in {"pad", "widen"}:
            return line, cells + [None] * (width - count), "", ""
        if count > width and policy == "truncate":
            return line, cells[:width], "", ""
        return line, None, f"ragged: {count} cells, expected {width}", text[:_TEXT_KEPT]

    # lines with quotes ----------------------------------------------------------------------------------------------
    def _quoted(self, buffer: str, end: int, ended: bool) -> Iterator[Row]:
        position, special = 0, self.grammar.special
        while position < end and not self._beyond_footnote():
            line, after = self.grammar.next_line(buffer, position, end)
            if (self.dialect.comment and line.startswith(self.dialect.comment)) or not self._has(special, line):
                self.line += 1
                row = self._plain_row(line)
            else:
                row, after = self._quoted_row(buffer, position, end, ended, line, after)
                if not after:
                    break
            position = after
            if row is not None:
                yield row
        self._rest = buffer[position:]

    @staticmethod
    def _has(special: tuple[str, ...], line: str) -> bool:
        return any(character in line for character in special)

    def _quoted_row(
        self, buffer: str, position: int, end: int, ended: bool, line: str, after: int
    ) -> tuple[Row | None, int]:
        cells = self._line_cells(line)
        if cells is None:
            return self._record(buffer, position, end, ended, after, line)
        self.line += 1
        return self._fitted(self.line, cells, line), after

    def _line_cells(self, line: str) -> Cells | None:
        """The cells of one line, or None when it is not well-formed by itself."""
        found = self.grammar.line_cells.findall(line + self.grammar.delimiter)
        return None if any(bad for *_, bad in found) else self.grammar.cells(found)

    def _record(self, buffer: str, start: int, end: int, ended: bool, after: int, line: str) -> tuple[Row | None, int]:
        """Read a record that may span lines; (None, 0): more text is needed."""
        first = self.line + 1
        cells: Cells = []
        position, last = start, end if self.dialect.multiline else after
        whole = ended or not self.dialect.multiline or len(buffer) - start > self._record_limit
        while True:
            match = self.grammar.cell.match(buffer, position, last)
            if match is None:
                return self._broken(buffer, position, last, whole, after, line)
            quote, body, plain, closing = match.group(1, 2, 3, 4)
            if not closing and match.end() == last and not whole:
                return None, 0
            cells.append(self.grammar.meant(quote, body or "", plain or ""))
            position = match.end()
            if closing != self.grammar.delimiter:
                text = buffer[start:position]
                self.line += self.grammar.count_lines(text) or 1
                return self._fitted(first, cells, text), position

    def _broken(
        self, buffer: str, position: int, last: int, whole: bool, after: int, line: str
    ) -> tuple[Row | None, int]:
        """Tell an unclosed quote from text after a closing one; give up this line only."""
        match = self.grammar.opening.match(buffer, position, last)
        stop = match.end() if match else last
        # a quote at the very end of the text at hand may be the first of two
        if not whole and stop >= last - 2:
            return None, 0
        self.line += 1
        unclosed = stop >= last or buffer[stop] != self.grammar.quote
        fault = "unclosed quote" if unclosed else "text after a closing quote"
        return (self.line, None, fault, line[:_TEXT_KEPT]), after


def records(stream: BinaryIO, dialect: CsvDialect, width: int, limits: FileLimits) -> Iterator[Record]:
    """Read the records of a CSV file, faulty ones included.

    Args:
        stream: The delivered bytes (unpacked).
        dialect: How the file is written, as landing resolved it.
        width: The number of columns.
        limits: Limits of the platform.
    """
    for number, (line, cells, fault, text) in enumerate(_rows(_opened(stream, dialect, width, limits)), 1):
        yield Record(number, line, cells, fault, text)


def batches(stream: BinaryIO, dialect: CsvDialect, names: list[str], limits: FileLimits) -> Iterator[Any]:
    """Read a CSV file as Arrow record batches of text, with `_record`, `_line`, `_fault` and `_text` after the columns.

    A faulty record has null in every column, its fault and its original text; others have null in these two.
    """
    opened = _opened(stream, dialect, len(names), limits)
    feed, number, taken, start = opened[1], 1, list[Row](), 0
    for row in _rows(opened):
        taken.append(row)
        if len(taken) >= _BATCH_ROWS or feed.bytes_read - start > _BATCH_BYTES:
            yield as_batch(taken, names, number)
            number, taken, start = number + len(taken), [], feed.bytes_read
    yield as_batch(taken, names, number)


def as_batch(rows: Sequence[Row], names: Sequence[str], number: int) -> Any:
    """Rows as a record batch, the first of them the record of this number."""
    import pyarrow

    empty: Cells = [None] * len(names)
    text = pyarrow.string()
    columns = list(zip(*(cells or empty for _, cells, _, _ in rows), strict=True)) if rows else [()] * len(names)
    arrays = [pyarrow.array(column, text) for column in columns]
    arrays.append(pyarrow.array(range(number, number + len(rows)), pyarrow.int64()))
    arrays.append(pyarrow.array([row[0] for row in rows], pyarrow.int64()))
    arrays.append(pyarrow.array([row[2] or None for row in rows], text))
    arrays.append(pyarrow.array([row[3] if row[2] else None for row in rows], text))
    return pyarrow.RecordBatch.from_arrays(arrays, names=[*names, "_record", "_line", "_fault", "_text"])


def sound_batch(cells: Sequence[Any], names: Sequence[str], rows: int, number: int, line: int) -> Any:
    """Columns of sound records that lie a line each, as a record batch.

    Args:
        cells: Arrow arrays of text.
        names: Of the columns.
        rows: How many there are.
        number: Of the first record.
        line: Of the first record.
    """
    import pyarrow

    nothing = pyarrow.nulls(rows, pyarrow.string())
    places = [pyarrow.array(range(start, start + rows), pyarrow.int64()) for start in (number, line)]
    return pyarrow.RecordBatch.from_arrays([*cells, *places, nothing, nothing],
                                           names=[*names, "_record", "_line", "_fault", "_text"])  # fmt: skip


def _opened(stream: BinaryIO, dialect: CsvDialect, width: int, limits: FileLimits) -> tuple[CsvScanner, TextFeed]:
    return CsvScanner(dialect, width, limits), TextFeed(stream, dialect.encoding)


def _rows(opened: tuple[CsvScanner, TextFeed]) -> Iterator[Row]:
    scanner, feed = opened
    head, ended = "", False
    skip = scanner.dialect.skip_lines
    while scanner.grammar.count_lines(head) <= skip and not ended and skip:
        text = feed.read(_CHUNK)
        ended = not text
        head += text
    position = 0
    for _ in range(skip):
        position = scanner.grammar.next_line(head, position, len(head))[1]
        scanner.line += 1
    scanner._rest = head[position:]
    yield from scanner.rows(feed)
