"""Opening a project's configuration: read, resolve, judge, cross-check; every problem at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import Field

from data_framework.modules.config.check_tables import contract_problems
from data_framework.modules.config.checks import check, find_unsupported
from data_framework.modules.config.config import Config
from data_framework.modules.config.judge import validate
from data_framework.modules.config.model.controls import Control
from data_framework.modules.config.model.flows import PROCESS_NAMES, CoreVersion, Dataflow
from data_framework.modules.config.model.platform import Arguments, Platform
from data_framework.modules.config.model.tables import Model, TableContract
from data_framework.modules.config.nodes import Node
from data_framework.modules.config.project import ProjectFiles, find_project
from data_framework.modules.config.resolve import has_tables, merged_dataflows, prefixed, resolved_dataflow
from data_framework.modules.config.sources import Sources, contract_nodes, control_nodes, read_sources
from data_framework.modules.config.where import choose_entry, overridden, platform_entries, read_arguments
from data_framework.modules.exception import ConfigErrors, ConfigParseError, Problem


class DataflowsDocument(Model):
    """The dataflows file, its dataflows aside."""

    project_id: str | None = Field(default=None, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")
    data_framework: CoreVersion = Field(default_factory=CoreVersion)
    dataflows: Mapping[str, Any]


def open_config(
    project: str | Path | None = None, *, local_file: str | Path | None = None, environment: str | None = None,
    arguments: Mapping[str, Any] | None = None,
) -> Config:  # fmt: skip
    """Open a project's configuration for one environment.

    Args:
        project: Its folder or zip; None: `arguments["project"]`, else found from the current folder upwards.
        local_file: The dataflows file, whose folder is the project.
        environment: local, develop, preproduction or production; None: detected.
        arguments: The arguments of a run, as INTERFACE names them.

    Raises:
        ConfigErrors: The configuration is wrong; carries every problem.
        ConfigParseError: A file is no JSON; carries the problems of all files.
        ProjectNotFoundError: There is no project.
        EnvironmentNotResolvedError: The environment is not clear.
    """
    given = {**(arguments or {}), **_stated(project=project, local_file=local_file, environment=environment)}
    problems: list[Problem] = []
    run = read_arguments(given, problems)
    if problems:
        raise ConfigErrors(problems=problems)
    files = find_project(run.project, run.local_file)
    sources = read_sources(files)
    entries = platform_entries(sources.platform, sources.problems)
    account, entry = _chosen(entries, run, sources.problems)
    draft = _Draft(files, run, sources, account, entry)
    if sources.broken:
        _judge_what_can_be(draft)
        raise ConfigParseError(problems=_once(sources.problems))
    return _build(draft)


def read_contracts(path: Path) -> tuple[TableContract, ...]:
    """Read the contracts of one file without a project.

    Raises:
        ConfigErrors: The file is wrong; carries every problem.
    """
    sources, node = _one_file(path)
    nodes = list(contract_nodes(node, sources.problems))
    contracts: tuple[TableContract, ...] = _all(TableContract, nodes, sources)
    faults = [problem for one, tree in zip(contracts, nodes, strict=True) for problem in contract_problems(one, tree)]
    if faults:
        raise ConfigErrors(problems=faults)
    return contracts


def read_controls(path: Path) -> tuple[Control, ...]:
    """Read the controls of one file without a project: ids, layer, database and table may be left out.

    Raises:
        ConfigErrors: The file is wrong; carries every problem.
    """
    sources, node = _one_file(path)
    return _all(Control, list(control_nodes(node, sources.problems)), sources)


@dataclass
class _Draft:
    files: ProjectFiles
    run: Arguments
    sources: Sources
    account: str
    entry: Node
    layers: dict[tuple[str, str], str] = field(default_factory=dict)


def _build(draft: _Draft) -> Config:
    problems, sources = draft.sources.problems, draft.sources
    platform = validate(Platform, draft.entry, problems) or Platform()
    document = validate(DataflowsDocument, sources.document, problems)
    contract_trees = [prefixed(node, draft.entry) for node in sources.contracts]
    control_trees = [prefixed(node, draft.entry) for node in sources.controls]
    contracts = [validate(TableContract, node, problems) for node in contract_trees]
    draft.layers = {(c.database, c.table): c.layer for c in contracts if c is not None and c.layer is not None}
    trees, dataflows = _dataflows(draft)
    controls = [validate(Control, node, problems) for node in control_trees]
    tree = {
        "platform": draft.entry,
        "dataflows": Node({**_default(sources.document), **trees}),
        "tables": Node(contract_trees),
        "controls": Node(control_trees),
        **dict(sources.document.without("dataflows").items()),
    }
    project_id = (document.project_id if document else None) or PurePosixPath(draft.files.dataflows_file).stem
    config = Config(
        project=draft.files, project_id=project_id, platform=platform, dataflows=dataflows, account=draft.account,
        contracts=tuple(c for c in contracts if c is not None), controls=tuple(c for c in controls if c is not None),
        arguments=draft.run, tree=replace(sources.document, value=tree),
    )  # fmt: skip
    if problems:
        raise ConfigErrors(problems=_once(problems))
    return _checked(config)


def _checked(config: Config) -> Config:
    found = list(check(config))
    errors = [problem for problem in found if not problem.warning]
    if errors:
        raise ConfigErrors(problems=_once(errors))
    warnings = _once([problem for problem in found if problem.warning])
    return replace(config, warnings=tuple(warnings), unsupported=tuple(find_unsupported(config)))


def _dataflows(draft: _Draft) -> tuple[dict[str, Node], dict[str, Dataflow]]:
    trees, dataflows = {}, {}
    problems = draft.sources.problems
    for name, merged in merged_dataflows(draft.sources.document, problems).items():
        trees[name] = tree = resolved_dataflow(merged, draft.entry, draft.layers, problems)
        dataflow = validate(Dataflow, tree, problems)
        if dataflow is not None:
            dataflows[name] = _existing(name, dataflow, tree)
    return trees, dataflows


def _existing(name: str, dataflow: Dataflow, tree: Node) -> Dataflow:
    order = {key: position for position, key in enumerate(PROCESS_NAMES)}
    named = sorted(dataflow.processes.items(), key=lambda item: order.get(item[0], len(order)))
    present = {key: process for key, process in named if has_tables(tree.get("processes", key) or tree)}
    kept = dataflow.model_copy(update={"processes": present})
    kept._name = name
    return kept


def _chosen(entries: Mapping[str, Node], run: Arguments, problems: list[Problem]) -> tuple[str, Node]:
    if problems:
        return "local", overridden(entries.get("local", Node({})), run)
    account, entry = choose_entry(entries, run.environment)
    return account, overridden(entry, run)


def _judge_what_can_be(draft: _Draft) -> None:
    sources = draft.sources
    for node in sources.contracts:
        validate(TableContract, node, sources.problems)
    for node in sources.controls:
        validate(Control, node, sources.problems)
    if sources.document.get("dataflows") is not None:
        _dataflows(draft)


def _one_file(path: Path) -> tuple[Sources, Node | None]:
    sources = Sources(Node({}))
    try:
        node = sources.read(str(path), path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        found = getattr(error, "strerror", None) or str(error)
        raise ConfigErrors(problems=[Problem(str(path), None, "", found, "a JSON file in UTF-8")]) from error
    return sources, node


def _all(model: type[Any], nodes: list[Node], sources: Sources) -> tuple[Any, ...]:
    made = [validate(model, node, sources.problems) for node in nodes]
    if sources.problems:
        kind = ConfigParseError if sources.broken else ConfigErrors
        raise kind(problems=_once(sources.problems))
    return tuple(made)


def _default(document: Node) -> dict[str, Node]:
    default = document.get("dataflows", "default")
    return {} if default is None else {"default": default}


def _once(problems: list[Problem]) -> list[Problem]:
    unique = {(p.file, p.line, p.place, p.found, p.expected): p for p in problems}
    return sorted(unique.values(), key=lambda p: (p.file, p.line or 0, p.place))


def _stated(**values: Any) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}
