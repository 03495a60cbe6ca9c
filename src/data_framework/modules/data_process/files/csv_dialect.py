"""How one CSV file is written, resolved at landing and kept in the ledger so that it can be read again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class CsvDialect:
    r"""A resolved dialect: nothing is detected again after landing.

    How cells are read: with `trim`, space, tab, CR and LF are stripped from both ends of every cell, quoted or not.
    Then an unquoted cell that is empty or one of `null_values` is null, and any cell equal to one of `nan_values`
    becomes the text NaN. A quoted empty cell is empty text. `escape` is None where a quote is doubled, and where the
    escape character never occurs; `comment` likewise. Empty lines are no records unless the file has one column.

    Attributes:
        encoding: The Python codec that decoded the file strictly; a byte order mark is skipped when `bom`.
        row_delimiter: The line end found: \n, \r\n, \r, or "mixed".
        skip_lines: Physical lines before the first data record (preamble, blank lines, header).
        footnote_lines: Physical lines at the end that are no data.
        null_values: Texts of unquoted cells that mean null, besides the empty one; `nan_values` mean NaN.
        lines: Physical lines of the whole file, as counted while it was copied.
        ragged_rows: quarantine sets short and long rows aside; pad fills short ones, truncate cuts long ones, widen
            does pad and keeps extra cells, for which landing has already added columns.
        quoted_lines: Whether a quote character occurs at all (no quote: a line is a record).
        quoted_blanks: Whether a quoted cell may be nothing but blanks, or a word for null between blanks.
    """

    encoding: str = "utf-8"
    bom: bool = False
    delimiter: str = ","
    quote: str | None = '"'
    escape: str | None = None
    comment: str | None = None
    row_delimiter: str = "\n"
    skip_lines: int = 1
    footnote_lines: int = 0
    null_values: tuple[str, ...] = ()
    nan_values: tuple[str, ...] = ()
    multiline: bool = True
    ragged_rows: Literal["quarantine", "pad", "truncate", "widen"] = "quarantine"
    trim: bool = True
    lines: int = 0
    quoted_lines: bool = True
    quoted_blanks: bool = False

    @property
    def codec(self) -> str:
        """The encoding's name in one spelling, as codecs have several."""
        return self.encoding.lower().replace("_", "-")

    def to_dict(self) -> dict[str, Any]:
        """As JSON for the ledger."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> CsvDialect:
        """From the ledger."""
        known: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in values.items()
        }
        return cls(**known)
