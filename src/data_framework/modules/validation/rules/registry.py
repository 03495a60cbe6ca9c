"""The catalogue: every rule by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType

from data_framework.modules.validation.rules import aggregate_rules, file_rules, row_rules, set_rules
from data_framework.modules.validation.rules.arguments import near
from data_framework.modules.validation.rules.model import Rule, RuleError

_MODULES: tuple[ModuleType, ...] = (row_rules, set_rules, aggregate_rules, file_rules)

RULES: Mapping[str, Rule] = {
    found.name: found for module in _MODULES for found in vars(module).values() if isinstance(found, Rule)
}


def find_rule(name: str) -> Rule:
    """Return the rule of a name.

    Raises:
        RuleError: There is none; the message names the nearest.
    """
    if name not in RULES:
        raise RuleError(f"there is no rule {name!r}.{near(name, RULES)}", "algorithm")
    return RULES[name]
