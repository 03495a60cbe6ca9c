"""How one CSV file is written, resolved at landing and kept in the ledger so that it can be read again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class CsvDialect:
    """A resolved dialect: nothing is detected again after landing.

    Attributes:
        encoding: The Python codec that decoded the file strictly; a byte order mark is skipped when `bom`.
        row_delimiter: The line end found: \\n, \\r\\n, \\r, or "mixed".
        skip_lines: Physical lines before the first data record (preamble, blank lines, header).
        footnote_lines: Physical lines at the end that are no data.
        null_values: Texts of unquoted cells that mean null, besides the empty one; `nan_values` mean NaN.
        lines: Physical lines of the whole file, as counted while it was copied.
        quoted_lines: Whether a quote character occurs at all (no quote: a line is a record).
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

    def to_dict(self) -> dict[str, Any]:
        """As JSON for the ledger."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> CsvDialect:
        """From the ledger."""
        lists = {"null_values", "nan_values"}
        return cls(**{key: tuple(value) if key in lists else value for key, value in values.items()})
