"""XML in any encoding Python knows, decoded strictly: libxml2 knows few, and reads some more leniently."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from typing import BinaryIO

from data_framework.modules.data_process.files.text_feed import TextFeed
from data_framework.modules.exception import FileContentError

_DECLARED = re.compile(rb"""<\?xml\s[^>]*?\bencoding\s*=\s*["']([A-Za-z0-9._:-]+)["']""")
_MARKED = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def open_xml(stream: BinaryIO, encoding: str | None) -> tuple[Callable[[int], bytes], str | None]:
    """How to read a document's bytes, and the encoding to tell the parser.

    Args:
        stream: The document.
        encoding: What the configuration says, None: what the document declares, else UTF-8 or UTF-16 by its mark.

    Raises:
        FileContentError: It declares an encoding nobody knows.
    """
    head = stream.read(512)

    def read(size: int) -> bytes:
        nonlocal head
        data, head = head, b""
        return data or stream.read(size)

    wanted = encoding or _declared(head)
    if wanted is None:
        return read, None
    feed = TextFeed(_Stream(read), wanted)  # type: ignore[arg-type]
    return lambda size: feed.read(size).encode(), "utf-8"


class _Stream:
    """What a TextFeed reads from."""

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self.read = read


def _declared(head: bytes) -> str | None:
    """The declared encoding, None where the parser finds it by itself."""
    found = _DECLARED.search(head)
    if found is None or head.startswith(_MARKED):
        return None
    name = found[1].decode()
    try:
        known = codecs.lookup(name).name
    except LookupError as error:
        raise FileContentError(reason=f"it declares the encoding {name!r}, which is not known") from error
    return None if known in {"utf-8", "ascii"} else known
