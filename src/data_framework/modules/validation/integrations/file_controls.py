"""Controls of whole files, judged before raw."""

from __future__ import annotations

from typing import Any

from data_framework.modules.config.model.tables import TableRef
from data_framework.modules.data_process.plan.model import CheckCount
from data_framework.modules.validation.bound import Bound, limits_of
from data_framework.modules.validation.integrations.file_validator import FILE_CHECKS, LandedFile
from data_framework.modules.validation.interface_quality_controls import ControlResult
from data_framework.modules.validation.judging import failed, outcome
from data_framework.modules.validation.rules import Rule, RuleError, find_rule
from data_framework.modules.validation.rules.arguments import bind_arguments
from data_framework.modules.validation.tables import Loaded


def judge_file(loaded: Loaded, landed: LandedFile, raw: TableRef, file_date: str) -> tuple[ControlResult, bool]:
    """Judge a landed file by one control; also whether there was anything to judge."""
    try:
        rule, arguments = _usable(loaded)
        found = FILE_CHECKS[rule.name](landed, arguments)
    except RuleError as error:
        return failed(loaded.control, str(error), raw, file_date), True
    bound = Bound(loaded.control, loaded.control.field, "rows", limits_of(loaded.control), dimension=rule.dimension)
    count = CheckCount(found.total, found.invalid)
    result = outcome(bound, count, found.total, found.invalid, found.observed, found.detail, raw, file_date)
    return result, bool(found.total)


def _usable(loaded: Loaded) -> tuple[Rule, dict[str, Any]]:
    control = loaded.usable
    rule = find_rule(control.algorithm)
    if control.algorithm_type != "Data Framework" or rule.name not in FILE_CHECKS:
        raise RuleError(f"{control.algorithm!r} judges no files. Choose one of: {', '.join(FILE_CHECKS)}.")
    arguments = bind_arguments(rule, control.arguments, {})
    return rule, {name: value for name, value in arguments.items() if value is not None}
