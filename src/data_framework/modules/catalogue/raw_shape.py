"""How the files of a raw partition are written, for readers that know nothing of the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class RawShape:
    """The one way all files of a partition are written.

    Attributes:
        format: csv, json_lines or parquet.
        columns: Normalised name → name in the files, in the order of the files.
        delimiter, quote, escape: Of csv; no quote or escape is "".
        skip_lines: Lines of csv before the first record.
        unreadable: Why others cannot read them ("" if they can).
    """

    format: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    delimiter: str = ","
    quote: str = '"'
    escape: str = ""
    skip_lines: int = 0
    unreadable: str = ""
