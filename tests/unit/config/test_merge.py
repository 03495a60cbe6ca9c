from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from data_framework.modules.config.nodes import Node, located, merge, plain
from unit.config.builder import LANDING, opened, sales

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.sampled_from("abc"), VALUES, max_size=3)


def merged(default: Any, own: Any) -> Any:
    return plain(merge(located(default, Node(None, "default")), located(own, Node(None, "own"))))


@given(OBJECTS)
def test_an_empty_object_inherits_everything(value: Any) -> None:
    assert merged(value, {}) == value
    assert merged({}, value) == value


@given(OBJECTS, OBJECTS)
def test_merging_is_key_by_key(default: Any, own: Any) -> None:
    result = merged(default, own)
    assert result.keys() == {*default, *own}
    for key in result:
        if key in default and key in own:
            assert result[key] == merged(default[key], own[key])
        else:
            assert result[key] == default.get(key, own.get(key))


@given(st.lists(VALUES), st.lists(VALUES))
def test_lists_are_joined_with_the_own_items_first(default: Any, own: Any) -> None:
    assert merged(default, own) == [*own, *default]


@given(VALUES, st.none() | st.booleans() | st.integers() | st.text())
def test_a_scalar_overrides(default: Any, own: Any) -> None:
    assert merged(default, own) == own


@given(OBJECTS, OBJECTS)
def test_every_value_still_knows_who_said_it(default: Any, own: Any) -> None:
    node = merge(located(default, Node(None, "default")), located(own, Node(None, "own")))
    for key, child in node.items():
        assert child.file == ("own" if key in own else "default")


def test_a_dataflow_inherits_from_default_and_from_its_own_file(tmp_path: Path) -> None:
    flows = {"default": {"processes": {"landing_to_raw": LANDING}}, "sales": {"processes": {"landing_to_raw": {}}}}
    incoming = {"zipped": "zip", "csv_specs": {"null_value": ["-"]}}
    more = {"processes": {"landing_to_raw": {"incoming_file": incoming}}}
    config = opened(tmp_path, flows, dataflows__sales=more, dataflows__stock={"processes": {"raw_to_staging": {}}})
    file = config.dataflow("sales").process("landing_to_raw").incoming_file
    assert file is not None
    assert (file.zipped, file.filename_pattern, file.csv_specs.null_value) == ("zip", "sales_.*", ("-",))
    assert list(config.dataflow("stock").processes) == ["landing_to_raw"]


def test_vars_are_merged_from_default_and_the_environment(tmp_path: Path) -> None:
    said = {
        "default": {"a": 1, "deep": {"x": 1}, "list": [1]}, "local": {"b": 2, "deep": {"y": 2}, "list": [2]},
        "production": {"a": 3},
    }  # fmt: skip
    config = opened(
        tmp_path, sales(staging_to_common={"vars": said, "source_tables": {"t": {"database": "d", "table": "t"}}})
    )
    assert config.dataflow("sales").process("staging_to_common").vars == {
        "a": 1, "b": 2, "deep": {"x": 1, "y": 2}, "list": [2, 1]
    }  # fmt: skip


def test_an_empty_process_does_not_exist(tmp_path: Path) -> None:
    config = opened(tmp_path, sales(staging_to_common={}, common_to_output={"vars": {"default": {"a": 1}}}))
    assert list(config.dataflow("sales").processes) == ["landing_to_raw", "raw_to_staging"]
