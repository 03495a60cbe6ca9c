"""Reading JSON text piece by piece: values are taken one after the other, so that a large array never is in memory.

Strict (RFC 8259): no NaN, no Infinity, no comments, nothing after the document. Numbers keep their digits.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

from data_framework.modules.exception import FileContentError, FileLimitError

_STEP = 256 * 1024
_NEAR = 32
_SPACE = re.compile(r"[ \t\n\r]*")
_SCALAR_END = re.compile(r"[ \t\n\r,\]}:]")
_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)


class Number(str):
    """A number as it was written."""

    __slots__ = ()


class Repeats:
    """Counts repeated keys of objects; the last value wins."""

    def __init__(self) -> None:
        self.count = 0

    def pairs(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        """Make the object of its pairs."""
        found = dict(pairs)
        self.count += len(pairs) - len(found)
        return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON value")


def make_decoder(repeats: Repeats) -> json.JSONDecoder:
    """Make a strict decoder that keeps the digits of numbers."""
    return json.JSONDecoder(
        parse_float=Number, parse_int=Number, parse_constant=_no_constant, object_pairs_hook=repeats.pairs
    )


class JsonPull:
    """Takes values off a stream of text.

    Args:
        read: Returns the next text of about so many bytes, "" at the end.
        most: The most characters of one value.
        depth: The deepest nesting of one value.
        repeats: Counts repeated keys.
    """

    def __init__(self, read: Callable[[int], str], most: int, depth: int, repeats: Repeats) -> None:
        self._read = read
        self._most = most
        self._depth = depth
        self.repeats = repeats
        self._decoder = make_decoder(repeats)
        self._text = ""
        self._at = 0
        self._ended = False
        self._passed = 0

    # text -----------------------------------------------------------------------------------------------------------
    def _more(self, size: int = _STEP) -> bool:
        """Read on, dropping what is done with; False at the end."""
        if self._ended:
            return False
        self._passed += self._at
        text = self._read(size)
        self._ended = not text
        self._text, self._at = self._text[self._at :] + text, 0
        return not self._ended

    def peek(self) -> str:
        """The next character that is no white space, "" at the end."""
        while True:
            found = _SPACE.match(self._text, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def expect(self, *characters: str) -> str:
        """Take one of some characters."""
        found = self.peek()
        if found not in characters or not found:
            self.fail(f"expected {' or '.join(characters)}" + ("" if found else ", but the document ends"))
        self._at += 1
        return found

    def fail(self, reason: str) -> NoReturn:
        """Refuse the document here.

        Raises:
            FileContentError: Always.
        """
        raise FileContentError(reason=f"it is no valid JSON at character {self._passed + self._at + 1:,}: {reason}")

    def end(self) -> None:
        """Nothing but white space may follow."""
        if self.peek():
            self.fail("something follows the document")

    # values ---------------------------------------------------------------------------------------------------------
    def value(self) -> Any:
        """Take the next value whole: a dict, list, str, Number, bool or None.

        Raises:
            FileContentError: It is not valid.
            FileLimitError: It is too long or nested too deeply.
        """
        if not self.peek():
            self.fail("a value is missing")
        size = _STEP
        while not (found := self._decoded()):
            if len(self._text) - self._at > self._most:
                raise FileLimitError(reason=f"a value has more than {self._most:,} characters", limit="cell_bytes")
            self._more(size)
            size = min(size * 2, self._most)
        self._check_depth(self._at, found[1])
        self._at = found[1]
        return found[0]

    def _decoded(self) -> tuple[Any, int] | None:
        """Decode the value that starts here: it and where it stops, or None when its end has not been read yet."""
        try:
            value, stop = self._decoder.raw_decode(self._text, self._at)
        except json.JSONDecodeError as error:
            if self._incomplete(error):
                return None
            self._at = error.pos
            self.fail(error.msg)
        except RecursionError as error:
            raise FileLimitError(reason=f"its values are nested deeper than {self._depth}", limit="depth") from error
        except ValueError as error:
            self.fail(str(error))
        closed = stop < len(self._text) or self._ended or isinstance(value, dict | list)
        return (value, stop) if closed else None

    def _incomplete(self, error: json.JSONDecodeError) -> bool:
        """Whether more text may mend it: the error is at the end of what was read, or in an open string."""
        if self._ended:
            return False
        return error.pos >= len(self._text) - _NEAR or error.msg.startswith("Unterminated string")

    def _check_depth(self, start: int, stop: int) -> None:
        text = self._text
        if text.count("[", start, stop) + text.count("{", start, stop) <= self._depth:
            return
        depth = 0
        for found in _BRACKET.finditer(text, start, stop):
            depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(found.group(), 0)
            if depth > self._depth:
                raise FileLimitError(reason=f"its values are nested deeper than {self._depth}", limit="depth")

    def elements(self) -> Iterator[None]:
        """Walk through an array: the caller takes one value at each step."""
        self.expect("[")
        if self.peek() == "]":
            self._at += 1
            return
        while True:
            yield
            if self.expect(",", "]") == "]":
                return

    def members(self) -> Iterator[str]:
        """Walk through an object: the caller takes the value of each key."""
        self.expect("{")
        if self.peek() == "}":
            self._at += 1
            return
        while True:
            if self.peek() != '"':
                self.fail("expected a key")
            key = self.value()
            self.expect(":")
            yield key
            if self.expect(",", "}") == "}":
                return

    def skip(self, depth: int = 0) -> None:
        """Pass over the next value, however large."""
        if depth > self._depth:
            raise FileLimitError(reason=f"its values are nested deeper than {self._depth}", limit="depth")
        kind = self.peek()
        if kind == "[":
            for _ in self.elements():
                self.skip(depth + 1)
        elif kind == "{":
            for _ in self.members():
                self.skip(depth + 1)
        else:
            self.value()
