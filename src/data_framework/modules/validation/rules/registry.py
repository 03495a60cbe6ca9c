"""The catalogue: every rule by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType

from data_framework.modules.validation.rules import (
    aggregate_rules,
    column_rules,
    date_rules,
    file_rules,
    format_rules,
    history_rules,
    kind_rules,
    number_format_rules,
    ordered_rules,
    query_rules,
    set_rules,
    table_rules,
    text_rules,
    value_rules,
)
from data_framework.modules.validation.rules.arguments import near
from data_framework.modules.validation.rules.model import Rule, RuleError

_MODULES: tuple[ModuleType, ...] = (
    value_rules, text_rules, kind_rules, date_rules, format_rules, number_format_rules, column_rules, set_rules,
    ordered_rules, aggregate_rules, query_rules, table_rules, history_rules, file_rules,
)  # fmt: skip

RULES: Mapping[str, Rule] = {
    found.name: found for module in _MODULES for found in vars(module).values() if isinstance(found, Rule)
}


def find_rule(name: str, rules: Mapping[str, Rule] = RULES) -> Rule:
    """Return the rule of a name.

    Raises:
        RuleError: There is none; the message names the nearest.
    """
    if name not in rules:
        raise RuleError(f"there is no rule {name!r}.{near(name, rules)}", "algorithm")
    return rules[name]
