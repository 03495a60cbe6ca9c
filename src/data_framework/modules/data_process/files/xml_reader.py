"""XML → records of text, read as a stream: memory is that of a few records. Any DOCTYPE is refused."""

from __future__ import annotations

import io
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from data_framework.modules.data_process.files.limits import FileLimits
from data_framework.modules.data_process.files.xml_path import StreamedPath, selected, streamed
from data_framework.modules.data_process.files.xml_plain import PlainRecords, Run, surroundings
from data_framework.modules.data_process.files.xml_record import Cells, RecordReader
from data_framework.modules.exception import FileContentError, FileLimitError, MissingLibraryError

_STEP = 1024 * 1024
_PROLOGUE = _STEP
_HELD = 1024 * 1024
_LEARNED = 32
_WHOLE = 64 * 1024 * 1024
_BATCH = 5_000
_LIBRARY_CELL = 10_000_000  # what libxml2 allows by itself
_LIBRARY_DEPTH = 256
_COUNT_FROM = 512 * 1024
_ELEMENT_BYTES = 64  # what an element of a record is reckoned at
_DOCTYPE = "it has a DOCTYPE, which may hide entities: none is read"


Batch = list[Cells] | Any  # records, or an Arrow record batch of text


class XmlReader:
    """Reads the records of one document.

    Args:
        read: Returns the next bytes of about so many, b"" at the end.
        xpath: Which elements are records.
        limits: Limits of the platform.
        encoding: What the bytes are in, None: what the document declares.

    Attributes:
        rows: Records found so far.
    """

    def __init__(
        self, read: Callable[[int], bytes], xpath: str, limits: FileLimits, encoding: str | None = None
    ) -> None:
        self._read, self._xpath, self._limits, self.encoding = read, xpath, limits, encoding
        self._records = RecordReader(limits.depth)
        self._head = b""
        self.rows = 0

    def batches(self) -> Iterator[Batch]:
        """Yield the records, some at a time.

        Raises:
            FileContentError: It is no XML, has a DOCTYPE, or the path selects nothing in it.
            FileLimitError: It is nested too deeply, or a record is too large.
            MissingLibraryError: lxml is not installed.
        """
        etree = _library()
        path = streamed(self._xpath)
        try:
            root = self._root(etree)
            for prefix in _prefixes(self._xpath) - root.nsmap.keys():
                raise FileContentError(reason=f"xpath {self._xpath!r}: its root declares no namespace {prefix!r}")
            found = _Streamed(self, etree, path, root).batches() if path else self._whole(etree)
            for batch in found:
                self.rows += len(batch)
                yield batch
        except etree.XMLSyntaxError as error:
            raise _translated(error, self._limits) from error
        if not self.rows and not (path and _is_parent(path, root)):
            raise FileContentError(reason=f"xpath {self._xpath!r} selects nothing in it")

    def next(self) -> bytes:
        """The next bytes, those of the prologue first."""
        data, self._head = self._head, b""
        return data or self._read(_STEP)

    def parser(self, etree: Any, **options: Any) -> Any:
        """A parser that fetches nothing, resolves nothing and loads no DTD."""
        huge = self._limits.cell_bytes > FileLimits.cell_bytes or self._limits.depth > _LIBRARY_DEPTH
        return etree.XMLPullParser(
            encoding=self.encoding, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=huge,
            remove_comments=True, remove_pis=True, **options,
        )  # fmt: skip

    def record(self, element: Any) -> Cells:
        """The record of an element."""
        return self._records.record(element)

    def _root(self, etree: Any) -> Any:
        """The root element as it begins; a document with a DOCTYPE ends here."""
        parser = self.parser(etree, events=("start",))
        while len(self._head) < _PROLOGUE and (data := self._read(_STEP)):
            self._head += data
            for start in range(0, len(data), 4096):
                with _doctype_first(self._head, etree):
                    parser.feed(data[start : start + 4096])
                for _, element in parser.read_events():
                    _refuse_doctype(element)
                    return element
        if len(self._head) >= _PROLOGUE:
            raise FileContentError(reason=f"it is no XML: no element begins in its first {_PROLOGUE:,} bytes")
        if not self._head.strip():
            raise FileContentError(reason="it is empty")
        parser.close()
        raise FileContentError(reason="it is no XML: it has no element")

    def _whole(self, etree: Any) -> Iterator[list[Cells]]:
        held = io.BytesIO()
        while data := self.next():
            held.write(data)
            if held.tell() > _WHOLE:
                raise FileContentError(
                    reason=f"xpath {self._xpath!r} must see the whole document to select, and it has more than "
                           f"{_WHOLE:,} bytes: write the path by names, conditions on its last step only"
                )  # fmt: skip
        parser = self.parser(etree)
        parser.feed(held.getvalue())
        tree = parser.close().getroottree()
        try:
            found = selected(tree, self._xpath, {key: uri for key, uri in tree.getroot().nsmap.items() if key})
        except ValueError as error:
            raise FileContentError(reason=f"xpath {self._xpath!r}: {error}") from error
        for start in range(0, len(found), _BATCH):
            yield [self.record(element) for element in found[start : start + _BATCH]]


class _Streamed:
    """Matches a path while a document is parsed, and drops what is done with after each step."""

    def __init__(self, reader: XmlReader, etree: Any, path: StreamedPath, root: Any) -> None:
        self._reader, self._etree, self._path = reader, etree, path
        self._limits = reader._limits
        self._prefixes = {prefix: uri for prefix, uri in root.nsmap.items() if prefix}
        self._root_tag = root.tag
        self._root: Any = None
        self._open: list[Any] = []
        self._since, self._counted = 0, _COUNT_FROM
        self._parent: tuple[Any, bool] = (None, False)
        self._plain, self._at_record, self._ended = PlainRecords(), False, None
        utf8 = reader.encoding or root.getroottree().docinfo.encoding or "utf-8"
        self._learns = not path.condition and utf8.lower() == "utf-8"
        condition = f"boolean(self::*{path.condition})"
        self._meant = etree.XPath(condition, namespaces=self._prefixes) if path.condition else None

    def batches(self) -> Iterator[Batch]:
        last = self._path.steps[-1].name
        wanted = "*" if last == "*" else ("{*}" + last, self._root_tag)
        parser = self._reader.parser(self._etree, events=("start", "end"), tag=wanted)
        held = b""
        while data := self._reader.next():
            held = yield from self._chunk(parser, held + data)
            self._prune()
        yield self._fed(parser, held)
        parser.close()
        yield self._finished(parser)

    def _chunk(self, parser: Any, data: bytes) -> Generator[Batch, None, bytes]:
        """What is complete in some bytes; returns those kept for the next."""
        tag = self._plain.end
        end = data.rfind(tag) + len(tag) if tag and tag in data else 0
        whole, rest = data[:end], data[end:]
        runs: Iterable[Run] = [(whole, None)] if whole else []
        for some, columns in self._plain.runs(whole) if self._at_record and whole else runs:
            if columns is not None and self._at_record:
                parser.feed(_blank(some))
                yield columns
            else:
                yield self._fed(parser, some)
        if self._at_record and len(rest) < _HELD:
            return rest
        yield self._fed(parser, rest)
        return b""

    def _fed(self, parser: Any, data: bytes) -> list[Cells]:
        """The records that are complete after some bytes, and whether the next may begin there."""
        self._since += len(data)
        self._ended = None
        parser.feed(data)
        found = self._finished(parser)
        self._at_record = (
            self._ended is not None and not self._open and bool(self._plain.end) and data.endswith(self._plain.end)
            and b"<!" not in data and b"<?" not in data and surroundings(self._ended) == self._plain.spaces
        )  # fmt: skip
        return found

    def _finished(self, parser: Any) -> list[Cells]:
        """The records that are complete now."""
        found: list[Cells] = []
        for event, element in parser.read_events():
            self._ended = None
            if event == "start":
                self._root = element if self._root is None else self._root
                if self._fits(element):
                    self._open.append(element)
                    self._since = 0
            elif self._open and self._open[-1] is element:
                self._ended = self._open.pop()
                if self._meant is None or self._meant(element):
                    found.append(self._reader.record(element))
                    if self._learns and len(found) <= _LEARNED and not self._plain.full:
                        self._plain.learn(element, found[-1])
        return found

    def _fits(self, element: Any) -> bool:
        """Whether the path leads to an element; the answer is the same for its siblings of the same name."""
        parent = element.getparent()
        if parent is None or self._parent[0] is not parent or self._path.steps[-1].name == "*":
            tags = [one.tag for one in element.iterancestors()][::-1]
            self._parent = (parent, self._path.fits([*tags, element.tag], self._prefixes))
        return self._parent[1]

    def _prune(self) -> None:
        """Drop every element that is complete: all but the last on each level, down to an open record."""
        node, depth = self._root, 1
        if self._open:
            self._check_record(self._open[0])
        first = self._open[0] if self._open else None
        while node is not None and node is not first and len(node):
            if len(node) > 1:
                del node[:-1]
            node, depth = node[0], depth + 1
            if depth > self._limits.depth:
                reason = f"its elements are nested deeper than {self._limits.depth}"
                raise FileLimitError(reason=reason, limit="depth")

    def _check_record(self, element: Any) -> None:
        """Refuse a record that has no end: of its bytes, and of its elements, which take more memory than bytes."""
        most = self._limits.cell_bytes
        if self._since > 4 * most:
            raise FileLimitError(reason=f"a record has more than {4 * most:,} bytes", limit="cell_bytes")
        if self._since < self._counted:
            self._counted = _COUNT_FROM
        if self._since >= 2 * self._counted:
            self._counted = self._since
            elements = int(element.xpath("count(descendant::*)"))
            if elements > most // _ELEMENT_BYTES:
                reason = f"a record has more than {most // _ELEMENT_BYTES:,} elements"
                raise FileLimitError(reason=reason, limit="cell_bytes")


def _blank(text: bytes) -> bytes:
    """White space in place of text, so that what follows keeps its line and column."""
    last = text[text.rfind(b"\n") + 1 :]
    return b"\n" * text.count(b"\n") + b" " * len(last.decode())


def _library() -> Any:
    try:
        from lxml import etree
    except ModuleNotFoundError as error:
        raise MissingLibraryError(feature="Reading XML", library="lxml", extra="excel") from error
    return etree


def _refuse_doctype(element: Any) -> None:
    found = element.getroottree().docinfo
    if found.doctype or found.internalDTD is not None:
        raise FileContentError(reason=_DOCTYPE)


@contextmanager
def _doctype_first(head: bytes, etree: Any) -> Iterator[None]:
    """Whatever is wrong in a document that begins with a DOCTYPE, the DOCTYPE is what it is refused for."""
    try:
        yield
    except etree.XMLSyntaxError as error:
        if b"<!DOCTYPE" in head.replace(b"\0", b""):
            raise FileContentError(reason=_DOCTYPE) from error
        raise


def _prefixes(xpath: str) -> set[str]:
    path = streamed(xpath)
    return {step.prefix for step in path.steps if step.prefix} if path else set()


def _is_parent(path: StreamedPath, root: Any) -> bool:
    """Whether the records would be the root's children: then a root without any is an empty delivery."""
    prefixes = {prefix: uri for prefix, uri in root.nsmap.items() if prefix}
    two = len(path.steps) == 2 and not path.steps[1].anywhere
    return two and path.steps[0].fits(root.tag, prefixes)


def _translated(error: Any, limits: FileLimits) -> FileContentError:
    text = str(error.msg or error)
    if "Excessive depth" in text or "depth" in text.lower():
        return FileLimitError(reason="its elements are nested too deeply", limit="depth")
    if "huge" in text.lower() or "too long" in text.lower() or "limit" in text.lower():
        most = max(limits.cell_bytes, _LIBRARY_CELL) if limits.cell_bytes > FileLimits.cell_bytes else _LIBRARY_CELL
        return FileLimitError(reason=f"it has a value of more than {most:,} bytes", limit="cell_bytes")
    line, column = error.position
    return FileContentError(reason=f"it is no valid XML at line {line:,}, column {column:,}: {text}")
