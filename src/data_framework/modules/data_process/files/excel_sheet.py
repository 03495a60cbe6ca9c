"""One sheet of a workbook as text: what a cell means, and where the table is.

A number is written plainly with the digits that tell it from others, a date or time as ISO, an error as Excel shows
it; an empty cell is null. Of merged cells the first holds the value. Rows without any value are no records.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from data_framework.modules.data_process.files.excel_container import open_container
from data_framework.modules.data_process.files.excel_errors import Place, error_cells
from data_framework.modules.data_process.files.limits import FileLimits
from data_framework.modules.data_process.files.parquet_reader import plain_number
from data_framework.modules.data_process.files.text_parquet import TextParquet, distinct_names
from data_framework.modules.exception import FileContentError, FileLimitError

_BATCH = 10_000
_RANGE = re.compile(r"([A-Z]*)(\d*)(?::([A-Z]*)(\d*))?", re.IGNORECASE)
_LAST = 1 << 30


def read_sheet(
    path: Path, out: Path, limits: FileLimits, password: str | None, sheet: int | str, header_position: int,
    cells: str | None,
) -> dict[str, Any]:  # fmt: skip
    """Write the table of a workbook as a Parquet file of text, and tell its names, columns, rows and remarks.

    Raises:
        FileContentError: It is no workbook, or has no such sheet or table.
        FileLimitError: It exceeds a limit.
    """
    import python_calamine as calamine

    opened = open_container(path, limits, password)
    try:
        with calamine.CalamineWorkbook.from_path(opened.path) as book:
            number, notes = choose_sheet(book.sheets_metadata, sheet)
            held = book.get_sheet_by_index(number)
            errors = error_cells(opened, number, book.sheet_names)
            table = _Table(held, errors, cells, header_position, limits)
            return {**table.write(out), "notes": notes}
    except (calamine.CalamineError, OSError) as error:
        raise FileContentError(reason=f"it is no workbook that can be read: {error}") from error


def choose_sheet(sheets: Sequence[Any], wanted: int | str) -> tuple[int, list[str]]:
    """The number of the wanted sheet, with a remark if it is hidden.

    Raises:
        FileContentError: There is none, or several.
    """
    names = [one.name for one in sheets]
    shown = [number for number, one in enumerate(sheets) if _is(one.visible, "Visible")]
    tables = [number for number in shown if _is(sheets[number].typ, "WorkSheet")]
    if isinstance(wanted, int):
        found = [wanted] if wanted < len(names) else []
    elif wanted in names:
        found = [names.index(wanted)]
    elif wanted == "first":
        found = tables[:1]
    else:
        found = [number for number, name in enumerate(names) if re.fullmatch(wanted, name)]
    if len(found) != 1:
        held = ", ".join(repr(name) for name in names[:20]) or "none"
        count = "no sheet" if not found else f"{len(found)} sheets"
        raise FileContentError(reason=f"{count} answer to {wanted!r}; its sheets are {held}")
    return found[0], [] if found[0] in shown else [f"the sheet {names[found[0]]!r} is hidden"]


def _is(value: Any, name: str) -> bool:
    return str(value).rpartition(".")[2] == name


class _Table:
    """The table on a sheet: the header below so many rows of the range, records below it."""

    def __init__(
        self, sheet: Any, errors: dict[Place, str], cells: str | None, header_position: int, limits: FileLimits
    ) -> None:
        self._sheet, self._errors, self._limits = sheet, errors, limits
        self._top, self._left, self._bottom, self._right = parse_range(cells)
        self._skip = header_position
        self._start = sheet.start[1] if sheet.start else 0
        self._error_rows = {row for row, _ in errors}

    def write(self, out: Path) -> dict[str, Any]:
        """Write the table."""
        rows = self._rows()
        header = next(rows, None)
        if header is None:
            raise FileContentError(reason="its sheet has no header: there is no value after the header position")
        names = [(as_text(cell) or "").strip() for cell in header]
        width = len(names)
        if width > self._limits.columns:
            raise FileLimitError(reason=f"it has {width:,} columns", limit="columns")
        columns = self._columns(rows, width)
        kept = [n for n in range(width) if names[n] or any(column is not None for column in columns[n])]
        if len(kept) < width:
            names, columns = [names[n] for n in kept], [columns[n] for n in kept]
        return self._written(out, names, columns)

    def _columns(self, rows: Iterator[list[Any]], width: int) -> list[list[str | None]]:
        columns: list[list[str | None]] = [[] for _ in range(width)]
        block: list[list[Any]] = []
        for row in rows:
            block.append(row)
            if len(block) == _BATCH:
                _extend(columns, block)
                block = []
        _extend(columns, block)
        return columns

    def _written(self, out: Path, names: list[str], columns: list[list[str | None]]) -> dict[str, Any]:
        import pyarrow

        writer = TextParquet(out, self._limits, distinct_names(names))
        written = list(writer.names.values())
        rows = len(columns[0]) if columns else 0
        for start in range(0, rows, _BATCH):
            parts = [pyarrow.array(column[start : start + _BATCH], pyarrow.string()) for column in columns]
            writer.write_batch(pyarrow.RecordBatch.from_arrays(parts, names=written))
        writer.close()
        return {"names": names, "columns": written, "rows": rows}

    def _rows(self) -> Iterator[list[Any]]:
        """The rows of the range that hold a value, those before the header left out."""
        first, start = self._top + self._skip, self._start
        left = max(self._left - start, 0)
        right = self._right - start
        whole = left == 0 and right >= self._sheet.width
        for number, row in enumerate(self._sheet.iter_rows()):
            if number < first:
                continue
            if number > self._bottom:
                return
            found = self._with_errors(number, row) if number in self._error_rows else row
            cells = found if whole else found[left : right + 1]
            if any(cell != "" for cell in cells):
                yield cells

    def _with_errors(self, number: int, row: list[Any]) -> list[Any]:
        return [self._errors.get((number, self._start + place), cell) for place, cell in enumerate(row)]


def _extend(columns: list[list[str | None]], block: list[list[Any]]) -> None:
    if block:
        for column, cells in zip(columns, zip(*block, strict=True), strict=True):
            column.extend(texts(cells))


def texts(cells: Sequence[Any]) -> list[str | None]:
    """The texts of a column's cells."""
    kinds = set(map(type, cells))
    if kinds == {float}:
        return _numbers(cells)
    if kinds <= {str}:
        return [cell or None for cell in cells]
    return [as_text(cell) for cell in cells]


def _numbers(cells: Sequence[float]) -> list[str | None]:
    if all(map(float.is_integer, cells)) and max(cells) < 1e15 and min(cells) > -1e15 and 0.0 not in cells:
        return list(map(str, map(int, cells)))
    return [plain_number(text) for text in map(repr, cells)]


def as_text(cell: Any) -> str | None:
    """The text of one cell.

    Example:
        >>> [as_text(cell) for cell in (1.0, 1.5, True, "", date(2026, 1, 5), timedelta(hours=36), time(12, 30))]
        ['1', '1.5', 'true', None, '2026-01-05', '36:00:00', '12:30:00']
    """
    if isinstance(cell, str):
        return cell or None
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, int | float):
        return plain_number(repr(cell))
    if isinstance(cell, timedelta):
        return _duration(cell)
    if isinstance(cell, datetime | date | time):
        return _without_nothing(cell.isoformat())
    return str(cell)


def _duration(value: timedelta) -> str:
    sign, whole = ("-", -value) if value < timedelta(0) else ("", value)
    seconds = whole.days * 86_400 + whole.seconds
    fraction = f".{whole.microseconds:06}" if whole.microseconds else ""
    return _without_nothing(f"{sign}{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{fraction}")


def _without_nothing(text: str) -> str:
    return text.rstrip("0") if "." in text else text


def parse_range(cells: str | None) -> tuple[int, int, int, int]:
    """First row and column and last row and column of a range, counted from 0; what it leaves open is open.

    Example:
        >>> parse_range("B3:F20"), parse_range("b:f")[:2], parse_range("B3")[:2]
        ((2, 1, 19, 5), (0, 1), (2, 1))
    """
    found = _RANGE.fullmatch(cells or "")
    left, top, right, bottom = found.groups() if found else ("", "", "", "")
    return (
        int(top) - 1 if top else 0, column_number(left) if left else 0, int(bottom) - 1 if bottom else _LAST,
        column_number(right) if right else _LAST,
    )  # fmt: skip


def column_number(letters: str) -> int:
    """The number of a column, from 0.

    Example:
        >>> column_number("A"), column_number("aa")
        (0, 26)
    """
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1
