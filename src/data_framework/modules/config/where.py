"""Which entry of the platform file holds, and what the arguments of the run lay over it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from data_framework.modules.aws import AwsClients, AwsSettings
from data_framework.modules.config.environment import AwsRuntime, aws_runtime
from data_framework.modules.config.judge import validate
from data_framework.modules.config.model.platform import Arguments, Platform
from data_framework.modules.config.model.shared import ENVIRONMENTS
from data_framework.modules.config.nodes import Node
from data_framework.modules.exception import AwsError, EnvironmentNotResolvedError, Problem
from data_framework.modules.utils.nearest import suggest

_SPELLED_OUT = {"preproduction", "production"}


def read_arguments(given: Mapping[str, Any], problems: list[Problem]) -> Arguments:
    """Make the arguments of a run; `--file-date` and `--file_date` are the same."""
    values = {key.lstrip("-").replace("-", "_"): value for key, value in given.items() if value is not None}
    nodes = {key: Node(_text(value), "arguments", None, f"--{key.replace('_', '-')}") for key, value in values.items()}
    return validate(Arguments, Node(nodes, "arguments"), problems) or Arguments()


def platform_entries(document: Node | None, problems: list[Problem]) -> dict[str, Node]:
    """Return the entries of the platform file by key, each with its environment, all of them checked."""
    entries: dict[str, Node] = {}
    for key, node in document.items() if document else ():
        if not (key in ENVIRONMENTS or (key.isdigit() and len(key) == 12)):
            expected = f"{', '.join(ENVIRONMENTS)} or an AWS account id of 12 digits"
            hint = suggest(key, ENVIRONMENTS)
            problems.append(Problem(node.file, node.line, node.place, f"the unknown key {key!r}", expected, hint))
            continue
        entry = _with_environment(key, node, problems)
        if validate(Platform, entry, problems) is not None:
            entries[key] = entry
    return entries


def choose_entry(entries: Mapping[str, Node], environment: str | None) -> tuple[str, Node]:
    """Choose the entry that holds: of the environment asked for, else of the machine.

    Raises:
        EnvironmentNotResolvedError: None fits, several do, or it must be spelled out.
    """
    if environment is not None:
        return _asked_for(entries, environment)
    runtime = aws_runtime(os.environ)
    if runtime is not None:
        return _of_account(entries, runtime)
    entry = entries.get("local", Node({"environment": Node("local")}))
    found = _environment(entry)
    if found in _SPELLED_OUT:
        raise EnvironmentNotResolvedError(reason=f"the entry 'local' is {found}, which must be spelled out")
    return "local", entry


def _of_account(entries: Mapping[str, Node], runtime: AwsRuntime) -> tuple[str, Node]:
    """The entry of the account this process runs in: its credentials say which that is."""
    try:
        account = AwsClients(AwsSettings()).account()
    except AwsError as error:
        reason = f"this runs in {runtime.service}, and its account is not known: {error.message.rstrip('.')}"
        raise EnvironmentNotResolvedError(reason=reason, hint=error.hint) from error
    if account not in entries:
        known = ", ".join(key for key in entries if key.isdigit()) or "no account"
        reason = f"this runs in {runtime.service} of account {account}, and the platform file has {known}"
        raise EnvironmentNotResolvedError(reason=reason, hint=f'Add an entry "{account}" to platform.json.')
    return account, entries[account]


def overridden(entry: Node, arguments: Arguments) -> Node:
    """Lay the arguments that mean the platform over its entry."""
    for key, argument in (("technology", arguments.technology), ("s3_bucket_prefix", arguments.bucket_prefix)):
        if argument is not None:
            option = "--bucket-prefix" if key == "s3_bucket_prefix" else "--technology"
            entry = entry.with_value(key, Node(argument, "arguments", None, option))
    return entry


def _asked_for(entries: Mapping[str, Node], environment: str) -> tuple[str, Node]:
    fitting = [(key, node) for key, node in entries.items() if _environment(node) == environment]
    if len(fitting) == 1:
        return fitting[0]
    exact = [(key, node) for key, node in fitting if key == environment]
    if exact:
        return exact[0]
    if not fitting and environment == "local":
        return "local", Node({"environment": Node("local", "arguments", None, "--environment")})
    keys = ", ".join(key for key, _ in fitting) or "none"
    reason = f"the platform file must have one entry whose environment is {environment}; it has {keys}"
    raise EnvironmentNotResolvedError(reason=reason, hint="Correct platform.json.")


def _with_environment(key: str, node: Node, problems: list[Problem]) -> Node:
    if not node.is_object or node.get("environment") is not None:
        return node
    if key in ENVIRONMENTS:
        return node.with_value("environment", Node(key, node.file, node.line, node.place))
    place = f"{node.place}.environment"
    problems.append(Problem(node.file, node.line, place, "nothing", f"one of {', '.join(ENVIRONMENTS)}"))
    return node


def _environment(node: Node) -> str:
    found = node.get("environment")
    return str(found.value) if found else "local"


def _text(value: Any) -> Any:
    return value if isinstance(value, bool | int | float | str) else str(value)
