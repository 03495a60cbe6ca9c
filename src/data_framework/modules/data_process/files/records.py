"""One record of a text file as the exact reader sees it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Record:
    """A data record.

    Attributes:
        number: 1 is the first data record of the file, faulty ones counted.
        line: The physical line it starts on, 1 is the file's first line.
        cells: Its cells as text (None: an unquoted empty cell or a null text), or None when it is faulty.
        fault: What is broken ("ragged: 5 cells, expected 4", "unclosed quote", ...), or "".
        text: The original text of a faulty record, shortened to 64 KiB.
    """

    number: int
    line: int
    cells: list[str | None] | None
    fault: str = ""
    text: str = ""
