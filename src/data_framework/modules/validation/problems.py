"""What is wrong with a project's controls, found before anything runs and without touching data."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from typing import Any

from data_framework.modules.config import Config
from data_framework.modules.config.model.controls import Control
from data_framework.modules.config.model.tables import TableRef
from data_framework.modules.exception import Problem
from data_framework.modules.utils.data_types import DataType
from data_framework.modules.utils.nearest import suggest
from data_framework.modules.validation.bound import Scope
from data_framework.modules.validation.compiling import compile_control
from data_framework.modules.validation.own_rules import RuleBook
from data_framework.modules.validation.places import TableFinder, promised
from data_framework.modules.validation.rules import RuleError, find_rule
from data_framework.modules.validation.rules.arguments import bind_arguments

_EXPECTED = {
    "algorithm": "a rule, query, pattern or function that can be run",
    "arguments": "the arguments its rule takes",
    "field": "columns of its table that its rule can judge",
    "where": "a condition over the columns of its table",
    "level": "Data or File, as its rule judges",
}


def control_problems(config: Config) -> Iterator[Problem]:
    """Find every problem of the project's controls: rules, arguments, fields, types, SQL, ids.

    Example of what is found: an unknown rule (with the nearest), an argument that is missing or wrong, a field the
    contract does not have or of a type the rule cannot judge, SQL that cannot be read or does more than read.
    """
    ids: dict[tuple[str, str], int] = {}
    book = RuleBook(config.project)
    for place, control in enumerate(config.controls):
        yield from _of_ids(config, place, control, ids)
        try:
            _check(config, control, book)
        except RuleError as error:
            found = _shown(getattr(control, error.key))
            expected = _EXPECTED.get(error.key, "a control that can be judged")
            hint = f"{control.key or control.algorithm}: {error}"
            yield config.problem(("controls", place, error.key), found, expected, hint, warning=error.doubtful)


def _of_ids(config: Config, place: int, control: Control, ids: dict[tuple[str, str], int]) -> Iterator[Problem]:
    both = (control.control_master_id, control.control_table_id)
    if control.control_table_id and both in ids:
        first = config.controls[ids[both]]
        hint = f"{first.name or first.algorithm!r} has them already: give every control a control_table_id of its own."
        yield config.problem(("controls", place, "control_table_id"), " ".join(both).strip(), "ids used once", hint)
    ids.setdefault(both, place)


def _check(config: Config, control: Control, book: RuleBook) -> None:
    if control.level == "File":
        _check_file(control, book)
        return
    target = TableRef(control.layer or "", config.database(control.database or ""), control.table or "")
    contract = config.contract(target.database, target.table)
    columns = {column.name: column.data_type for column in contract.columns} if contract else {}
    if contract and contract.partition_field:
        columns.setdefault(contract.partition_field, DataType("date"))
    finder = TableFinder(config, None, target)
    keys = contract.primary_keys if contract else ("unknown",)
    scope = Scope(
        target, columns, keys, None, finder, finder.columns, _function(config),
        today=date(2000, 1, 1), contract=partial(promised, config, target), rules=book,
    )  # fmt: skip
    compile_control(control, scope, control.key)


def _check_file(control: Control, book: RuleBook) -> None:
    rule = find_rule(control.algorithm, book)
    if rule.shape != "file":
        raise RuleError(f"{rule.name} judges data: its level is Data, not File", "level")
    bind_arguments(rule, control.arguments, {})


def _function(config: Config) -> Callable[[Control], Callable[[Any], Any]]:
    def found(control: Control) -> Callable[[Any], Any]:
        """Look for `module:function` in the project's files; other names are only known when they run."""
        module, _, name = control.algorithm.partition(":")
        if name:
            _check_source(config, f"transformation/{module.replace('.', '/')}.py", name)
        return lambda data: data

    return found


def _check_source(config: Config, path: str, name: str) -> None:
    if not config.project.exists(path):
        raise RuleError(f"there is no file {path} in the project", "algorithm")
    try:
        tree = ast.parse(config.project.read_text(path))
    except SyntaxError as error:
        raise RuleError(f"{path}, line {error.lineno}: {error.msg}", "algorithm") from error
    functions = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    imported = [
        alias.asname or alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names
    ]
    if name not in {*functions, *imported}:
        raise RuleError(f"{path} has no function {name!r}. {suggest(name, functions)}".rstrip(), "algorithm")


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= 120 else f"{text[:120]}…"
