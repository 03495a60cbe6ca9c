"""The functions of the one dialect: the allow-list, and the source of its reference page.

Each means what Spark SQL's function of that name means (ANSI mode); an engine that differs is corrected in its dialect
file, and a golden test holds what Spark answered for every example here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources


@dataclass(frozen=True)
class AllowedFunction:
    """One function.

    Attributes:
        name: As it is written, lower case; any case is read.
        arguments: Their names; those that may be left out in [ ], `…` repeats the last.
        description: What it answers.
        example: A call with plain values, run by the tests against Spark's answer.
        group: Where the reference shows it.
        fewest, most: How many arguments it takes (most -1: any number).
        same_as: The name under which it is explained, or "".
    """

    name: str
    arguments: str
    description: str
    example: str
    group: str
    fewest: int
    most: int
    same_as: str = ""


@cache
def by_name() -> dict[str, AllowedFunction]:
    """Every function by its name."""
    rows = {row.name: row for row in _rows()}
    return {name: _explained(row, rows) for name, row in rows.items()}


def functions() -> list[AllowedFunction]:
    """Every function of the dialect, by group, then name."""
    order = list(dict.fromkeys(one.group for one in by_name().values()))
    return sorted(by_name().values(), key=lambda one: (order.index(one.group), one.name))


def _rows() -> Iterator[AllowedFunction]:
    text = resources.files(__package__ or "").joinpath("functions.txt").read_text(encoding="utf-8")
    group = ""
    for line in text.splitlines():
        if line.startswith("["):
            group = line.strip("[]")
        elif line and not line.startswith("#"):
            yield _row(group, line)


def _row(group: str, line: str) -> AllowedFunction:
    call, description, example = [*line.split(" | "), "", ""][:3]
    call, _, same_as = call.partition(" = ")
    name, _, arguments = call.partition("(")
    arguments = arguments.removesuffix(")")
    fewest, most = _count(arguments)
    return AllowedFunction(name, arguments, description, example, group, fewest, most, same_as)


def _count(arguments: str) -> tuple[int, int]:
    needed, _, optional = arguments.partition("[")
    fewest = len([name for name in needed.split(",") if name.strip(" …")])
    more = len([name for name in optional.split(",") if name.strip(" []")])
    return fewest, -1 if "…" in arguments else fewest + more


def _explained(row: AllowedFunction, rows: dict[str, AllowedFunction]) -> AllowedFunction:
    if not row.same_as:
        return row
    base = rows[row.same_as]
    example = row.name + base.example.removeprefix(base.name)
    return replace(row, description=f"The same as `{base.name}`: {base.description}", example=example)
