"""What holds and where it comes from: the resolved configuration as a document, and one key explained."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from data_framework.modules.config.config import Config
from data_framework.modules.config.nodes import Key, Node
from data_framework.modules.config.secrets import masked
from data_framework.modules.exception import UnknownKeyError
from data_framework.modules.utils.nearest import suggest

_PART = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


def as_document(config: Config) -> dict[str, Any]:
    """Return the resolved configuration with every default, secrets masked."""
    document = {
        "project": str(config.project.root), "project_id": config.project_id, "account": config.account,
        "environment": config.environment, "data_root": str(config.data_root),
        "platform": config.platform.model_dump(mode="json"),
        "dataflows": {name: flow.model_dump(mode="json") for name, flow in config.dataflows.items()},
        "tables": [contract.model_dump(mode="json") for contract in config.contracts],
        "controls": [control.model_dump(mode="json") for control in config.controls],
        "arguments": config.arguments.model_dump(mode="json", exclude_none=True),
    }  # fmt: skip
    shown: dict[str, Any] = masked(document)
    return shown


def explain(config: Config, key: str) -> dict[str, Any]:
    """Say what a key holds and where that was said.

    Args:
        config: The configuration.
        key: `dataflows.sales.processes.raw_to_staging.per`, short `sales.raw_to_staging.per`; `platform.limits.ratio`,
            short `limits.ratio`; `tables.sales_staging.orders.primary_keys`; `controls.C010.blocking`.

    Returns:
        key, value, source (file, default, derived, argument), file, line, place.

    Raises:
        UnknownKeyError: There is no such key; the hint names the nearest.
    """
    document = as_document(config)
    path = _full_path(config, document, [int(index) if index else word for word, index in _PART.findall(key)], key)
    value = _walk(document, path, key)
    node = config.tree.get(*path)
    found = {"key": _written(path), "value": value, "source": _source(node), "file": None, "line": None, "place": None}
    if node is not None and node.file:
        found |= {"file": node.file, "line": node.line, "place": node.place}
    return found


def _full_path(config: Config, document: Mapping[str, Any], path: list[Key], key: str) -> list[Key]:
    if not path:
        raise UnknownKeyError(name=key, suggestion=suggest(key, document))
    first = str(path[0])
    if first == "environment" or (first not in document and first in document["platform"]):
        return ["platform", *path]
    if first in config.dataflows:
        path = ["dataflows", *path]
    if path[0] == "dataflows" and len(path) > 2 and path[2] in _processes(config, path[1]):
        path = [*path[:2], "processes", *path[2:]]
    if path[0] in {"tables", "controls"} and len(path) > 1 and isinstance(path[1], str):
        path = _by_name(config, path, key)
    return path


def _by_name(config: Config, path: list[Key], key: str) -> list[Key]:
    if path[0] == "controls":
        names = [control.key for control in config.controls]
        used, rest = str(path[1]), path[2:]
    else:
        names = [f"{contract.database}.{contract.table}" for contract in config.contracts]
        used, rest = ".".join(str(part) for part in path[1:3]), path[3:]
    if used not in names:
        raise UnknownKeyError(name=key, suggestion=suggest(used, names))
    return [path[0], names.index(used), *rest]


def _processes(config: Config, dataflow: Key) -> Mapping[str, Any]:
    flow = config.dataflows.get(str(dataflow))
    return flow.processes if flow is not None else {}


def _walk(value: Any, path: Sequence[Key], key: str) -> Any:
    for part in path:
        members = dict(enumerate(value)) if isinstance(value, list) else value if isinstance(value, dict) else {}
        if part not in members:
            raise UnknownKeyError(name=key, suggestion=suggest(str(part), map(str, members)))
        value = members[part]
    return value


def _source(node: Node | None) -> str:
    if node is None:
        return "default"
    if node.file == "arguments":
        return "argument"
    return "file" if node.file else "derived"


def _written(path: Sequence[Key]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")
