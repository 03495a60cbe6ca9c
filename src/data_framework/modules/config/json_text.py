"""Strict JSON with positions: lines for every value, duplicate keys as problems, syntax errors by line and column."""

from __future__ import annotations

import bisect
import math
import re
from json import JSONDecodeError
from json.decoder import scanstring  # type: ignore[attr-defined]

from data_framework.modules.config.nodes import Node, join_place
from data_framework.modules.exception import Problem

_SPACE = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?")
_WORDS = {"true": True, "false": False, "null": None}
_DEPTH = 100


class JsonSyntaxError(ValueError):
    """The text is no JSON; carries the problem to report."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(str(problem))


def parse_json(text: str, file: str, place: str = "") -> tuple[Node, list[Problem]]:
    """Read a JSON document with the line of every value, and the keys that stand twice in an object.

    Raises:
        JsonSyntaxError: The text is no JSON; line and column are named.
    """
    scanner = _Scanner(text, file)
    return scanner.document(place), scanner.problems


class _Scanner:
    def __init__(self, text: str, file: str) -> None:
        self.text, self.file = text, file
        self.position = 0
        self.problems: list[Problem] = []
        self._ends = [match.start() for match in re.finditer("\n", text)]

    def document(self, place: str) -> Node:
        node = self._value(place, 0)
        self._skip()
        if self.position < len(self.text):
            raise self._error("the end of the file", self.position)
        return node

    def _value(self, place: str, depth: int) -> Node:
        self._skip()
        if depth > _DEPTH:
            raise self._error(f"at most {_DEPTH} objects and lists inside each other", self.position)
        line = self._line(self.position)
        start = self.text[self.position : self.position + 1]
        if start == "{":
            return Node(self._object(place, depth), self.file, line, place)
        if start == "[":
            return Node(self._list(place, depth), self.file, line, place)
        return Node(self._string() if start == '"' else self._scalar(), self.file, line, place)

    def _object(self, place: str, depth: int) -> dict[str, Node]:
        members: dict[str, Node] = {}
        self.position += 1
        while not self._ends_with("}", first=not members):
            self._skip()
            start = self.position
            if self.text[start : start + 1] != '"':
                raise self._error('a key in double quotes or "}"' if not members else "a key in double quotes", start)
            key = self._string()
            self._expect(":")
            inner = join_place(place, key)
            child = self._value(inner, depth + 1)
            if key in members:
                first = members[key].line
                self._problem(start, inner, f"{key!r} twice", f"each key once (it stands on line {first} too)")
            members[key] = Node(child.value, self.file, self._line(start), inner)
        return members

    def _list(self, place: str, depth: int) -> list[Node]:
        items: list[Node] = []
        self.position += 1
        while not self._ends_with("]", first=not items):
            items.append(self._value(join_place(place, len(items)), depth + 1))
        return items

    def _ends_with(self, bracket: str, *, first: bool) -> bool:
        self._skip()
        found = self.text[self.position : self.position + 1]
        if found == bracket:
            self.position += 1
            return True
        if not first:
            if found != ",":
                raise self._error(f'"," or "{bracket}"', self.position)
            self.position += 1
        return False

    def _string(self) -> str:
        start = self.position
        try:
            value, self.position = scanstring(self.text, start + 1, True)
        except JSONDecodeError as error:
            raise self._error(f"a text ({error.msg.lower()})", error.pos) from error
        if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
            raise self._error("a text of Unicode characters (half of a surrogate pair)", start)
        return str(value)

    def _scalar(self) -> object:
        for word, value in _WORDS.items():
            if self.text.startswith(word, self.position):
                self.position += len(word)
                return value
        match = _NUMBER.match(self.text, self.position)
        if not match:
            raise self._error("a value", self.position)
        number = self._number(match)
        self.position = match.end()
        return number

    def _number(self, match: re.Match[str]) -> int | float:
        if match[1] is None and match[2] is None and len(match[0]) <= 100:
            return int(match[0])
        number = float(match[0])
        if not math.isfinite(number):
            raise self._error("a number that fits", match.start())
        return number

    def _expect(self, character: str) -> None:
        self._skip()
        if self.text[self.position : self.position + 1] != character:
            raise self._error(f'"{character}"', self.position)
        self.position += 1

    def _skip(self) -> None:
        match = _SPACE.match(self.text, self.position)
        self.position = match.end() if match else self.position

    def _line(self, position: int) -> int:
        return bisect.bisect_left(self._ends, position) + 1

    def _error(self, expected: str, position: int) -> JsonSyntaxError:
        line = self._line(position)
        column = position - (self._ends[line - 2] if line > 1 else -1)
        rest = self.text[position : position + 1]
        found = repr(rest) if rest else "the end of the file"
        problem = Problem(self.file, line, "", f"{found} in column {column}", f"{expected}; the file is no JSON")
        return JsonSyntaxError(problem)

    def _problem(self, position: int, place: str, found: str, expected: str) -> None:
        self.problems.append(Problem(self.file, self._line(position), place, found, expected))
