"""The pages of the reference that are written from the code: commands, metrics, rules, SQL functions, steps."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import typer
from typing_extensions import override


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return a table in Markdown; bars and line ends in cells are made safe."""
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    return lines + [f"| {' | '.join(cell(text) for text in row)} |" for row in rows]


def cell(text: str) -> str:
    """Make a text fit into one cell of a table."""
    return " ".join(text.split()).replace("|", "\\|")


def code(value: object) -> str:
    """A value as it is written in JSON, in code quotes; nothing for nothing."""
    return "" if value in (None, "", (), [], {}) else f"`{json.dumps(value, ensure_ascii=False)}`"


def page(title: str, intro: str, lines: Iterable[str]) -> str:
    """Put a page together."""
    return "\n".join([f"# {title}", "", intro, "", *lines]).rstrip() + "\n"


def commands() -> str:
    """The page of the command line, from the commands themselves."""
    from data_framework.cli import app

    root = typer.main.get_command(app())
    found = list(_commands(root, "data-framework"))
    common = set.intersection(*({option.name for option in command.params} for _, command in found))
    intro = ("Written from the commands themselves. A project is found by `--project DIR`, else from here "
             "upwards.")  # fmt: skip
    lines = ["## Options of every command", ""]
    lines += table(["option", "means"], [_option(one) for one in found[0][1].params if one.name in common])
    for name, command in found:
        arguments = " ".join(_metavar(one) for one in command.params if _is_argument(one))
        lines += ["", f"## {name} {arguments}".rstrip(), "", inspect.cleandoc(command.help or ""), ""]
        own = [_option(one) for one in command.params if one.name not in common]
        lines += table(["option", "means"], own) if own else []
    return page("Commands", intro, lines)


def _commands(command: Any, name: str) -> Iterable[tuple[str, Any]]:
    if hasattr(command, "commands"):
        for word in sorted(command.commands):
            yield from _commands(command.commands[word], f"{name} {word}")
    else:
        yield name, command


def _is_argument(parameter: Any) -> bool:
    return bool(parameter.param_type_name == "argument")


def _metavar(parameter: Any) -> str:
    name = (parameter.metavar or parameter.name.upper()).strip("[]")
    return name if parameter.required else f"[{name}]"


def _option(parameter: Any) -> tuple[str, str]:
    if _is_argument(parameter):
        return f"`{_metavar(parameter)}`", parameter.help or ""
    names = ", ".join(f"`{name}`" for name in parameter.opts)
    default = parameter.default if isinstance(parameter.default, str | int | float) else None
    shown = f" (default {code(default)})" if default and default is not True else ""
    return names, f"{parameter.help or ''}{shown}"


def metrics() -> str:
    """The page of the metrics, as one process measures them."""
    from data_framework.modules.monitoring import interface_monitoring as module

    class Recorder(module.MonitoringInterface):
        """Keeps what is measured."""

        @override
        def _send(self, measurements: Sequence[module.Measurement]) -> None:
            kept.extend(measurements)

    class Table:
        """Any table."""

        database, table = "d", "t"

    kept: list[module.Measurement] = []
    recorder = Recorder(module.RunDimensions("e", "p", "d", "", "j"))
    recorder.dataflow_started()
    recorder.process_started("landing_to_raw")
    recorder.table_read(Table(), 1, 1)
    recorder.table_written(Table(), 1, 1, 1, 1, 1, 1)
    recorder.process_ended(True, 1.0)
    recorder.dataflow_ended(True)
    recorder.flush()
    rows = [(f"`{one.name}`", one.unit, ", ".join(one.dimensions)) for one in kept]
    kept_in = "the run store (`data/state.db`)"
    intro = f"Namespace `{module.NAMESPACE}`, kept in {kept_in} and shown by `data-framework runs show`."
    return page("Metrics", intro, table(["metric", "unit", "dimensions"], rows))


def rules() -> str:
    """The page of the built-in rules, from what each says of itself."""
    from data_framework.modules.validation import rules_page

    return rules_page()


def sql() -> str:
    """The page of the SQL dialect, from the list of functions that are allowed."""
    from data_framework.modules.data_process.sql.athena_functions import written_for_athena
    from data_framework.modules.data_process.sql.functions import functions

    intro = ("One dialect on every engine: Spark SQL's functions, ANSI quoting (`'text'`, `\"name\"` or `` `name` ``), "
             "strict casts, errors instead of silent nulls. A query is one SELECT over tables; what is not listed is "
             "refused before anything runs.")  # fmt: skip
    lines: list[str] = []
    for group, found in groupby(functions(), key=lambda one: one.group):
        lines += [f"## Functions: {group}", ""]
        lines += [*table(["function", "answers", "example"], [_function(one) for one in found]), ""]
    refused = ", ".join(f"`{one.name}`" for one in functions() if not written_for_athena(one))
    return page("SQL", intro, [*lines, "## On Athena", "", _ATHENA.format(refused)])


_ATHENA = """`data-framework athena` and `self.athena.query` write this dialect for Amazon Athena. What would answer
something else there is refused by name: {}; also `div`, `%`, `try_cast`, intervals, semi, anti and natural joins,
`is true`, flags in patterns, quotients, means and casts whose answer depends on a type that is not known, dates by a
format, and cases of `replace`, `substring`, `split_part`, `mod`, `round` and `date_format` beyond the simple ones.
`--native` takes Athena's own SQL as it is."""


def _function(one: Any) -> tuple[str, str, str]:
    same = f"the same as `{one.same_as}`" if one.same_as else one.description
    return f"`{one.name}({one.arguments})`", same, f"`{one.example}`" if one.example and not one.same_as else ""


def steps() -> str:
    """The page of the steps of a run, at each of which it may be killed, from the documented values of `Step`."""
    from data_framework.modules.dataflow import steps as module

    text = Path(inspect.getfile(module)).read_text(encoding="utf-8")
    found = re.findall(r'^    [A-Z_]+ = "(\w+)"\n    """(.*?)"""', text, re.MULTILINE | re.DOTALL)
    if {name for name, _ in found} != {str(step) for step in module.Step}:
        raise SystemExit("a step of dataflow/steps.py has no docstring below it")
    intro = ("What becomes durable in a run, in the order of one unit. A run may be killed at any of them: run it "
             "again, and tables, quarantine, ledger and counts are as if nothing had happened.")  # fmt: skip
    return page("Steps of a run", intro, table(["step", "after it"], [(f"`{name}`", about) for name, about in found]))
