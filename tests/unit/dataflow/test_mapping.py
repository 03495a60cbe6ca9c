from __future__ import annotations

from data_framework.modules.config import TableEntry
from data_framework.modules.dataflow.mapping import source_key, target_of


def entry(database: str, table: str) -> TableEntry:
    return TableEntry(database=database, table=table)


ITEMS, OTHERS, AGAIN = entry("s", "items"), entry("s", "others"), entry("t", "items")


def test_a_source_has_the_key_that_names_its_table() -> None:
    sources = {"o": entry("raw", "others"), "i": entry("raw", "items"), "j": entry("raw", "items")}
    assert source_key(sources, "raw", "items") == "i"
    assert source_key(sources, "elsewhere", "items") == "items"


def test_a_target_is_found_by_key_then_name_then_as_the_only_one() -> None:
    assert target_of({"a": ITEMS, "i": OTHERS}, "i", "items") == ("i", OTHERS)
    assert target_of({"a": ITEMS, "b": OTHERS}, "i", "items") == ("a", ITEMS)
    assert target_of({"b": OTHERS}, "i", "items") == ("b", OTHERS)
    assert target_of({"a": ITEMS, "b": AGAIN}, "i", "items") is None
    assert target_of({"a": OTHERS, "b": AGAIN}, "i", "nothing") is None
    assert target_of({}, "i", "items") is None
