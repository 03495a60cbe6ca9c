"""Keys of the run store: whatever the parts hold, they come back, and a listing never mixes neighbours."""

from __future__ import annotations

import doctest

from hypothesis import given
from hypothesis import strategies as st

from data_framework.modules.state import documents
from data_framework.modules.state.documents import make_key, split_key


@given(st.lists(st.text(), min_size=1))
def test_a_key_comes_apart_again(parts: list[str]) -> None:
    assert split_key(make_key(*parts)) == parts


@given(st.text(), st.text(), st.text())
def test_a_prefix_finds_its_own_only(first: str, second: str, rest: str) -> None:
    assert make_key(second, rest).startswith(make_key(first, "")) == (first == second)


def test_the_examples_hold() -> None:
    assert doctest.testmod(documents).failed == 0
