"""JSON that remembers where it stands: every value with its file, line and place, through every merge."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from data_framework.modules.exception import Problem

Key = str | int


@dataclass(frozen=True)
class Node:
    """One value of a configuration.

    Attributes:
        value: A scalar, a dict of nodes or a list of nodes.
        file: The file it comes from, or what stands for one (`--technology`, `environment`).
        line: The line of its key or item; None outside files.
        place: Its key with its parents, as written.
    """

    value: Any
    file: str = ""
    line: int | None = None
    place: str = ""

    @property
    def is_object(self) -> bool:
        """Whether it is a JSON object."""
        return isinstance(self.value, dict)

    @property
    def is_list(self) -> bool:
        """Whether it is a JSON array."""
        return isinstance(self.value, list)

    def get(self, *path: Key) -> Node | None:
        """Follow keys and indices; None where they lead nowhere."""
        node: Node | None = self
        for key in path:
            node = node._child(key) if node is not None else None
        return node

    def with_value(self, key: str, child: Node) -> Node:
        """Return a copy of an object in which a key has another value."""
        return replace(self, value={**self.value, key: child})

    def without(self, *keys: str) -> Node:
        """Return a copy of an object that lacks some keys."""
        return replace(self, value={key: child for key, child in self.value.items() if key not in keys})

    def items(self) -> Iterator[tuple[str, Node]]:
        """Key and value of each member; nothing when it is no object."""
        yield from self.value.items() if self.is_object else ()

    def _child(self, key: Key) -> Node | None:
        if self.is_object:
            return self.value.get(key)  # type: ignore[no-any-return]
        if self.is_list and isinstance(key, int) and 0 <= key < len(self.value):
            return self.value[key]  # type: ignore[no-any-return]
        return None


def plain(node: Node) -> Any:
    """Return the value as Python has it, without positions."""
    if node.is_object:
        return {key: plain(child) for key, child in node.value.items()}
    if node.is_list:
        return [plain(child) for child in node.value]
    return node.value


def located(value: Any, like: Node) -> Node:
    """Give a plain value the position of a node."""
    if isinstance(value, Mapping):
        return replace(like, value={key: located(item, like) for key, item in value.items()})
    if isinstance(value, Sequence) and not isinstance(value, str):
        return replace(like, value=[located(item, like) for item in value])
    return replace(like, value=value)


def merge(default: Node, own: Node) -> Node:
    """Lay a value over its default: objects key by key, lists joined with the own items first, else the own value."""
    if default.is_object and own.is_object:
        members = {key: merge(child, own.value[key]) if key in own.value else child for key, child in default.items()}
        return replace(own, value={**members, **{key: own.value[key] for key in own.value if key not in members}})
    if default.is_list and own.is_list:
        return replace(own, value=[*own.value, *default.value])
    return own


def problem_at(
    tree: Node, path: Iterable[Key], found: str, expected: str, hint: str = "", *, warning: bool = False
) -> Problem:
    """Make a problem about a key below a node, on the line it is written on, or its nearest written parent's."""
    node = tree
    missing: list[Key] = []
    for key in path:
        child = node.get(key) if not missing else None
        missing = [] if child is not None else [*missing, key]
        node = child if child is not None else node
    place = node.place
    for key in missing:
        place = join_place(place, key)
    return Problem(node.file, node.line, place, found, expected, hint, warning)


def join_place(place: str, key: Key) -> str:
    """Extend a place by a key or an index.

    Example:
        >>> join_place("dataflows.sales", "processes"), join_place("controls", 0)
        ('dataflows.sales.processes', 'controls[0]')
    """
    if isinstance(key, int):
        return f"{place}[{key}]"
    return f"{place}.{key}" if place else key
