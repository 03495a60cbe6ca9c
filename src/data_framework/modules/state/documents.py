"""What a backend of the run store writes: conditional JSON documents, listed by how their key begins, and claims."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

Document = dict[str, Any]


@dataclass(frozen=True)
class Stored:
    """A document as it is kept, and its version, which grows with every write."""

    document: Document
    version: int


@dataclass(frozen=True)
class Put:
    """Write a document. `expected` None: whatever is there; 0: only a new one; n: only over version n."""

    collection: str
    key: str
    document: Document
    expected: int | None = None


@dataclass(frozen=True)
class Delete:
    """Remove a document, if it is there."""

    collection: str
    key: str


Change = Put | Delete


class Documents(ABC):
    """The primitives of a run store. Keys order as text; a listing costs what it answers, not what is kept."""

    @abstractmethod
    def _get(self, collection: str, key: str) -> Stored | None:
        """Read one document."""

    @abstractmethod
    def _commit(self, changes: Sequence[Change]) -> bool:
        """Make all changes durable, or none; False when a `Put.expected` no longer holds.

        A backend without transactions applies them in order and stops at the first whose condition fails: the verbs put
        what decides first and what is derived from it after.
        """

    @abstractmethod
    def _keys(self, collection: str, prefix: str = "", *, start: str = "", limit: int | None = None) -> list[str]:
        """The keys that begin with `prefix` and are not before `start`, in order, without reading the documents."""

    @abstractmethod
    def _list(self, collection: str, prefix: str = "") -> Iterator[tuple[str, Document]]:
        """The documents whose key begins with `prefix`, in order of their keys."""

    @abstractmethod
    def _try_claim(self, name: str, owner: str) -> bool:
        """Take a claim without waiting. It ends with `_release`, or when its owner is gone."""

    @abstractmethod
    def _release(self, name: str) -> None:
        """End a claim this object holds; no error when it holds none."""

    @abstractmethod
    def _holder(self, name: str) -> str:
        """Who took a claim last, for messages; empty when unknown."""

    @abstractmethod
    def _close(self) -> None:
        """Release what is open."""


def make_key(*parts: str) -> str:
    """Join parts to a key; a `/` inside a part is escaped, so that a listing never mixes neighbours.

    Example:
        >>> make_key("sales", "a/b"), split_key("sales/a%2Fb")
        ('sales/a%2Fb', ['sales', 'a/b'])
    """
    return "/".join(part.replace("%", "%25").replace("/", "%2F") for part in parts)


def split_key(key: str) -> list[str]:
    """Take a key apart again."""
    return [part.replace("%2F", "/").replace("%25", "%") if "%" in part else part for part in key.split("/")]
