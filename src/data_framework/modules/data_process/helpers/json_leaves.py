"""Strict JSON, read digit by digit: nested values as their leaves' text, members of objects, and whether it is JSON.

RFC 8259 and nothing beside it: no NaN, no comma before a bracket, no lone surrogate. Of a repeated key the first one
counts.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from typing_extensions import override

from data_framework.modules.utils.data_types import DataType, parse_type


class _Number(str):
    """A number as it was written."""

    __slots__ = ()


class _Object(dict[str, Any]):
    """An object by its keys, the first of each; all of its pairs as text has them."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(reversed(pairs))
        self.pairs = pairs


class _MisfitError(Exception):
    """A value is no object or list where the type wants one."""


def is_json(text: str | None) -> bool | None:
    """Whether text is one JSON value; null of null.

    Example:
        >>> is_json('{"a": 1.10}'), is_json("[1,]"), is_json("NaN")
        (True, False, False)
    """
    return None if text is None else _read(text) is not _NOTHING


def json_text(text: str | None, key: str) -> str | None:
    """The value under a key of a JSON object, as text; null when it is absent, null or the text is no object.

    Example:
        >>> json_text('{"a": 1.10, "b": [1, "x"]}', "a"), json_text('{"a": 1.10, "b": [1, "x"]}', "b")
        ('1.10', '[1,"x"]')
    """
    value = _read(text) if text is not None else None
    return _text(value.get(key)) if isinstance(value, dict) else None


def json_has_key(text: str | None, key: str) -> bool | None:
    """Whether text is a JSON object with a key, null of null."""
    if text is None:
        return None
    value = _read(text)
    return isinstance(value, dict) and key in value


def json_leaves(text: str | None, shape: str) -> str | None:
    """A JSON value of a nested type with text for every leaf; null when its lists and objects are not the type's.

    Args:
        text: The JSON.
        shape: The type, whose leaves may be of any type.

    Example:
        >>> json_leaves('{"a": 1.10, "b": [true], "c": 1}', "struct<a:string,b:array<string>>")
        '{"a":"1.10","b":["true"]}'
    """
    value = _read(text) if text is not None else None
    if value is None or value is _NOTHING:
        return None
    try:
        return _dump(_leaves(value, _type(shape)))
    except (_MisfitError, RecursionError):
        return None


_NOTHING = object()
_type = lru_cache(maxsize=256)(parse_type)


def _read(text: str) -> Any:
    """The value of JSON text, `_NOTHING` when it is none."""
    try:
        value = _DECODER.decode(text)
        text.encode("utf-8")
        _dump(value).encode("utf-8")
    except (ValueError, RecursionError):
        return _NOTHING
    return value


def _refuse(word: str) -> Any:
    raise ValueError(word)


def _whole(text: str) -> _Number:
    return _Number("0" if text == "-0" else text)


_DECODER = json.JSONDecoder(parse_float=_Number, parse_int=_whole, parse_constant=_refuse, object_pairs_hook=_Object)


def _leaves(value: Any, kind: DataType) -> Any:
    if value is None or not kind.is_nested:
        return _text(value)
    if kind.kind == "array":
        if not isinstance(value, list):
            raise _MisfitError
        return [_leaves(item, kind.fields[0][1]) for item in value]
    if not isinstance(value, _Object):
        raise _MisfitError
    if kind.kind == "map":
        return {key: _leaves(value[key], kind.fields[1][1]) for key in dict.fromkeys(key for key, _ in value.pairs)}
    return {name: _leaves(value.get(name), field) for name, field in kind.fields}


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return None if value is None else str(value)
    return _dump(value)


class _Encoder(json.JSONEncoder):
    """Writes numbers as they were read."""

    @override
    def encode(self, o: Any) -> str:
        if isinstance(o, _Number):
            return str(o)
        if isinstance(o, dict):
            pairs = o.pairs if isinstance(o, _Object) else o.items()
            return "{" + ",".join(f"{self.encode(key)}:{self.encode(item)}" for key, item in pairs) + "}"
        if isinstance(o, list):
            return "[" + ",".join(self.encode(item) for item in o) + "]"
        return super().encode(o)


_ENCODER = _Encoder(ensure_ascii=False)
_dump = _ENCODER.encode
