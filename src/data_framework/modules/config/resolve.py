"""From what files say to what holds: inheritance, vars of the environment, engine, prefix and layers of tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from data_framework.modules.config.model.shared import ENVIRONMENTS, LAYERS
from data_framework.modules.config.nodes import Node, join_place, merge
from data_framework.modules.exception import Problem
from data_framework.modules.utils.nearest import suggest

TABLE_KEYS: tuple[str, ...] = ("incoming_file", "output_file", "source_tables", "target_tables", "output_reports")
_SIDES: tuple[tuple[str, int], ...] = (("source_tables", 0), ("target_tables", -1))


def merged_dataflows(document: Node, problems: list[Problem]) -> dict[str, Node]:
    """Merge every named dataflow over `default`."""
    flows = document.get("dataflows")
    if flows is None:
        return {}
    if not flows.is_object:
        problems.append(Problem(flows.file, flows.line, flows.place, "another value", "an object {…}"))
        return {}
    default = flows.get("default") or Node({}, flows.file, flows.line, flows.place)
    return {name: merge(default, node) for name, node in flows.items() if name != "default"}


def resolved_dataflow(
    node: Node, platform: Node, layers: Mapping[tuple[str, str], str], problems: list[Problem]
) -> Node:
    """Apply environment, engine, database prefix and layers to a merged dataflow."""
    processes = node.get("processes")
    if processes is None or not processes.is_object:
        return node
    changed = {
        name: _resolved_process(name, process, platform, layers, problems) if process.is_object else process
        for name, process in processes.items()
    }
    return node.with_value("processes", replace(processes, value=changed))


def prefixed(node: Node, platform: Node) -> Node:
    """Put the platform's database prefix before the database of a table, contract or control."""
    prefix, database = platform.get("database_prefix"), node.get("database")
    if prefix is None or database is None or not isinstance(database.value, str):
        return node
    return node.with_value("database", replace(database, value=f"{prefix.value}{database.value}"))


def layer_of_database(database: str) -> str | None:
    """Return the layer a database's name ends with.

    Example:
        >>> layer_of_database("funds_staging"), layer_of_database("funds")
        ('staging', None)
    """
    ending = database.rpartition("_")[2]
    return ending if ending in LAYERS and ending != database else None


def has_tables(process: Node) -> bool:
    """Whether a merged process names any table or report: without, it does not exist."""
    return any((child := process.get(key)) is not None and child.value for key in TABLE_KEYS)


def _resolved_process(
    name: str, node: Node, platform: Node, layers: Mapping[tuple[str, str], str], problems: list[Problem]
) -> Node:
    node = _with_vars(node, platform, problems)
    node = _with_technology(node, platform)
    output = node.get("output_file")
    if output is not None and output.is_object:
        node = node.with_value("output_file", prefixed(output, platform))
    words = name.split("_to_")
    for side, end in _SIDES:

        def full(entry: Node, word: str = words[end]) -> Node:
            return _with_layer(prefixed(entry, platform), word, layers)

        node = _each(node, side, full)
    return node


def _each(node: Node, side: str, change: Callable[[Node], Node]) -> Node:
    tables = node.get(side)
    if tables is None or not tables.is_object:
        return node
    changed = {key: change(entry) if entry.is_object else entry for key, entry in tables.items()}
    return node.with_value(side, replace(tables, value=changed))


def _with_layer(entry: Node, word: str, layers: Mapping[tuple[str, str], str]) -> Node:
    if entry.get("layer") is not None:
        return entry
    names = [child.value if child is not None else "" for child in (entry.get("database"), entry.get("table"))]
    database, table = (name if isinstance(name, str) else "" for name in names)
    layer = layers.get((database, table)) or layer_of_database(database) or word
    return entry.with_value("layer", Node(layer, place=join_place(entry.place, "layer"))) if layer in LAYERS else entry


def _with_technology(node: Node, platform: Node) -> Node:
    technology = platform.get("technology")
    specifications = node.get("processing_specifications") or Node({}, node.file, node.line, node.place)
    if technology is None or technology.value is None or not specifications.is_object:
        return node
    return node.with_value("processing_specifications", specifications.with_value("technology", technology))


def _with_vars(node: Node, platform: Node, problems: list[Problem]) -> Node:
    variables = node.get("vars")
    if variables is None or not variables.is_object:
        return node
    problems.extend(_wrong_vars(variables))
    environment = platform.get("environment")
    merged = Node({}, variables.file, variables.line, variables.place)
    for name in ("default", str(environment.value) if environment else "local"):
        part = variables.get(name)
        if part is not None and part.is_object:
            merged = merge(merged, part)
    return node.with_value("vars", merged)


def _wrong_vars(variables: Node) -> Iterator[Problem]:
    known = ("default", *ENVIRONMENTS)
    for name, part in variables.items():
        if name not in known:
            found, expected = f"the unknown key {name!r}", f"one of {', '.join(known)}"
            yield Problem(part.file, part.line, part.place, found, expected, suggest(name, known))
        elif not part.is_object:
            yield Problem(part.file, part.line, part.place, "another value", "an object {…} of variables")
