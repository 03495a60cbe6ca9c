"""Fixed-width lines → records of text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from data_framework.modules.data_process.files.limits import STEP, FileLimits
from data_framework.modules.data_process.files.text_feed import TextFeed
from data_framework.modules.exception import FileContentError, FileLimitError

if TYPE_CHECKING:
    from data_framework.modules.config.model.incoming import FixedWidthSpecs

BLANK = " \t\r\n"
Cells = dict[str, str | None]


class FixedWidthReader:
    """Cuts lines into columns; where a line is too short its last values are null.

    Args:
        feed: The text.
        specs: Where the columns are.
        lines: Physical lines of the file, as counted.
        limits: Limits of the platform.
    """

    def __init__(self, feed: TextFeed, specs: FixedWidthSpecs, lines: int, limits: FileLimits) -> None:
        self._feed, self._specs, self._most = feed, specs, limits.cell_bytes
        self._last = lines - specs.footnote_lines
        self._places = [(one.name, one.start - 1, one.start - 1 + one.length) for one in specs.columns]
        self._nulls = {"", *specs.null_value}

    def batches(self) -> Iterator[list[Cells]]:
        """Yield the records, some at a time.

        Raises:
            FileContentError: There are none, and the configuration does not accept that.
            FileLimitError: A line is too long.
        """
        number, rows = 0, 0
        for lines in self._blocks():
            found = []
            for line in lines:
                number += 1
                if self._specs.preamble_lines < number <= self._last and line.strip(BLANK):
                    found.append(self._record(line))
            rows += len(found)
            yield found
        if not rows and self._specs.empty_file == "reject":
            raise FileContentError(reason="it is empty")

    def _record(self, line: str) -> Cells:
        if self._specs.trim:
            cells: Cells = {name: line[start:stop].strip(BLANK) for name, start, stop in self._places}
        else:
            cells = {name: line[start:stop] for name, start, stop in self._places}
        for name, cell in cells.items():
            if cell in self._nulls:
                cells[name] = None
        return cells

    def _blocks(self) -> Iterator[list[str]]:
        """The lines of the text, whichever way they end."""
        rest = ""
        while text := self._feed.read(STEP):
            text = rest + text
            held = "\r" if text.endswith("\r") else ""  # its \n may come next
            lines = text.removesuffix("\r").replace("\r\n", "\n").replace("\r", "\n").split("\n")
            rest = lines.pop() + held
            if len(rest) > self._most:
                raise FileLimitError(reason=f"it has a line of more than {self._most:,} characters", limit="cell_bytes")
            yield lines
        if rest:
            yield [rest.removesuffix("\r")]
