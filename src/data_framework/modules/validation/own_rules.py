"""A project's own rules beside the built-in ones: of its file `transformation/rules.py`, and registered ones.

They are looked for only when a control names a rule that is not built in, or all rules are asked for.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterator, Mapping
from functools import cached_property
from types import ModuleType
from typing import Any

from typing_extensions import override

from data_framework.modules.config import ProjectFiles
from data_framework.modules.validation.python_controls import load_source
from data_framework.modules.validation.rules import RULES, Rule, RuleError

GROUP = "data_framework.rule"
SOURCE = "transformation/rules.py"


class RuleBook(Mapping[str, Rule]):
    """Every rule a project may name: built in, its own, those registered under the entry point `data_framework.rule`.

    Args:
        project: The project, None without one.
    """

    def __init__(self, project: ProjectFiles | None = None) -> None:
        self._project = project

    @cached_property
    def own(self) -> Mapping[str, Rule]:
        """The rules that are not built in.

        Raises:
            RuleError: One has the name of another, is no rule of data, or the file cannot be loaded.
        """
        found: dict[str, Rule] = {}
        for name, rule in [*self._registered(), *self._of_project()]:
            if name in RULES or name in found:
                raise RuleError(f"there is a rule {name!r} already: give yours another name", "algorithm")
            if rule.shape == "file":
                raise RuleError(f"the rule {name!r} cannot judge files: its shape is one of data", "algorithm")
            found[name] = rule
        return found

    @override
    def __getitem__(self, name: str) -> Rule:
        return RULES[name] if name in RULES else self.own[name]

    @override
    def __iter__(self) -> Iterator[str]:
        yield from RULES
        yield from self.own

    @override
    def __len__(self) -> int:
        return len(RULES) + len(self.own)

    def _registered(self) -> Iterator[tuple[str, Rule]]:
        for point in importlib.metadata.entry_points(group=GROUP):
            yield from _rules_in(point.load(), point.value)

    def _of_project(self) -> Iterator[tuple[str, Rule]]:
        if self._project is not None and self._project.exists(SOURCE):
            yield from _rules_in(load_source(self._project, SOURCE, "rules"), SOURCE)


def _rules_in(found: Any, where: str) -> Iterator[tuple[str, Rule]]:
    """The rules of a module, or the one rule itself; those a module only imports from the catalogue apart."""
    rules = list(vars(found).values()) if isinstance(found, ModuleType) else [found]
    if not isinstance(found, ModuleType | Rule):
        raise RuleError(f"{where} is no rule: decorate its function with @rule", "algorithm")
    built_in = set(map(id, RULES.values()))
    yield from ((one.name, one) for one in rules if isinstance(one, Rule) and id(one) not in built_in)
