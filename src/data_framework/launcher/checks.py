"""What is wrong with a project's code, found without running it: SQL files, SQL of reports and contracts, Python."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from data_framework.modules.config import Config, Dataflow, Process, TableContract
from data_framework.modules.data_process.sql import (
    columns_of,
    parse_condition,
    parse_expression,
    parse_script,
    tables_of,
)
from data_framework.modules.dataflow.code import Found, find
from data_framework.modules.exception import Problem, SqlError
from data_framework.modules.utils.nearest import suggest

_EXPECTED = "SELECTs of the SQL dialect over the process's tables"


def code_problems(config: Config) -> Iterator[Problem]:
    """Check the code of every process: what cannot be read, and tables it names that the process does not have."""
    for dataflow in config.dataflows.values():
        for process in dataflow.processes.values():
            found = find(config, dataflow.name, process.name)
            if found.kind == "sql":
                yield from _script(process, found)
            elif found.kind == "python":
                yield from _python(found)
            yield from _reports(config, dataflow, process)
    for index, contract in enumerate(config.contracts):
        yield from _deletions(config, index, contract)


def _script(process: Process, found: Found) -> Iterator[Problem]:
    try:
        selects = parse_script(found.text, file=found.file)
    except SqlError as error:
        yield _problem(error, found.file)
        return
    known = {**process.source_tables, **process.target_tables}
    for target, select in selects.items():
        if target and target not in process.target_tables:
            expected = "a key of target_tables"
            yield Problem(found.file, None, "", repr(target), expected, suggest(target, process.target_tables))
        for name in sorted(tables_of(select)):
            if name not in known and "." not in name:
                yield Problem(found.file, None, "", repr(name), "a key of source_tables", suggest(name, known))
    if "" in selects and len(process.target_tables) != 1:
        yield Problem(found.file, None, "", "one SELECT for several targets", "`-- target: key` before each SELECT", "")


def _python(found: Found) -> Iterator[Problem]:
    try:
        tree = ast.parse(found.text, found.file)
    except (SyntaxError, ValueError) as error:
        yield Problem(found.file, getattr(error, "lineno", None), "", str(error), "Python", "")
        return
    names = {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    names |= {alias.asname or alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)
              for alias in node.names}  # fmt: skip
    if "ProcessingCoordinator" not in names:
        expected = "class ProcessingCoordinator(DataFlowInterface)"
        yield Problem(found.file, None, "", "no ProcessingCoordinator", expected, "")


def _reports(config: Config, dataflow: Dataflow, process: Process) -> Iterator[Problem]:
    for index, report in enumerate(process.output_reports):
        place = ("dataflows", dataflow.name, "processes", process.name, "output_reports", index)
        try:
            for text in report.columns:
                parse_expression(text)
        except SqlError as error:
            yield config.problem((*place, "columns"), str(error), "columns or SQL expressions")
        try:
            if report.where:
                parse_condition(report.where)
        except SqlError as error:
            yield config.problem((*place, "where"), str(error), "a condition of the SQL dialect")


def _deletions(config: Config, index: int, contract: TableContract) -> Iterator[Problem]:
    """`delete_when`: a condition over the contract's own columns."""
    if contract.delete_when is None:
        return
    place, expected = ("tables", index, "delete_when"), "a condition over the columns of the contract"
    try:
        condition = parse_condition(contract.delete_when)
    except SqlError as error:
        yield config.problem(place, repr(contract.delete_when), expected, str(error))
        return
    known = {column.name.lower() for column in contract.columns} | {(contract.partition_field or "").lower()}
    for name in columns_of(condition):
        if name.lower() not in known:
            yield config.problem(place, f"the unknown column {name!r}", expected, suggest(name, known))
    if tables := tables_of(condition):
        yield config.problem(place, f"a query of {min(tables)!r}", expected)


def _problem(error: SqlError, file: str) -> Problem:
    return Problem(file, error.context.get("line"), "", str(error.context.get("reason", error)), _EXPECTED, error.hint)
