"""Which encoding a file is in: the whole stream decoded strictly, while it is copied, under every one allowed."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from data_framework.modules.data_process.files.encoding_guess import guesses
from data_framework.modules.exception import FileContentError

SAMPLE = 64 * 1024
_SAMPLE_MOST = 4 * 1024 * 1024
_SEAM = 2
_MARKS = (
    (codecs.BOM_UTF8, "UTF-8 with a byte order mark"), (codecs.BOM_UTF32_LE, "UTF-32"), (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"), (codecs.BOM_UTF16_BE, "UTF-16"),
)  # fmt: skip
_MAGIC = (
    (b"PK\x03\x04", "a zip archive (or a workbook)"), (b"\x1f\x8b", "a gzip archive"), (b"%PDF", "a PDF"),
    (b"PAR1", "a Parquet file"), (b"BZh", "a bzip2 archive"), (b"\xfd7zXZ", "an xz archive"),
    (b"\xd0\xcf\x11\xe0", "an old Office document"), (b"7z\xbc\xaf", "a 7-Zip archive"),
)  # fmt: skip


@dataclass
class TextCounts:
    """What was counted in the decoded text of a whole file.

    Attributes:
        sample: The text's beginning, at least 64 KiB of it or all, without byte order mark.
        complete: Whether the sample is the whole text.
        longest: The longest stretch without a line end, in characters (exact from 64 KiB on).
        present: Characters, and short texts, watched for that occur.
    """

    sample: str = ""
    complete: bool = True
    bom: bool = False
    lf: int = 0
    cr: int = 0
    crlf: int = 0
    characters: int = 0
    longest: int = 0
    present: set[str] = field(default_factory=set)
    ends_with_newline: bool = False

    def lines(self, newline: str) -> int:
        """The number of physical lines, by the line end in use."""
        ends = {"\n": self.lf, "\r": self.cr, "\r\n": self.crlf}.get(newline, self.lf + self.cr - self.crlf)
        return ends + (0 if self.ends_with_newline or not self.characters else 1)


class _Candidate:
    """One encoding tried on the stream; `problem` is set once it fails."""

    def __init__(self, encoding: str, watched: Sequence[str], sample_lines: int) -> None:
        self.encoding = encoding
        self.counts = TextCounts()
        self.problem = ""
        self._decoder = codecs.getincrementaldecoder(encoding)("strict")
        self._watched = set(watched)
        self._sample_lines = sample_lines
        self._bytes = 0
        self._run = 0
        self._tail = ""

    @property
    def extends_ascii(self) -> bool:
        """Whether ASCII bytes are the same text in it as in every other such encoding."""
        return self.encoding.startswith(("utf-8", "ascii", "cp125", "iso8859"))

    def take_over(self, other: _Candidate) -> None:
        """Go on where another encoding stands that has read nothing but ASCII."""
        self.counts = replace(other.counts, present=set(other.counts.present))
        self._watched, self._bytes = set(other._watched), other._bytes
        self._run, self._tail = other._run, other._tail
        self.problem = other.problem.replace(other.encoding, self.encoding)

    def feed(self, data: bytes, final: bool = False) -> None:
        try:
            text = self._decoder.decode(data, final)
        except UnicodeError as error:
            at = self._bytes + getattr(error, "start", 0)
            self.problem = f"it is no valid {self.encoding} near byte {at:,}"
            return
        self._bytes += len(data)
        if not text:
            return
        if not self.counts.characters and text[0] == "\ufeff":
            self.counts.bom, text = True, text[1:]
        if "\0" in text:
            self.problem = f"it holds NUL characters when read as {self.encoding}: it is no text in this encoding"
            return
        self._count(text)

    def _count(self, text: str) -> None:
        counts = self.counts
        counts.characters += len(text)
        counts.lf += text.count("\n")
        counts.crlf += self._tail.endswith("\r") and text.startswith("\n")
        has_cr = "\r" in text  # ten times as fast as counting or searching backwards for what is not there
        if has_cr:
            counts.cr += text.count("\r")
            counts.crlf += text.count("\r\n")
        self._watch(text)
        self._keep_sample(text)
        first, last = text.find("\n"), text.rfind("\n")
        if has_cr:
            first, last = _first_end(text), max(last, text.rfind("\r"))
        counts.longest = max(counts.longest, self._run + (len(text) if first < 0 else first))
        self._run = self._run + len(text) if first < 0 else len(text) - last - 1
        if text:
            self._tail = (self._tail + text[-_SEAM:])[-_SEAM:]
            counts.ends_with_newline = text[-1] in "\r\n"

    def _watch(self, text: str) -> None:
        """Look for what is watched; texts that begin alike are looked for together."""
        seam = self._tail + text[:_SEAM]
        for start in {watched[0] for watched in self._watched}:
            if start not in text and start not in self._tail:
                continue
            for searched in (seam, text):
                while found := _first_of([watched for watched in self._watched if watched[0] == start], searched):
                    self.counts.present.add(found)
                    self._watched.remove(found)

    def _keep_sample(self, text: str) -> None:
        counts = self.counts
        if not counts.complete:
            return
        kept = counts.sample
        enough = len(kept) >= SAMPLE and kept.count("\n") + kept.count("\r") > self._sample_lines
        if enough or len(kept) >= _SAMPLE_MOST:
            counts.complete = False
        else:
            counts.sample += text


def _first_of(alike: Sequence[str], text: str) -> str:
    """One of some texts that occurs in another, "" for none."""
    if len(alike) < 2:
        return next((one for one in alike if one in text), "")
    found = re.search("|".join(map(re.escape, sorted(alike))), text)
    return found.group() if found else ""


def _first_end(text: str) -> int:
    found = [at for at in (text.find("\n"), text.find("\r")) if at >= 0]
    return min(found) if found else -1


class EncodingProbe:
    """Feeds a stream to every encoding that may be right; the first in order that survives is the file's.

    Args:
        encodings: Names of codecs in order; `auto` stands for UTF-8, else what the first 64 KiB look like.
        watched: Characters to look for (quote, escape, comment).
        sample_lines: Lines the sample must hold, up to 4 Mi characters.
    """

    def __init__(self, encodings: Iterable[str], watched: Sequence[str] = (), sample_lines: int = 16) -> None:
        self._encodings = tuple(encodings)
        self._watched = tuple(watched)
        self._sample_lines = sample_lines
        self._candidates: list[_Candidate] = []
        self._head = b""
        self._alike = False

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the stream.

        Raises:
            FileContentError: No encoding is left.
        """
        if not self._candidates:
            self._head += data
            if self._guessing and len(self._head) < SAMPLE:
                return
            data = self._start()
        self._pass_on(data)
        self._check()

    def _pass_on(self, data: bytes, final: bool = False) -> None:
        """Feed every encoding left; while all is ASCII the first reads for all that extend it."""
        if self._alike and not (data.isascii() and not final):
            for candidate in self._candidates[1:]:
                candidate.take_over(self._candidates[0])
            self._alike = False
        for candidate in self._candidates[:1] if self._alike else self._candidates:
            if not candidate.problem:
                candidate.feed(data, final)
        if self._alike and self._candidates[0].problem:
            self._pass_on(b"", final=True)

    def result(self) -> tuple[str, TextCounts]:
        """End the stream and answer the encoding and what was counted.

        Raises:
            FileContentError: No encoding fits the whole file.
        """
        rest = b"" if self._candidates else self._start()
        self._pass_on(rest, final=True)
        self._check()
        chosen = next(candidate for candidate in self._candidates if not candidate.problem)
        return chosen.encoding, chosen.counts

    @property
    def _guessing(self) -> bool:
        return any(encoding.lower() == "auto" for encoding in self._encodings)

    def _start(self) -> bytes:
        """Choose what to try by what has come so far, and answer that."""
        data, self._head = self._head, self._head[:8]
        names: list[str] = []
        for encoding in self._encodings:
            names += guesses(data[:SAMPLE]) if encoding.lower() == "auto" else [codecs.lookup(encoding).name]
        unique = dict.fromkeys(name.replace("utf-8-sig", "utf-8") for name in names)
        self._candidates = [_Candidate(name, self._watched, self._sample_lines) for name in unique]
        self._alike = len(unique) > 1 and all(candidate.extends_ascii for candidate in self._candidates)
        return data

    def _check(self) -> None:
        if all(candidate.problem for candidate in self._candidates):
            problems = "; ".join(candidate.problem for candidate in self._candidates)
            raise FileContentError(reason=problems + self._looks_like())

    def _looks_like(self) -> str:
        for mark, name in (*_MAGIC, *_MARKS):
            if self._head.startswith(mark):
                return f" (it begins like {name})"
        return ""
