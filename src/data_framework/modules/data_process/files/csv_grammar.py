"""The grammar of one CSV dialect: regular expressions for a cell, on one line and across lines."""

from __future__ import annotations

import re
from functools import cached_property

from data_framework.modules.data_process.files.csv_dialect import CsvDialect

BLANK = " \t\r\n"
_LINE_ENDS = {"\n": "\n", "\r\n": "\r\n", "\r": "\r", "mixed": "\r\n|\n|\r"}


class Grammar:
    """What a cell looks like, and what it means.

    `line_cells` finds the cells of one line, the delimiter appended, as tuples (quote, body, plain, bad); `cell`
    matches one cell anywhere in a text, up to its delimiter, line end or the text's end.
    """

    def __init__(self, dialect: CsvDialect) -> None:
        self.delimiter = dialect.delimiter
        self.quote = dialect.quote if dialect.quoted_lines else None
        self.escape = dialect.escape if dialect.escape != dialect.quote else None
        self.newline = dialect.row_delimiter
        self.trim = dialect.trim
        self.nulls = frozenset(("", *dialect.null_values))
        self.nans = frozenset(dialect.nan_values)
        self._end = _LINE_ENDS[self.newline]
        margin = "".join(c for c in " \t" if c not in self.delimiter)
        self._margin = f"[{margin}]*" if self.trim and margin else ""

    @property
    def special(self) -> tuple[str, ...]:
        """The characters without which a line is no more than its delimiters."""
        return tuple(c for c in (self.quote, self.escape) if c)

    @cached_property
    def line_cells(self) -> re.Pattern[str]:
        """Every cell of one line, the delimiter appended."""
        return self._pattern(re.escape(self.delimiter), "(.)")

    @cached_property
    def cell(self) -> re.Pattern[str]:
        """One cell in a text of many lines, with what ends it."""
        return self._pattern(rf"({re.escape(self.delimiter)}|{self._end}|\Z)", "(?!)()")

    @cached_property
    def opening(self) -> re.Pattern[str]:
        """An opening quote and everything up to, but not, the closing one."""
        return re.compile(f"{self._margin}{re.escape(self.quote or '')}{self._body}", re.DOTALL)

    @cached_property
    def _mixed_line(self) -> re.Pattern[str]:
        return re.compile(r"([^\r\n]*)(?:\r\n|\n|\r|\Z)")

    @property
    def _body(self) -> str:
        quote = re.escape(self.quote or "")
        escape = re.escape(self.escape) if self.escape else ""
        inside = f"[^{quote}{escape}]*"
        pair = f"(?:{quote}{quote}|{escape}.)" if escape else f"{quote}{quote}"
        return f"{inside}(?:{pair}{inside})*"

    @property
    def _plain(self) -> str:
        escape = re.escape(self.escape) if self.escape else ""
        if len(self.delimiter) == 1 and self.newline != "\r\n":
            ends = "\r\n" if self.newline == "mixed" else self.newline
            inside = f"[^{re.escape(self.delimiter)}{escape}{ends}]*"
        else:
            stop = f"{re.escape(self.delimiter)}|{self._end}" + (f"|{escape}" if escape else "")
            inside = f"(?:(?!{stop}).)*"
        return f"{inside}(?:{escape}.{inside})*" if escape else inside

    def _pattern(self, end: str, bad: str) -> re.Pattern[str]:
        if self.quote is None:
            return re.compile(f"(?!)()()|({self._plain}){end}|{bad}", re.DOTALL)
        quote = re.escape(self.quote)
        quoted = f"{self._margin}({quote})({self._body}){quote}{self._margin}"
        plain = f"(?!{self._margin}{quote})({self._plain})"
        return re.compile(f"(?:{quoted}|{plain}){end}|{bad}", re.DOTALL)

    # meaning --------------------------------------------------------------------------------------------------------
    def meant(self, quote: str, body: str, plain: str) -> str | None:
        """Turn what was matched into the cell's text, or None."""
        if quote:
            text = self._unescape.sub(_second, body) if self._needs_unescape(body) else body
            text = text.strip(BLANK) if self.trim else text
        else:
            text = self._unescape.sub(_second, plain) if self.escape and self.escape in plain else plain
            text = text.strip(BLANK) if self.trim else text
            if text in self.nulls:
                return None
        return "NaN" if text in self.nans else text

    def cells(self, found: list[tuple[str, str, str, str]]) -> list[str | None]:
        """The meaning of the cells of one line."""
        if self.escape or self.nans:
            return [self.meant(quote, body, plain) for quote, body, plain, _ in found]
        one, nulls = self.quote or "", self.nulls
        texts = [
            (body.replace(one + one, one) if one in body else body) if quote else (None if plain in nulls else plain)
            for quote, body, plain, _ in found
        ]
        if not self.trim:
            return texts
        texts = [text and text.strip(BLANK) for text in texts]
        return (
            [None if text in nulls and not found[index][0] else text for index, text in enumerate(texts)]
            if not nulls.isdisjoint(texts)
            else texts
        )

    def plain(self, cells: list[str]) -> list[str | None]:
        """The meaning of the cells of a line without quotes and escapes."""
        if self.trim:
            cells = [cell.strip(BLANK) for cell in cells]
        return self.bare(cells)

    def bare(self, cells: list[str]) -> list[str | None]:
        """The meaning of unquoted cells that have nothing to trim."""
        if self.nans:
            return [None if cell in self.nulls else "NaN" if cell in self.nans else cell for cell in cells]
        return [None if cell in self.nulls else cell for cell in cells]

    def _needs_unescape(self, body: str) -> bool:
        return (self.quote or "") in body or (self.escape is not None and self.escape in body)

    @cached_property
    def _unescape(self) -> re.Pattern[str]:
        pairs = [f"{re.escape(self.quote)}({re.escape(self.quote)})"] if self.quote else []
        if self.escape:
            pairs.insert(0, f"{re.escape(self.escape)}(.)")
        return re.compile("|".join(pairs), re.DOTALL)

    # lines ----------------------------------------------------------------------------------------------------------
    def count_lines(self, text: str) -> int:
        """The number of line ends in a text."""
        if self.newline != "mixed":
            return text.count(self.newline)
        return text.count("\n") + text.count("\r") - text.count("\r\n")

    def next_line(self, text: str, start: int, end: int) -> tuple[str, int]:
        """The physical line that starts here, without its end, and where the next one starts."""
        if self.newline == "mixed":
            match = self._mixed_line.match(text, start, end)
            return (match[1], match.end()) if match else (text[start:end], end)
        found = text.find(self.newline, start, end)
        return (text[start:found], found + len(self.newline)) if found >= 0 else (text[start:end], end)

    def last_end(self, text: str) -> int:
        """Where the last complete line of a text ends; a CR at the very end may be half of CR LF."""
        if self.newline != "mixed":
            found = text.rfind(self.newline)
            return found + len(self.newline) if found >= 0 else 0
        return max(text.rfind("\n"), text.rfind("\r", 0, len(text) - 1)) + 1


def _second(match: re.Match[str]) -> str:
    return str(match.group(match.lastindex or 0))
