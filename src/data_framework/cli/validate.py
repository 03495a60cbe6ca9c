"""`data-framework validate`: everything a project says, judged without touching data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import typer

from data_framework.cli.options import Common, command

if TYPE_CHECKING:
    from data_framework.modules.config import Config
    from data_framework.modules.exception import Problem

    ExtraCheck = Callable[[Config], Iterable[Problem]]


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("validate")
    @command
    def validate(common: Common) -> int:
        """Check every config, contract, control and SQL file: all errors at once, no data touched."""
        from data_framework.launcher.checks import code_problems
        from data_framework.modules.dataflow import appended, sharing
        from data_framework.modules.validation import control_problems

        config = common.config()
        problems = _problems(config, (control_problems, code_problems, appended.problems, sharing.problems))
        document = _document(config, problems)
        common.output.document(document)
        _show(common, document, problems)
        return int(document["exit_code"])


def _problems(config: Config, extra_checks: Iterable[ExtraCheck]) -> list[Problem]:
    from data_framework.modules.config import check_targets_have_code

    found = [*config.warnings, *(problem for _, _, problem in config.unsupported)]
    for check in (check_targets_have_code, *extra_checks):
        found.extend(check(config))
    return sorted(dict.fromkeys(found), key=lambda problem: (problem.file, problem.line or 0, problem.place))


def _document(config: Config, problems: Sequence[Problem]) -> dict[str, Any]:
    errors = [problem.to_dict() for problem in problems if not problem.warning]
    return {
        "success": not errors, "exit_code": 2 if errors else 0, "project": str(config.project.root),
        "project_id": config.project_id, "environment": config.environment,
        "dataflows": len(config.dataflows), "tables": len(_tables(config)), "contracts": len(config.contracts),
        "controls": len(config.controls),
        "errors": errors, "warnings": [problem.to_dict() for problem in problems if problem.warning],
    }  # fmt: skip


def _tables(config: Config) -> set[tuple[str, str]]:
    named = {(contract.database, contract.table) for contract in config.contracts}
    for flow in config.dataflows.values():
        for process in flow.processes.values():
            entries = [*process.source_tables.values(), *process.target_tables.values()]
            named.update((entry.database, entry.table) for entry in entries)
            if process.output_file is not None:
                named.add((process.output_file.database, process.output_file.table))
    return named


def _show(common: Common, document: dict[str, Any], problems: Sequence[Problem]) -> None:
    for problem in problems:
        if problem.warning:
            common.output.warning(str(problem))
        else:
            common.output.problem(problem)
    counts = ", ".join(f"{document[key]} {key}" for key in ("dataflows", "tables", "contracts", "controls"))
    verdict = "valid" if document["success"] else f"{len(document['errors'])} error(s)"
    common.output.line(f"{document['project_id']} ({document['environment']}): {counts}: {verdict}")
