"""Reading every configuration file of a project, with all their problems at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from data_framework.modules.config.json_text import JsonSyntaxError, parse_json
from data_framework.modules.config.nodes import Node, merge
from data_framework.modules.config.project import PLATFORM_FILE, ProjectFiles
from data_framework.modules.exception import Problem


@dataclass
class Sources:
    """What the files say, before anything is merged or judged.

    Attributes:
        document: The dataflows file, the files below `dataflows/` merged in.
        platform: The platform file, None where there is none.
        contracts, controls: One node per contract and per control.
        problems: What could not be read.
        broken: Whether a file is no JSON at all.
    """

    document: Node
    platform: Node | None = None
    contracts: list[Node] = field(default_factory=list)
    controls: list[Node] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    broken: bool = False

    def read(self, name: str, text: str, place: str = "") -> Node | None:
        """Read one file as a JSON object without its `$schema`; None and a problem where it is none."""
        try:
            node, problems = parse_json(text, name, place)
        except JsonSyntaxError as error:
            self.problems.append(error.problem)
            self.broken = True
            return None
        self.problems.extend(problems)
        if not node.is_object:
            self.problems.append(Problem(name, 1, "", "another value", "a JSON object {…}"))
            return None
        for key, child in node.items():
            if key.startswith("$") and key != "$schema":
                found, hint = f"the unknown key {key!r}", "Did you mean '$schema'?"
                self.problems.append(Problem(name, child.line, key, found, "$schema, or no such key", hint))
        return node.without(*(key for key in node.value if key.startswith("$")))


def read_sources(files: ProjectFiles) -> Sources:
    """Read the dataflows, the platform, the contracts and the controls of a project."""
    sources = Sources(Node({}, files.dataflows_file, 1))
    document = _read(sources, files, files.dataflows_file)
    sources.document = document or sources.document
    for name in files.list("dataflows/*.json"):
        _merge_in(sources, name, _read(sources, files, name, f"dataflows.{PurePosixPath(name).stem}"))
    if files.exists(PLATFORM_FILE):
        sources.platform = _read(sources, files, PLATFORM_FILE)
    for name in files.list("tables/*.json"):
        sources.contracts.extend(contract_nodes(_read(sources, files, name), sources.problems))
    for name in files.list("controls/*.json"):
        sources.controls.extend(control_nodes(_read(sources, files, name), sources.problems))
    return sources


def contract_nodes(node: Node | None, problems: list[Problem]) -> Iterable[Node]:
    """Split a file of contracts: one contract, or {"tables": [...]}."""
    if node is None:
        return []
    members = list(node.items())
    if len(members) != 1 or not members[0][1].is_list:
        return [node]
    key, child = members[0]
    if key != "tables":
        found, expected = f"the unknown key {key!r}", "tables"
        problems.append(Problem(child.file, child.line, child.place, found, expected, "Did you mean 'tables'?"))
    return list(child.value)


def control_nodes(node: Node | None, problems: list[Problem]) -> Iterable[Node]:
    """Split a file of controls: {"controls": [...]}."""
    if node is None:
        return []
    controls = node.get("controls")
    for key, child in node.items():
        if key != "controls":
            hint = "Did you mean 'controls'?" if controls is None else ""
            problems.append(Problem(child.file, child.line, key, f"the unknown key {key!r}", "controls", hint))
    if controls is None or not controls.is_list:
        if len(node.value) <= (controls is not None):
            problems.append(Problem(node.file, node.line, "controls", "no list of controls", '{"controls": [ … ]}'))
        return []
    return list(controls.value)


def _read(sources: Sources, files: ProjectFiles, name: str, place: str = "") -> Node | None:
    try:
        text = files.read_text(name)
    except UnicodeDecodeError as error:
        found = f"byte {error.object[error.start]:#04x} at position {error.start}"
        sources.problems.append(Problem(name, None, "", found, "a text file in UTF-8"))
        sources.broken = True
        return None
    except OSError as error:
        sources.problems.append(Problem(name, None, "", error.strerror or str(error), "a file that can be read"))
        return None
    return sources.read(name, text, place)


def _merge_in(sources: Sources, name: str, node: Node | None) -> None:
    if node is None:
        return
    flows = sources.document.get("dataflows") or Node({}, sources.document.file, sources.document.line, "dataflows")
    if not flows.is_object:
        return
    stem = PurePosixPath(name).stem
    present = flows.get(stem)
    merged = replace(merge(present, node), place=node.place) if present is not None else node
    sources.document = sources.document.with_value("dataflows", flows.with_value(stem, merged))
