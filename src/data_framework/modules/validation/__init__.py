"""The rules engine: controls as users write them, compiled into a table's plan, judged and kept as results.

What only commands need is imported on first use, so that a run does not pay for it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from data_framework.modules.validation.contract_columns import compare_columns
from data_framework.modules.validation.core_quality_controls import QUALITY_CONTROLS, open_quality_controls
from data_framework.modules.validation.interface_quality_controls import (
    Compiled,
    ControlContext,
    ControlResult,
    QualityControlsInterface,
)

if TYPE_CHECKING:
    from data_framework.modules.validation.catalogue import describe_rules, rules_page
    from data_framework.modules.validation.checking import FileChecked, check_file
    from data_framework.modules.validation.examples import Shown, show_controls, show_rules
    from data_framework.modules.validation.failed_rows import write_failed_rows
    from data_framework.modules.validation.integrations.file_validator import LandedFile
    from data_framework.modules.validation.loading import all_controls, load_tables
    from data_framework.modules.validation.own_rules import RuleBook
    from data_framework.modules.validation.problems import control_problems
    from data_framework.modules.validation.rules import RULES
    from data_framework.modules.validation.suggesting import suggest_controls

_LATER = {
    "FileChecked": "checking", "check_file": "checking", "Shown": "examples", "show_controls": "examples",
    "show_rules": "examples", "describe_rules": "catalogue", "rules_page": "catalogue", "RuleBook": "own_rules",
    "suggest_controls": "suggesting",
    "write_failed_rows": "failed_rows", "all_controls": "loading", "load_tables": "loading",
    "control_problems": "problems", "RULES": "rules", "LandedFile": "integrations.file_validator",
}  # fmt: skip

__all__ = [
    "QUALITY_CONTROLS", "RULES", "Compiled", "ControlContext", "ControlResult", "FileChecked", "LandedFile",
    "QualityControlsInterface", "RuleBook", "Shown", "all_controls", "check_file", "compare_columns",
    "control_problems", "describe_rules", "load_tables", "open_quality_controls", "rules_page", "show_controls",
    "show_rules", "suggest_controls", "write_failed_rows",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_LATER[name]}"), name)
