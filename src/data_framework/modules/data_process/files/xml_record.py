"""One element of an XML document as a record: attributes and child elements become columns of text.

A child's text is a column; its attributes are columns `child@attribute`. A child with children, and one that is
repeated, is JSON text, in which attributes are `@name` and text beside them `#text`. Empty elements are null.
"""

from __future__ import annotations

import json
from operator import methodcaller
from typing import Any

from data_framework.modules.exception import FileLimitError

_INSTANCE = "{http://www.w3.org/2001/XMLSchema-instance}"
_UNSEEN = frozenset(_INSTANCE + name for name in ("nil", "schemaLocation", "noNamespaceSchemaLocation"))
_encode = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode
_KEYS = methodcaller("keys")
Cells = dict[str, str | None]


class RecordReader:
    """Makes records of elements.

    Args:
        depth: The deepest nesting.
    """

    def __init__(self, depth: int) -> None:
        self._depth = depth
        self._names: dict[tuple[str | None, str], str] = {}
        self._known: dict[str, dict[str, str]] = {}

    def record(self, element: Any) -> Cells:
        """The cells of an element by name.

        Raises:
            FileLimitError: It is nested too deeply.
        """
        children = element[:]
        if not any(map(len, children)) and not any(map(_KEYS, children)):
            cells = self._plain(element, children)
            if len(cells) == len(children):
                return self._finished(element, cells)
        return self._any(element)

    def _plain(self, element: Any, children: list[Any]) -> Cells:
        """The cells of children that have neither children nor attributes: most records are like that, and fast."""
        known = self._known.setdefault(element.tag, {})
        try:
            return {known[child.tag]: child.text for child in children}
        except KeyError:
            space = _space(element.tag)
            known.update({child.tag: self._name(space, child) for child in children})
            return {known[child.tag]: child.text for child in children}

    def _finished(self, element: Any, cells: Cells) -> Cells:
        """With the record's own text where it has no children, and its attributes."""
        if not cells and element.text and element.text.strip():
            cells["value"] = element.text
        if element.keys():
            self._attributes(element, cells)
        return cells

    def _any(self, element: Any) -> Cells:
        cells: Cells = {}
        repeated: set[str] = set()
        names, space = self._names, _space(element.tag)
        for child in element:
            name = names.get((space, child.tag)) or self._name(space, child)
            if name in cells:
                repeated.add(name)
            elif len(child) or child.keys():
                cells.update(self._filled(name, child))
            else:
                cells[name] = child.text
        for name in repeated:
            self._together(name, space, element, cells)
        return self._finished(element, cells)

    def _filled(self, name: str, child: Any) -> Cells:
        """The columns of a child that has children or attributes."""
        if len(child):
            return {name: _encode(self._nested(child, 1))}
        named = {f"{name}@{key}": value for key, value in self._attributes_of(child)}
        return {name: child.text, **named}

    def _together(self, name: str, space: str | None, element: Any, cells: Cells) -> None:
        """Put all the children of one name into one JSON array."""
        same = [child for child in element if self._name(space, child) == name]
        for key in [key for key in cells if key.startswith(f"{name}@")]:
            del cells[key]
        cells[name] = _encode([self._nested(child, 1) for child in same])

    def _attributes(self, element: Any, cells: Cells) -> None:
        for key, value in self._attributes_of(element):
            cells[f"@{key}" if key in cells else key] = value

    def _nested(self, element: Any, depth: int) -> Any:
        if depth > self._depth:
            raise FileLimitError(reason=f"its elements are nested deeper than {self._depth}", limit="depth")
        attributes = {f"@{key}": value for key, value in self._attributes_of(element)}
        if not len(element) and not attributes:
            return element.text
        found: dict[str, Any] = attributes
        several: set[str] = set()
        space = _space(element.tag)
        for child in element:
            name, value = self._name(space, child), self._nested(child, depth + 1)
            if name in several:
                found[name].append(value)
            elif name in found:
                found[name] = [found[name], value]
                several.add(name)
            else:
                found[name] = value
        text = "".join([element.text or "", *(child.tail or "" for child in element)])
        if text.strip():
            found["#text"] = text
        return found

    def _name(self, space: str | None, element: Any) -> str:
        """The name of an element: with its prefix where its namespace is another than the record's."""
        key = (space, element.tag)
        if key not in self._names:
            own, local = _space(element.tag), element.tag.rpartition("}")[2]
            self._names[key] = f"{element.prefix}:{local}" if own not in {space, None} and element.prefix else local
        return self._names[key]

    def _attributes_of(self, element: Any) -> list[tuple[str, str]]:
        pairs: list[tuple[str, str]] = element.items()
        if not any("}" in key for key, _ in pairs):
            return pairs
        return [(self._attribute(element, key), value) for key, value in pairs if key not in _UNSEEN]

    @staticmethod
    def _attribute(element: Any, key: str) -> str:
        space, _, local = key.rpartition("}")
        if not space:
            return key
        prefix = next((prefix for prefix, uri in element.nsmap.items() if uri == space[1:] and prefix), "")
        return f"{prefix}:{local}" if prefix else local


def _space(tag: str) -> str | None:
    return tag[1:].partition("}")[0] if tag[:1] == "{" else None
