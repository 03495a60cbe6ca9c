"""What a join of two frames answers: which kinds there are, which keys pair, and how its columns are named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from data_framework.modules.data_process.helpers.arrow import need_names
from data_framework.modules.exception import FrameDataError, UnknownChoiceError

KINDS = ("inner", "left", "right", "outer", "semi", "anti", "cross")
Names = tuple[Sequence[str], Sequence[str]]


@dataclass(frozen=True)
class Joined:
    """One column of the answer: from the left frame, the right one, or whichever has the key's value."""

    side: Literal["left", "right", "both"]
    source: str
    name: str


def check_join(columns: Names, how: str, keys: Names) -> None:
    """Refuse a join that cannot be.

    Raises:
        ColumnNotFoundError: A key is no column.
        FrameDataError: The keys do not pair.
        UnknownChoiceError: There is no such kind of join.
    """
    if how not in KINDS:
        raise UnknownChoiceError(kind="join", name=how, suggestion=f"Choose one of: {', '.join(KINDS)}.")
    if how == "cross":
        if any(keys):
            raise FrameDataError(reason="a cross join has no keys")
        return
    if not keys[0] or len(keys[0]) != len(keys[1]):
        raise FrameDataError(
            reason=f"a join needs as many keys on the left as on the right: {list(keys[0])} and {list(keys[1])}"
        )
    for names, wanted, what in zip(columns, keys, ("The left frame", "The right frame"), strict=True):
        need_names(names, wanted, what)


def joined_columns(columns: Names, how: str, keys: Names, suffixes: tuple[str, str]) -> list[Joined]:
    """The answer's columns: shared keys once, then each side's others, with suffixes where both have one.

    Raises:
        FrameDataError: A name would be taken twice.
    """
    if how in {"semi", "anti"}:
        return [Joined("left", name, name) for name in columns[0]]
    shared = {one for one, other in zip(*keys, strict=True) if one == other}
    names = [[name for name in side if name not in shared] for side in columns]
    clashing = set(names[0]) & set(names[1])
    both: Literal["both", "left"] = "both" if how in {"right", "outer"} else "left"
    found = [
        Joined(both, name, name) if name in shared else
        Joined("left", name, _named(name, clashing, keys[0], suffixes[0]))
        for name in columns[0]
    ]  # fmt: skip
    found += [Joined("right", name, _named(name, clashing, keys[1], suffixes[1])) for name in names[1]]
    answered = [one.name for one in found]
    if twice := [name for name in dict.fromkeys(answered) if answered.count(name) > 1]:
        clash = ", ".join(map(repr, twice))
        raise FrameDataError(reason=f"the join would answer two columns named {clash}: choose other suffixes")
    return found


def _named(name: str, clashing: set[str], keys: Sequence[str], suffix: str) -> str:
    return name + suffix if name in clashing and name not in keys else name
