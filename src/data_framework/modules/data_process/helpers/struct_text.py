"""Struct text of other systems as JSON: Hive's `{key=value}` and Python's `{'key': None}`."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable
from typing import TypeVar

Item = TypeVar("Item")
_WORD = re.compile(r"\s*([^=,{}\[\]]*?)\s*([=,{}\[\]]|$)")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_OTHER = re.compile(r"\W+")
_DEPTH = 200


def repair_struct_text(text: str | None) -> str | None:
    """Write Python- or Hive-style struct text as JSON; JSON and any other text stays as it is.

    Names lose their characters that are no letters, digits or `_`.

    Example:
        >>> repair_struct_text("{'a': None, 'b c': 'x'}"), repair_struct_text("{a=1, b=[x]}")
        ('{"a": null, "bc": "x"}', '{"a": 1, "b": ["x"]}')
    """
    if text is None or text.lstrip()[:1] not in {"{", "["} or _is_json(text):
        return text
    for read in (_python, _Hive.read):
        try:
            return json.dumps(_clean(read(text)), ensure_ascii=False)
        except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
            continue
    return text


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _python(text: str) -> object:
    return ast.literal_eval(text.strip())


def _clean(value: object) -> object:
    if isinstance(value, dict):
        return {_OTHER.sub("", str(key)): _clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(item) for item in value]
    return value


class _Hive:
    """A reader of `{key=value, …}` and `[…]` without quotes."""

    def __init__(self, text: str) -> None:
        self._text = text.strip()
        self._at = 0

    @classmethod
    def read(cls, text: str) -> object:
        reader = cls(text)
        value = reader._value(0)
        if reader._at != len(reader._text):
            raise ValueError(text)
        return value

    def _value(self, depth: int) -> object:
        if depth > _DEPTH:
            raise ValueError(self._text)
        opening = self._text[self._at : self._at + 1]
        if opening == "{":
            return dict(self._items("}", depth, self._pair))
        if opening == "[":
            return list(self._items("]", depth, self._value))
        word, _ = self._word()
        return _scalar(word)

    def _pair(self, depth: int) -> tuple[str, object]:
        key, stop = self._word()
        if stop != "=" or not key:
            raise ValueError(self._text)
        self._at += 1
        self._blanks()
        return key, self._value(depth)

    def _items(self, closing: str, depth: int, read: Callable[[int], Item]) -> list[Item]:
        self._at += 1
        self._blanks()
        found: list[Item] = []
        while self._text[self._at : self._at + 1] != closing:
            found.append(read(depth + 1))
            self._blanks()
            if self._text[self._at : self._at + 1] == ",":
                self._at += 1
                self._blanks()
            elif self._text[self._at : self._at + 1] != closing:
                raise ValueError(self._text)
        self._at += 1
        return found

    def _word(self) -> tuple[str, str]:
        match = _WORD.match(self._text, self._at)
        if match is None:
            raise ValueError(self._text)
        self._at = match.end() - len(match[2])
        return match[1], match[2]

    def _blanks(self) -> None:
        while self._text[self._at : self._at + 1].isspace():
            self._at += 1


def _scalar(word: str) -> object:
    if word in {"", "null", "None"}:
        return None
    if word in {"true", "false"}:
        return word == "true"
    if _NUMBER.fullmatch(word):
        return json.loads(word)
    return word
