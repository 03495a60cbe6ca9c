"""Whatever stands where, the answer is a configuration or a list of problems, never another error."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from data_framework.modules.config import as_document, open_config
from data_framework.modules.exception import ConfigError
from unit.config.builder import EVERYTHING

FILES = sorted(path.relative_to(EVERYTHING).as_posix() for path in EVERYTHING.rglob("*.json"))
STRANGE: tuple[Any, ...] = (None, True, -1, "", "{x}", [], {}, [{}], {"x": None})


def changed(value: Any, strange: Any) -> Iterator[Any]:
    """Yield the document with one of its values replaced, for every value in it."""
    yield strange
    if isinstance(value, dict):
        for key, item in value.items():
            for other in changed(item, strange):
                yield {**value, key: other}
    if isinstance(value, list):
        for index, item in enumerate(value):
            for other in changed(item, strange):
                yield [*value[:index], other, *value[index + 1 :]]


@pytest.mark.parametrize("file", FILES)
def test_a_strange_value_is_taken_or_named(file: str, tmp_path: Path) -> None:
    """Every value of every file is replaced by two of the strange ones, another two from place to place."""
    project = shutil.copytree(EVERYTHING, tmp_path / "project")
    original = json.loads((EVERYTHING / file).read_text())
    taken = refused = 0
    for number, documents in enumerate(zip(*(changed(original, strange) for strange in STRANGE), strict=True)):
        for step in (0, 4):
            document = documents[(number + step) % len(STRANGE)]
            (project / file).write_text(json.dumps(document), encoding="utf-8")
            try:
                as_document(open_config(project))
                taken += 1
            except ConfigError:
                refused += 1
    assert refused > taken > 0
