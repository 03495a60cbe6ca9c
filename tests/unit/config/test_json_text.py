from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_framework.modules.config.json_text import JsonSyntaxError, parse_json
from data_framework.modules.config.nodes import Node, plain

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(
    st.characters(exclude_categories=["Cs"])
)  # fmt: skip
KEYS = st.text(st.characters(exclude_categories=["Cs"]))
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4))


@given(JSON, st.sampled_from([None, 1, 4]))
def test_what_json_writes_is_read_back(value: Any, indent: int | None) -> None:
    node, problems = parse_json(json.dumps(value, indent=indent), "f.json")
    assert plain(node) == value
    assert not problems


@given(st.text(alphabet='{}[]",:0123456789.eE+-truefalsn \n\t\\u"abd'))
def test_it_takes_what_json_takes_and_nothing_else(text: str) -> None:
    try:
        expected = json.loads(text, parse_constant=pytest.fail)
    except (ValueError, RecursionError, pytest.fail.Exception):
        with pytest.raises(JsonSyntaxError):
            parse_json(text, "f.json")
        return
    if "\\u" not in text and "e" not in text.lower():
        assert plain(parse_json(text, "f.json")[0]) == expected


def test_every_value_knows_its_line_and_place() -> None:
    node, _ = parse_json('{\n "a": [1,\n  {"b":\n 2}],\n "c": null}', "f.json", "root")
    inner = node.get("a", 1, "b")
    assert inner == Node(2, "f.json", 3, "root.a[1].b")
    assert node.get("c") == Node(None, "f.json", 5, "root.c")
    assert node.get("a", 7) is None


def test_a_key_that_stands_twice_is_a_problem_with_both_lines() -> None:
    _, problems = parse_json('{"a": {"k": 1,\n\n"k": 2}}', "f.json")
    assert [(p.line, p.place) for p in problems] == [(3, "a.k")]
    assert "line 1" in problems[0].expected


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("", 1, 1), ("{", 1, 2), ('{"a":\n}', 2, 1), ('{"a": 1,\n  }', 2, 3), ("[1,]", 1, 4), ('{"a" 1}', 1, 6),
        ('{a: 1}', 1, 2), ("[1] x", 1, 5), ("NaN", 1, 1), ("Infinity", 1, 1), ("[01]", 1, 3), ('["a\nb"]', 1, 4),
        ('["\\x"]', 1, 3), ('"\\ud800"', 1, 1), ("1e999", 1, 1), ('{"a": 1 "b": 2}', 1, 9), ("// x\n{}", 1, 1),
        ("[" * 5000, 1, 102),
    ],
)  # fmt: skip
def test_what_is_no_json_is_refused_by_line_and_column(text: str, line: int, column: int) -> None:
    with pytest.raises(JsonSyntaxError) as caught:
        parse_json(text, "f.json")
    assert caught.value.problem.line == line
    assert f"column {column}" in caught.value.problem.found
