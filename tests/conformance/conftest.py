"""Which of the cases that every engine answers belong to the quick tests."""

import pytest

QUICK = ("test_everything_is_shown_or_never_asked", "[files_however_they_are_written]")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark them."""
    for item in items:
        if item.name.endswith(QUICK):
            item.add_marker("quick")
