"""Bytes as text in steps, decoded strictly, without a byte order mark."""

from __future__ import annotations

import codecs
from typing import BinaryIO

from data_framework.modules.exception import FileContentError


class TextFeed:
    """Decodes a stream step by step.

    Attributes:
        bytes_read: How far the stream has been read.
    """

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        self._stream = stream
        self._encoding = encoding
        self._decoder = codecs.getincrementaldecoder(encoding)("strict")
        self._first = True
        self.bytes_read = 0
        self.ended = False

    def read(self, size: int) -> str:
        """Return the text of the next bytes; "" only at the end."""
        text = ""
        while not text and not self.ended:
            data = self._stream.read(size)
            self.bytes_read += len(data)
            self.ended = not data
            text = self._decode(data)
            if self._first and text:
                text, self._first = text.removeprefix("\ufeff"), False
        return text

    def _decode(self, data: bytes) -> str:
        try:
            return self._decoder.decode(data, final=not data)
        except UnicodeDecodeError as error:
            raise FileContentError(reason=f"it is no {self._encoding}: {error.reason}") from error
