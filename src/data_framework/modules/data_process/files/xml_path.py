"""The XPath of the records of an XML document: matched while it streams where that can be done."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

_STEP = re.compile(r"(//?)((?:[\w.-]+:)?(?:[\w.-]+|\*))((?:\[[^\[\]]*\])*)")
_POSITION = re.compile(r"\[\s*(\d+|.*\b(position|last)\s*\(.*)\s*\]")


@dataclass(frozen=True)
class Step:
    """One step of a path: below its parent or anywhere below, by name (`*`: any), in a namespace by prefix."""

    anywhere: bool
    prefix: str
    name: str

    def fits(self, tag: str, prefixes: dict[str, str]) -> bool:
        """Whether an element's tag is meant; a name without prefix is meant in any namespace."""
        space, _, name = tag.rpartition("}")
        if self.name not in {"*", name}:
            return False
        return not self.prefix or prefixes.get(self.prefix) == space.lstrip("{")


@dataclass(frozen=True)
class StreamedPath:
    """A path that can be matched on the way: steps by name, conditions on the record itself only.

    Attributes:
        steps: From the root to the record.
        condition: Of the record (`[@kind='a']`), "" without.
    """

    steps: tuple[Step, ...]
    condition: str = ""

    def fits(self, tags: list[str], prefixes: dict[str, str]) -> bool:
        """Whether an element is meant, by the tags from the root to it."""
        return self._from(0, tags, 0, prefixes)

    def _from(self, step: int, tags: list[str], at: int, prefixes: dict[str, str]) -> bool:
        if step == len(self.steps):
            return at == len(tags)
        wanted = self.steps[step]
        places = range(at, len(tags)) if wanted.anywhere else range(at, min(at + 1, len(tags)))
        return any(wanted.fits(tags[i], prefixes) and self._from(step + 1, tags, i + 1, prefixes) for i in places)


def streamed(xpath: str) -> StreamedPath | None:
    """Read a path, None when it takes the whole document to find what it selects.

    Example:
        >>> streamed("/a/b[@x='1']").condition, streamed("//row").steps[0].anywhere, streamed("/a[2]/b")
        ("[@x='1']", True, None)
    """
    steps, condition, at = [], "", 0
    while at < len(xpath):
        found = _STEP.match(xpath, at)
        if found is None or condition or _POSITION.search(found[3]):
            return None
        prefix, _, name = found[2].rpartition(":")
        steps.append(Step(found[1] == "//", prefix, name))
        condition, at = found[3], found.end()
    return StreamedPath(tuple(steps), condition)


def selected(tree: Any, xpath: str, prefixes: dict[str, str]) -> list[Any]:
    """The elements a path selects in a whole document.

    Raises:
        ValueError: It is no XPath, or selects no elements.
    """
    from lxml import etree

    try:
        found = tree.xpath(xpath, namespaces=prefixes)
    except etree.XPathError as error:
        raise ValueError(f"{error}") from error
    if not isinstance(found, list) or any(not isinstance(one, etree._Element) for one in found):
        raise ValueError("it selects no elements")
    return found
