"""Rows as one sheet of a workbook, values never altered: what a cell cannot hold exactly is written as text.

Text stays text, whatever it looks like: nothing becomes a formula, a link or a number.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from data_framework.modules.exception import ExportError, MissingLibraryError

_ROWS_MOST = 1_048_576
_COLUMNS_MOST = 16_384
_TEXT_MOST = 32_767
_DIGITS = 15  # a cell holds a number as a double
_FIRST = date(1900, 3, 1)  # before it Excel counts a day that never was


def write_xlsx(path: Path, names: Sequence[str], batches: Iterable[Any], header: bool) -> int:
    """Write Arrow record batches and return the number of rows.

    Raises:
        ExportError: There are more rows, columns or characters than a workbook can hold.
        MissingLibraryError: xlsxwriter is not installed.
    """
    try:
        import xlsxwriter
    except ModuleNotFoundError as error:
        raise MissingLibraryError(feature="Writing a workbook", library="xlsxwriter", extra="excel") from error
    if len(names) > _COLUMNS_MOST:
        raise ExportError(path=str(path), reason=f"a sheet has at most {_COLUMNS_MOST:,} columns")
    plain = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
             "strings_to_numbers": False, "tmpdir": str(path.parent)}  # fmt: skip
    with xlsxwriter.Workbook(str(path), plain) as workbook:
        sheet = _Sheet(workbook, path)
        if header:
            sheet.row(names)
        rows = 0
        for batch in batches:
            for cells in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                sheet.row(cells)
                rows += 1
    return rows


class _Sheet:
    """Writes rows one below the other."""

    def __init__(self, workbook: Any, path: Path) -> None:
        self._sheet = workbook.add_worksheet()
        self._path = path
        self._day = workbook.add_format({"num_format": "yyyy-mm-dd"})
        self._moment = workbook.add_format({"num_format": "yyyy-mm-dd hh:mm:ss.000"})
        self._next = 0
        self._writers: dict[type, Callable[[int, Any], None]] = {
            bool: self._boolean, int: self._number, float: self._number, Decimal: self._number, date: self._date,
            datetime: self._datetime,
        }  # fmt: skip

    def row(self, cells: Sequence[Any]) -> None:
        """Write one row; null is no cell."""
        if self._next >= _ROWS_MOST:
            raise ExportError(path=str(self._path), reason=f"a sheet has at most {_ROWS_MOST:,} rows: "
                              "export to CSV or Parquet, or part of the rows with --where")  # fmt: skip
        for place, cell in enumerate(cells):
            if cell is not None:
                write = self._writers.get(type(cell), self._text)
                write(place, cell)
        self._next += 1

    def _text(self, place: int, cell: Any) -> None:
        text = cell if isinstance(cell, str) else _written(cell)
        if len(text) > _TEXT_MOST:
            reason = f"row {self._next + 1:,} has a text of {len(text):,} characters, and a cell holds {_TEXT_MOST:,}"
            raise ExportError(path=str(self._path), reason=reason)
        self._sheet.write_string(self._next, place, text)

    def _boolean(self, place: int, cell: bool) -> None:
        self._sheet.write_boolean(self._next, place, cell)

    def _number(self, place: int, cell: float | Decimal) -> None:
        exact = isinstance(cell, float) or len(Decimal(cell).normalize().as_tuple().digits) <= _DIGITS
        if exact and Decimal(cell).is_finite():
            self._sheet.write_number(self._next, place, cell)
        else:
            self._text(place, cell)

    def _date(self, place: int, cell: date) -> None:
        if cell < _FIRST:
            self._text(place, cell)
        else:
            self._sheet.write_datetime(self._next, place, cell, self._day)

    def _datetime(self, place: int, cell: datetime) -> None:
        plain = cell.astimezone(UTC).replace(tzinfo=None) if cell.tzinfo else cell
        if plain.date() < _FIRST or plain.microsecond % 1000:
            self._text(place, plain)
        else:
            self._sheet.write_datetime(self._next, place, plain, self._moment)


def _written(cell: Any) -> str:
    """What is no text, number or date that a cell can hold, as text."""
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    if isinstance(cell, bytes):
        return base64.b64encode(cell).decode("ascii")
    if isinstance(cell, list | dict):
        return json.dumps(cell, ensure_ascii=False, default=_written)
    return cell.isoformat() if isinstance(cell, date) else str(cell)
