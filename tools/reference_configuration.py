"""The page of the configuration, from the JSON Schemas of its models."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from reference import code, page, table

Schema = Mapping[str, Any]
MEANINGS = Path(__file__).with_name("key_meanings.txt")
SHARED = ("DatedSpecs", "FileControl")


def configuration() -> str:
    """The page: every key of every file, with what it takes, its default and what it means."""
    from data_framework.modules.config.model.controls import Control
    from data_framework.modules.config.model.flows import Dataflow
    from data_framework.modules.config.model.platform import Platform
    from data_framework.modules.config.model.tables import TableContract

    files: dict[str, tuple[type[BaseModel], str]] = {
        "platform.json, one entry": (Platform, "entry"),
        "transformation.json, one dataflow": (Dataflow, "dataflow"),
        "tables/*.json": (TableContract, "table"),
        "controls/*.json, one control": (Control, "control"),
    }
    lines: list[str] = []
    for title, (model, root) in files.items():
        lines += [f"## {title}", ""]
        for place, schema in _objects(model.model_json_schema(), root):
            lines += [
                f"### {place}",
                "",
                _about(schema),
                "",
                *table(["key", "takes", "default", "means"], _keys(schema)),
                "",
            ]
    intro = ("Written from the models that check the files. `data-framework config schema` prints the JSON Schema for "
             "an editor, `config explain KEY` one key; a key that is not here is an error.")  # fmt: skip
    return page("Configuration", intro, lines)


def _objects(schema: Schema, root: str) -> Iterator[tuple[str, Schema]]:
    """Yield an object and those its keys lead to, each once, with the place it is first found at."""
    waiting, seen = [(root, schema)], set[str]()
    while waiting:
        place, found = waiting.pop(0)
        if "properties" not in found:
            continue
        yield place, found
        for key, value in found["properties"].items():
            for name, ending in _references(value, ""):
                if name not in seen:
                    seen.add(name)
                    waiting.append((f"{place}.{key}{ending}", schema["$defs"][name]))


def _references(value: Schema, ending: str) -> Iterator[tuple[str, str]]:
    if "$ref" in value:
        yield value["$ref"].rsplit("/", 1)[-1], ending
    for choice in [*value.get("anyOf", ()), *value.get("oneOf", ()), *value.get("allOf", ())]:
        yield from _references(choice, ending)
    if isinstance(value.get("items"), dict):
        yield from _references(value["items"], ending + "[]")
    if isinstance(value.get("additionalProperties"), dict):
        yield from _references(value["additionalProperties"], ending + ".<name>")


def _keys(schema: Schema) -> Iterator[tuple[str, str, str, str]]:
    required = set(schema.get("required", ()))
    for key, value in schema["properties"].items():
        default = "required" if key in required else code(value.get("default"))
        if isinstance(value.get("default"), dict):
            default = ""
        yield f"`{key}`", _takes(value), default, _means(schema["title"], key, value)


def _means(model: str, key: str, value: Schema) -> str:
    """What the model says about a key, else the list of meanings; a key nobody explains is an error."""
    for place in (f"{model}.{key}", *(f"{parent}.{key}" for parent in SHARED)):
        said = value.get("description") or meanings().get(place)
        if said:
            return str(said)
    raise SystemExit(f"tools/key_meanings.txt does not say what {model}.{key} means")


@cache
def meanings() -> Mapping[str, str]:
    """The meanings by `Model.key`."""
    lines = [line for line in MEANINGS.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return dict(line.split(" | ", 1) for line in lines)


def _takes(value: Schema) -> str:
    """Say in words what a key takes."""
    if "enum" in value or "const" in value:
        return ", ".join(str(code(choice)) for choice in value.get("enum", [value.get("const")]))
    if "anyOf" in value or "oneOf" in value:
        choices = value.get("anyOf") or value.get("oneOf") or []
        said = [_takes(choice) for choice in choices if choice.get("type") != "null"]
        return " or ".join(dict.fromkeys(said))
    if "$ref" in value or "allOf" in value:
        return "object"
    if value.get("type") == "array":
        inner = _takes(value["items"]) if isinstance(value.get("items"), dict) else "anything"
        return f"list of {inner}"
    words = {"string": "text", "integer": "whole number", "boolean": "true or false", "object": "object"}
    return words.get(str(value.get("type", "")), str(value.get("type", "anything")))


def _about(schema: Schema) -> str:
    return " ".join(inspect.cleandoc(str(schema.get("description", ""))).split("\n\nAttributes:")[0].split())
