"""The types a column may have, parsed from the text a contract or the catalogue says them in."""

from __future__ import annotations

import re
from dataclasses import dataclass

from typing_extensions import override

_INTEGERS = {"tinyint": 8, "smallint": 16, "int": 32, "bigint": 64}
_ALIASES = {
    "integer": "int", "long": "bigint", "short": "smallint", "byte": "tinyint", "real": "float", "text": "string",
    "varchar": "string", "char": "string", "bool": "boolean", "numeric": "decimal", "timestamptz": "timestamp",
    "timestamp_ntz": "timestamp",
}  # fmt: skip
_ATOMS = {*_INTEGERS, "string", "float", "double", "boolean", "date", "timestamp", "binary"}
_TOKEN = re.compile(r"\s*([A-Za-z_][\w]*|`[^`]+`|\d+|[<>(),:])")


@dataclass(frozen=True)
class DataType:
    """One type.

    Attributes:
        kind: string, tinyint, smallint, int, bigint, float, double, decimal, boolean, date, timestamp, binary,
            array, struct or map.
        precision: Of a decimal, 1 to 38.
        scale: Of a decimal, 0 to precision.
        fields: Of a struct (name, type); of an array one field "element"; of a map "key" and "value".
    """

    kind: str
    precision: int = 0
    scale: int = 0
    fields: tuple[tuple[str, DataType], ...] = ()

    @property
    def is_integer(self) -> bool:
        """Whether it is one of the four whole-number types."""
        return self.kind in _INTEGERS

    @property
    def is_number(self) -> bool:
        """Whether it orders and adds as a number."""
        return self.is_integer or self.kind in {"float", "double", "decimal"}

    @property
    def is_nested(self) -> bool:
        """Whether its values are read from JSON text."""
        return self.kind in {"array", "struct", "map"}

    @property
    def bits(self) -> int:
        """The width of a whole-number type."""
        return _INTEGERS[self.kind]

    @override
    def __str__(self) -> str:
        if self.kind == "decimal":
            return f"decimal({self.precision},{self.scale})"
        if self.kind == "struct":
            return f"struct<{','.join(f'{name}:{kind}' for name, kind in self.fields)}>"
        if self.fields:
            return f"{self.kind}<{','.join(str(kind) for _, kind in self.fields)}>"
        return self.kind


def parse_type(text: str) -> DataType:
    """Read a type as contracts, Glue and Spark write it.

    Raises:
        ValueError: The text is no type; the message says what is wrong.

    Example:
        >>> str(parse_type("ARRAY<struct<a: int, b: decimal(10, 2)>>"))
        'array<struct<a:int,b:decimal(10,2)>>'
    """
    tokens = _tokens(text)
    found = _parse(tokens, text)
    if tokens:
        raise ValueError(f"{text!r} has something after the type: {' '.join(tokens)!r}")
    return found


def _tokens(text: str) -> list[str]:
    tokens, position = [], 0
    text = text.strip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if not match:
            raise ValueError(f"{text!r} is no type: unexpected {text[position]!r}")
        tokens.append(match[1])
        position = match.end()
    return tokens


def _parse(tokens: list[str], text: str) -> DataType:
    word = tokens.pop(0).lower() if tokens else ""
    kind = _ALIASES.get(word, word)
    if kind == "decimal":
        return _decimal(tokens, text)
    if kind in {"varchar", "char", "string"} and tokens[:1] == ["("]:
        del tokens[:3]
    if kind in _ATOMS:
        return DataType(kind)
    if kind == "array":
        return DataType("array", fields=(("element", _inside(tokens, text, 1)[0]),))
    if kind == "map":
        key, value = _inside(tokens, text, 2)
        return DataType("map", fields=(("key", key), ("value", value)))
    if kind == "struct":
        return DataType("struct", fields=_struct(tokens, text))
    raise ValueError(f"{text!r} is no type: {word!r} is unknown. Choose one of: {', '.join(sorted(_ATOMS))}, "
                     "decimal(p,s), array<…>, map<…,…>, struct<name:type,…>")  # fmt: skip


def _decimal(tokens: list[str], text: str) -> DataType:
    precision, scale = 10, 0
    if tokens[:1] == ["("]:
        _expect(tokens, "(", text)
        precision = _number(tokens, text)
        if tokens[:1] == [","]:
            _expect(tokens, ",", text)
            scale = _number(tokens, text)
        _expect(tokens, ")", text)
    if not (1 <= precision <= 38 and 0 <= scale <= precision):
        raise ValueError(f"{text!r}: a decimal has a precision of 1 to 38 and a scale of 0 to its precision")
    return DataType("decimal", precision, scale)


def _inside(tokens: list[str], text: str, count: int) -> list[DataType]:
    _expect(tokens, "<", text)
    found = [_parse(tokens, text)]
    while len(found) < count:
        _expect(tokens, ",", text)
        found.append(_parse(tokens, text))
    _expect(tokens, ">", text)
    return found


def _struct(tokens: list[str], text: str) -> tuple[tuple[str, DataType], ...]:
    _expect(tokens, "<", text)
    fields = []
    while True:
        name = tokens.pop(0).strip("`") if tokens else ""
        _expect(tokens, ":", text)
        fields.append((name, _parse(tokens, text)))
        if tokens[:1] != [","]:
            break
        tokens.pop(0)
    _expect(tokens, ">", text)
    return tuple(fields)


def _expect(tokens: list[str], token: str, text: str) -> None:
    if tokens[:1] != [token]:
        raise ValueError(f"{text!r} is no type: expected {token!r}, found {tokens[0] if tokens else 'the end'!r}")
    tokens.pop(0)


def _number(tokens: list[str], text: str) -> int:
    if not tokens or not tokens[0].isdigit():
        raise ValueError(f"{text!r} is no type: expected a number")
    return int(tokens.pop(0))
