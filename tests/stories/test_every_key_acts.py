"""Every key of the schema does something: only one is changed at a time, and something else comes out.

Keys that by design change nothing in this version are named in `stories.keys.inert`, each with its reason.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from stories.keys import flow, landing
from stories.keys.world import Case, Seen, World, look

WORLDS: dict[str, World] = {**landing.WORLDS, **flow.WORLDS}
CASES: list[Case] = [*landing.CASES, *flow.CASES]


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What is seen in a world before the key is changed, with what stands there anyway; looked at once."""
    known: list[tuple[Any, Seen]] = []

    def seen(case: Case) -> Seen:
        wanted = (case.world, case.given)
        for found, there in known:
            if found == wanted:
                return there
        known.append((wanted, look(tmp_path_factory.mktemp("base"), WORLDS[case.world], case.given)))
        return known[-1][1]

    return seen


def part(seen: Seen, name: str) -> Any:
    aspect, _, table = name.partition(".")
    return seen[aspect].get(table) if table else seen[aspect]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.key.replace("dataflows.*.processes.*.", ""))
def test_a_changed_key_changes_what_comes_out(case: Case, untouched: Any, tmp_path: Path) -> None:
    before = part(untouched(case), case.sees)
    after = part(look(tmp_path, WORLDS[case.world], (*case.given, (case.at, case.value))), case.sees)
    assert before != after, f"{case.key} is parsed and ignored"
