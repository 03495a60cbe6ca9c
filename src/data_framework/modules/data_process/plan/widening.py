"""The type a column gets when its cells no longer fit: int → bigint → decimal → double → string."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from data_framework.modules.catalogue import TableSchema
from data_framework.modules.config.model.tables import ColumnContract
from data_framework.modules.data_process.helpers.cast import BLANKS
from data_framework.modules.utils.data_types import DataType, parse_type

_DECIMAL = re.compile(r"[+-]?0*(\d*)(?:\.(\d*?)0*)?")
_DOUBLE = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|nan|[+-]?inf(inity)?", re.IGNORECASE)
_MAXIMUM = 2**63
_ORDER = ("tinyint", "smallint", "int", "bigint", "decimal", "float", "double", "string")
_DIGITS = {"tinyint": 3, "smallint": 5, "int": 10, "bigint": 19}


@dataclass
class Cells:
    """What the cells of a column have in common."""

    filled: bool = False
    long: bool = True
    decimal: bool = True
    double: bool = True
    whole: int = 0
    scale: int = 0

    def see(self, cell: str | None) -> None:
        """Take one more."""
        text = (cell or "").strip(BLANKS)
        if not text:
            return
        self.filled = True
        number = _DECIMAL.fullmatch(text) if any(character.isdigit() for character in text) else None
        self.double = self.double and bool(_DOUBLE.fullmatch(text))
        self.decimal = self.decimal and number is not None
        if number is None:
            self.long = False
            return
        self.whole, self.scale = max(self.whole, len(number[1])), max(self.scale, len(number[2] or ""))
        self.long = self.long and not number[2] and -_MAXIMUM <= int(text.partition(".")[0] or 0) < _MAXIMUM


def wider(kind: DataType, cells: Cells) -> DataType | None:
    """The narrowest type after this one that holds its values and these cells; None where there is none to be had.

    Example:
        >>> cells = Cells()
        >>> for text in ("1", "12.50"): cells.see(text)
        >>> str(wider(DataType("int"), cells)), str(wider(DataType("double"), cells)), wider(DataType("date"), cells)
        ('decimal(38,1)', 'string', None)
    """
    if kind.kind not in _ORDER or kind.kind == "string" or not cells.filled:
        return None
    if kind.is_integer and kind.kind != "bigint" and cells.long:
        return DataType("bigint")
    if kind.is_integer or kind.kind == "decimal":
        whole = max(cells.whole, _DIGITS.get(kind.kind, kind.precision - kind.scale))
        found = DataType("decimal", 38, max(cells.scale, kind.scale))
        if cells.decimal and whole + found.scale <= 38 and found != kind:
            return found
    return DataType("double") if cells.double and kind.kind != "double" else DataType("string")


def widened_columns(promised: Iterable[ColumnContract], schema: TableSchema) -> tuple[ColumnContract, ...]:
    """The columns a contract promises, with the types their table has been widened to."""
    there = {column.name: parse_type(column.type) for column in schema.columns}
    return tuple(
        column.model_copy(update={"type": str(_widest(column.data_type, there.get(column.name, column.data_type)))})
        for column in promised
    )


def _widest(one: DataType, other: DataType) -> DataType:
    """Of a contract's type and a table's, the later one in the order; the contract's where there is none."""
    if one.kind not in _ORDER or other.kind not in _ORDER:
        return one
    places = [(_ORDER.index(kind.kind), kind.scale, kind.precision) for kind in (one, other)]
    return other if places[1] > places[0] else one
