"""The catalogue of rules: one small pure function each, found by name; and what a project writes its own with."""

from data_framework.modules.data_process.plan.vocabulary import matches
from data_framework.modules.validation.rules.model import (
    Aggregate,
    Argument,
    Examples,
    Field,
    Judged,
    Key,
    Rule,
    RuleError,
    rule,
    shown,
)
from data_framework.modules.validation.rules.registry import RULES, find_rule
from data_framework.modules.validation.rules.said import said

__all__ = [
    "RULES", "Aggregate", "Argument", "Examples", "Field", "Judged", "Key", "Rule", "RuleError", "find_rule", "matches",
    "rule", "said", "shown",
]  # fmt: skip
