"""Every key of the schema stands in the sample project; no letter of one can be changed unnoticed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from data_framework.modules.config import leaf_keys, open_config
from data_framework.modules.config.json_text import parse_json
from data_framework.modules.config.nodes import Node
from data_framework.modules.exception import ConfigErrors
from unit.config.builder import EVERYTHING

# Below these keys, names are the user's own.
FREE = {
    "dataflows", "source_tables", "target_tables", "notifications", "telemetry", "full_custom", "delta_custom",
    "arguments", "replaces", "pass_examples", "fail_examples",
}  # fmt: skip
FILES = sorted(path.relative_to(EVERYTHING).as_posix() for path in EVERYTHING.rglob("*.json"))


def is_free(path: tuple[Any, ...]) -> bool:
    """Whether the last key is a name the user chose; the platform's `notifications` holds keys of ours."""
    parents = [part for part in path[:-1] if isinstance(part, str)]
    if not parents:
        return False
    if "notifications" in parents and "processes" not in parents:
        return False
    if parents[-1] == "dataflows" and path[-1] == "default":
        return False
    inside = {"telemetry", "full_custom", "delta_custom", "arguments", "replaces", "pass_examples", "fail_examples"}
    return parents[-1] in FREE or bool(inside & set(parents)) or (len(parents) > 1 and parents[-2] == "vars")


def keys_of(node: Node, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    for key, child in node.items():
        yield (*path, key)
        yield from keys_of(child, (*path, key))
    for index, child in enumerate(node.value if node.is_list else ()):
        yield from keys_of(child, (*path, index))


def renamed(value: Any, path: tuple[Any, ...], name: str) -> Any:
    if len(path) == 1:
        return {name if key == path[0] else key: item for key, item in value.items()}
    if isinstance(value, list):
        return [renamed(item, path[1:], name) if index == path[0] else item for index, item in enumerate(value)]
    return {key: renamed(item, path[1:], name) if key == path[0] else item for key, item in value.items()}


CASES = [
    (file, path)
    for file in FILES
    for path in keys_of(parse_json((EVERYTHING / file).read_text(encoding="utf-8"), file)[0])
    if not is_free(path)
]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shutil.copytree(EVERYTHING, tmp_path_factory.mktemp("everything") / "project")


def test_the_sample_is_valid_and_uses_every_key() -> None:
    config = open_config(EVERYTHING)
    assert set(config.dataflows) == {"sales", "stock"}
    documents = {
        "platform": [json.loads((EVERYTHING / "platform.json").read_text())],
        "transformation": [json.loads((EVERYTHING / "transformation.json").read_text())],
        "tables": [json.loads((EVERYTHING / name).read_text()) for name in FILES if name.startswith("tables/")],
        "controls": [json.loads((EVERYTHING / name).read_text()) for name in FILES if name.startswith("controls/")],
    }
    missing = [
        f"{document}: {leaf}"
        for document, found in documents.items()
        for leaf in leaf_keys(document)
        if not any(stands_in(content, leaf.place) for content in found) and not spelled_elsewhere(leaf.place)
    ]
    assert not missing


def stands_in(value: Any, place: tuple[str, ...]) -> bool:
    if not place:
        return True
    if place[0] == "[]":
        return isinstance(value, list) and any(stands_in(item, place[1:]) for item in value)
    if not isinstance(value, dict):
        return False
    if place[0] == "*":
        return any(stands_in(item, place[1:]) for item in value.values())
    return place[0] in value and stands_in(value[place[0]], place[1:])


def spelled_elsewhere(place: tuple[str, ...]) -> bool:
    """The same model in a second place of the schema: other environments, lists of contracts, source tables."""
    return place[0] in {"develop", "preproduction", "production", "tables"} or "source_tables" in place


@pytest.mark.parametrize(("file", "path"), CASES, ids=[f"{file}:{'.'.join(map(str, path))}" for file, path in CASES])
def test_one_wrong_letter_in_any_key_is_refused_where_it_stands(
    file: str, path: tuple[Any, ...], project: Path
) -> None:
    name = str(path[-1])
    wrong = f"{name[:-1]}{'x' if name[-1] != 'x' else 'y'}"
    target = project / file
    original = target.read_text(encoding="utf-8")
    target.write_text(json.dumps(renamed(json.loads(original), path, wrong), indent=1), encoding="utf-8")
    line = next(n for n, text in enumerate(target.read_text().splitlines(), 1) if f'"{wrong}":' in text)
    try:
        with pytest.raises(ConfigErrors) as caught:
            open_config(project)
    finally:
        target.write_text(original, encoding="utf-8")
    named = [p for p in caught.value.problems if p.file == file and p.line == line and wrong in f"{p.place} {p.found}"]
    assert named, str(caught.value)
    assert name.isdigit() or any(name in f"{problem.hint} {problem.expected}" for problem in named)
