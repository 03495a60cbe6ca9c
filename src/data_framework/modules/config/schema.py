"""JSON Schema of everything a project may write, and the list of all its keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from typing_extensions import override

from data_framework.modules.config.model.controls import Control
from data_framework.modules.config.model.flows import PROCESS_NAMES, CoreVersion, Dataflow
from data_framework.modules.config.model.platform import Platform
from data_framework.modules.config.model.shared import ENVIRONMENTS
from data_framework.modules.config.model.tables import TableContract

DRAFT = "https://json-schema.org/draft/2020-12/schema"
DOCUMENTS: tuple[str, ...] = ("platform", "transformation", "dataflow", "tables", "controls")

Schema = dict[str, Any]


@dataclass(frozen=True)
class LeafKey:
    """One key that holds a value and no further keys.

    Attributes:
        document: platform, transformation, dataflow, tables or controls.
        place: The keys from the document's root; `*` stands for a free name (a dataflow, a table's key), `[]` for an
            item of a list.
        sample: A value other than the default that the key takes.
        default: What holds where the key is not written, None where it must be.
        description: What the schema says of it.
    """

    document: str
    place: tuple[str, ...]
    sample: Any
    default: Any = None
    description: str = ""

    @override
    def __str__(self) -> str:
        return ".".join(self.place).replace(".[]", "[]")


def document_schema(document: str) -> Schema:
    """Return the JSON Schema of one kind of file: platform, transformation, dataflow, tables or controls.

    Raises:
        KeyError: There is no such kind.
    """
    made = {
        "platform": _platform,
        "transformation": _transformation,
        "dataflow": _dataflow,
        "tables": _tables,
        "controls": _controls,
    }
    schema = made[document]()
    return {"$schema": DRAFT, "title": f"data-framework: {document}", **schema}


def leaf_keys(document: str) -> Iterator[LeafKey]:
    """List every key of a kind of file that holds a value, with a sample to try it with."""
    schema = document_schema(document)
    yield from _leaves(document, schema, schema, ())


def _platform() -> Schema:
    entry, definitions = _model(Platform)
    return {
        **_object(dict.fromkeys(ENVIRONMENTS, entry)),
        "patternProperties": {"^[0-9]{12}$": entry},
        "$defs": definitions,
    }


def _transformation() -> Schema:
    dataflow, definitions = _model(Dataflow)
    version, more = _model(CoreVersion)
    definitions = {name: _partial(kind) for name, kind in {**definitions, **more}.items()}
    variables = _object({name: {"type": "object"} for name in ("default", *ENVIRONMENTS)})
    definitions["Process"]["properties"]["vars"] = variables
    processes = {"type": "object", "propertyNames": {"enum": list(PROCESS_NAMES)}}
    dataflow["properties"]["processes"] |= processes
    flows = {"type": "object", "additionalProperties": {"$ref": "#/$defs/Dataflow"}}
    members = {"project_id": {"type": "string"}, "data_framework": version, "dataflows": flows}
    definitions["Dataflow"] = _partial(dataflow)
    return {**_object(members), "required": ["dataflows"], "$defs": definitions}


def _dataflow() -> Schema:
    definitions = _transformation()["$defs"]
    dataflow = definitions["Dataflow"]
    return {**dataflow, "properties": {"$schema": {"type": "string"}, **dataflow["properties"]}, "$defs": definitions}


def _tables() -> Schema:
    contract, definitions = _model(TableContract)
    definitions["TableContract"] = contract
    one = {"$ref": "#/$defs/TableContract"}
    single = {**contract, "properties": {"$schema": {"type": "string"}, **contract["properties"]}}
    return {"anyOf": [single, _object({"tables": {"type": "array", "items": one}})], "$defs": definitions}


def _controls() -> Schema:
    control, definitions = _model(Control)
    return {
        **_object({"controls": {"type": "array", "items": control}}),
        "required": ["controls"],
        "$defs": definitions,
    }


def _model(model: type[Any]) -> tuple[Schema, dict[str, Schema]]:
    schema = model.model_json_schema()
    return schema, schema.pop("$defs", {})


def _object(properties: Mapping[str, Any]) -> Schema:
    members = {"$schema": {"type": "string"}, **properties}
    return {"type": "object", "properties": members, "additionalProperties": False}


def _partial(schema: Schema) -> Schema:
    """Drop `required`: a dataflow may leave to `default` what it likes, and the merged one is judged."""
    return {key: value for key, value in schema.items() if key != "required"}


def _leaves(document: str, root: Schema, schema: Schema, place: tuple[str, ...]) -> Iterator[LeafKey]:
    schema = _resolved(root, schema)
    inner = [option for option in _options(root, schema) if _children(root, option)]
    if not inner:
        if place and place[-1] not in {"$schema", "*", "[]"}:
            sample = _sample(root, schema, schema.get("default"))
            yield LeafKey(document, place, sample, schema.get("default"), schema.get("description", ""))
        return
    seen: set[str] = set()
    for option in inner:
        for key, child in _children(root, option):
            if key not in seen and key != "$schema":
                seen.add(key)
                yield from _leaves(document, root, child, (*place, key))


def _children(root: Schema, schema: Schema) -> list[tuple[str, Schema]]:
    found = list(schema.get("properties", {}).items())
    more = schema.get("additionalProperties")
    if isinstance(more, dict) and any(_children(root, option) for option in _options(root, _resolved(root, more))):
        found.append(("*", more))
    items = schema.get("items")
    if isinstance(items, dict) and any(_children(root, option) for option in _options(root, _resolved(root, items))):
        found.append(("[]", items))
    return found


def _options(root: Schema, schema: Schema) -> list[Schema]:
    options = schema.get("anyOf") or schema.get("oneOf")
    return [_resolved(root, option) for option in options] if options else [schema]


def _resolved(root: Schema, schema: Schema) -> Schema:
    while "$ref" in schema:
        target = root["$defs"][schema["$ref"].rpartition("/")[2]]
        schema = {**target, **{key: value for key, value in schema.items() if key != "$ref"}}
    return schema


def _sample(root: Schema, schema: Schema, default: Any) -> Any:
    if schema.get("examples"):
        return schema["examples"][0]
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return next((choice for choice in schema["enum"] if choice != default), default)
    for option in _options(root, schema):
        sample = _simple_sample(root, option, default)
        if sample is not None:
            return sample
    return "x"


def _simple_sample(root: Schema, schema: Schema, default: Any) -> Any:
    kind = schema.get("type")
    if schema.get("format") == "secret":
        return "env:SECRET"
    if "enum" in schema or "const" in schema:
        return _sample(root, schema, default)
    if kind == "array":
        first = default[0] if isinstance(default, list) and default else None
        return [_sample(root, _resolved(root, schema.get("items", {"type": "string"})), first)]
    if kind in {"integer", "number"}:
        return _number_sample(schema, default)
    samples: dict[Any, Any] = {"boolean": not default, "string": "x" if default != "x" else "y", "object": {"x": "y"}}
    return samples.get(kind)


def _number_sample(schema: Schema, default: Any) -> int | float:
    start = default if isinstance(default, int | float) else schema.get("minimum", 0)
    highest = schema.get("maximum")
    if highest is not None and start + 1 > highest:
        return float(start) / 2 if schema["type"] == "number" else int(start) - 1
    return start + 1 if highest is None or highest > 1 else 0.5
