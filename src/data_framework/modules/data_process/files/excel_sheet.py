"""One sheet of a workbook as text: what a cell means, and where the table is.

A number is written plainly with the digits that tell it from others, a date or time as ISO, an error as Excel shows
it; an empty cell is null. Of merged cells the first holds the value. Rows without any value are no records.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import chain, islice
from pathlib import Path
from typing import Any

from data_framework.modules.data_process.files.excel_container import open_container
from data_framework.modules.data_process.files.excel_errors import Place, error_cells
from data_framework.modules.data_process.files.excel_parts import Area, in_parts, whole
from data_framework.modules.data_process.files.limits import FileLimits
from data_framework.modules.data_process.files.parquet_reader import plain_number
from data_framework.modules.data_process.files.text_parquet import TextParquet, distinct_names, keep_columns
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
            table = _Table(error_cells(opened, number, book.sheet_names), cells, header_position, limits)
            try:
                areas = in_parts(opened, number) or whole(book.get_sheet_by_index(number))
                return {**table.write(areas, out), "notes": notes}
            except _FurtherLeftError:
                return {**table.write(whole(book.get_sheet_by_index(number)), out), "notes": notes}
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
        answer = "no sheet answers" if not found else f"{len(found)} sheets answer"
        raise FileContentError(reason=f"{answer} to {wanted!r}; its sheets are {held}")
    return found[0], [] if found[0] in shown else [f"the sheet {names[found[0]]!r} is hidden"]


def _is(value: Any, name: str) -> bool:
    return str(value).rpartition(".")[2] == name


class _FurtherLeftError(Exception):
    """A part of the sheet begins further left than those before."""


class _Table:
    """The table on a sheet: the header below so many rows of the range, records below it."""

    def __init__(
        self, errors: dict[Place, str], cells: str | None, header_position: int, limits: FileLimits
    ) -> None:  # fmt: skip
        self._errors, self._limits = errors, limits
        self._top, self._left, self._bottom, self._right = parse_range(cells)
        self._skip = header_position
        self._error_rows = {row for row, _ in errors}

    def write(self, areas: Iterator[Area], out: Path) -> dict[str, Any]:
        """Write the table, some rows at a time."""
        import pyarrow

        blocks = self._blocks(areas)
        header, block = self._header(blocks)
        names, filled = [(as_text(cell) or "").strip() for cell in header], set[int]()
        writer = TextParquet(out, self._limits, self._distinct(names))
        for rows in chain([block], blocks):
            columns = [texts(column) for column in zip(*rows, strict=True)]
            names += [""] * (len(columns) - len(names))
            filled.update(n for n, column in enumerate(columns) if not names[n] and any(column))
            arrays = [pyarrow.array(column, pyarrow.string()) for column in columns]
            writer.write_columns(pyarrow.RecordBatch.from_arrays(arrays, self._distinct(names)[: len(columns)]))
        writer.close()
        kept = [n for n in range(len(names)) if names[n] or n in filled]
        written = [list(writer.names.values())[n] for n in kept]
        names = [names[n] for n in kept]
        keep_columns(out, written, distinct_names(names))
        return {"names": names, "columns": distinct_names(names), "rows": writer.rows}

    def _distinct(self, names: list[str]) -> list[str]:
        if len(names) > self._limits.columns:
            raise FileLimitError(reason=f"it has {len(names):,} columns", limit="columns")
        return distinct_names(names)

    def _header(self, blocks: Iterator[list[list[Any]]]) -> tuple[list[Any], list[list[Any]]]:
        """The header, and what lies below it in its block."""
        for header, *rest in blocks:
            return header, rest
        raise FileContentError(reason="its sheet has no header: there is no value after the header position")

    def _blocks(self, areas: Iterator[Area]) -> Iterator[list[list[Any]]]:
        """The rows of the range that hold a value, those before the header left out, some at a time."""
        left = None
        for area in areas:
            left = area.left if left is None else left
            if area.left < left and self._left < left:
                raise _FurtherLeftError
            rows = self._rows(area, max(self._left, left))
            while block := list(islice(rows, _BATCH)):
                yield block

    def _rows(self, area: Area, left: int) -> Iterator[list[Any]]:
        before = [""] * (area.left - left)
        first, last = max(left - area.left, 0), self._right - area.left + 1
        for number, row in enumerate(area.rows, area.top):
            if number < self._top + self._skip:
                continue
            if number > self._bottom:
                return
            found = self._with_errors(number, row, area.left) if number in self._error_rows else row
            cells = before + found[first:last]
            if any(cells) or any(cell != "" for cell in cells):
                yield cells

    def _with_errors(self, number: int, row: list[Any], left: int) -> list[Any]:
        return [self._errors.get((number, left + place), cell) for place, cell in enumerate(row)]


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
