"""The catalogue of built-in rules: one small pure function each, found by name."""

from data_framework.modules.validation.rules.model import Argument, Examples, Field, Rule, RuleError
from data_framework.modules.validation.rules.registry import RULES, find_rule

__all__ = ["RULES", "Argument", "Examples", "Field", "Rule", "RuleError", "find_rule"]
