"""The catalogue of rules described from the rules themselves: for `controls list --json` and the reference."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from functools import partial
from typing import Any

from data_framework.modules.config.model.tables import TableRef
from data_framework.modules.data_process import check_sql
from data_framework.modules.utils.data_types import parse_type
from data_framework.modules.validation.bound import Scope
from data_framework.modules.validation.compiling import compile_control
from data_framework.modules.validation.examples import example_control, example_keys
from data_framework.modules.validation.rules import RULES, Examples, Rule, RuleError

_TABLE = TableRef("staging", "check", "data")
_TITLES = {
    "field": "A cell", "row": "A row", "key": "Rows that share a key", "reference": "Rows and another table",
    "window": "A row and the rows around it", "aggregate": "One value of the table",
    "query": "One value of a query over the table", "columns": "The columns of the table",
    "effect": "With effects on rows", "file": "The landed file",
}  # fmt: skip
_INTRO = """Rules by what they judge. Each name is an `algorithm` of a control with `algorithm_type` `Data Framework`;
[how to write a control](../how-to/controls.md). The SQL is that of the examples, as each engine runs it: of a cell or
row the condition of a valid row, of a value what is observed."""


def describe_rules(rules: Mapping[str, Rule] = RULES) -> list[dict[str, Any]]:
    """Everything a rule says of itself, for every rule: arguments, types, nulls, examples, SQL on each engine."""
    return [_described(rule, rules) for _, rule in sorted(rules.items())]


def rule_sql(rule: Rule, rules: Mapping[str, Rule] = RULES) -> dict[str, str]:
    """The SQL of a rule's example on each engine, by technology; nothing of rules that read no rows.

    Raises:
        RuleError: The rule of a project is wrong.
    """
    examples = rule.examples
    if examples is None:
        return {}
    types = {name: parse_type(kind) for name, kind in examples.types.items()}
    scope = Scope(
        _TABLE, types, example_keys(rule, examples), None, partial(TableRef, "staging", "check"),
        lambda ref: tuple(next(iter(examples.tables.get(ref.table, ())), {})), lambda control: bool,
        today=date(2026, 1, 15), rules=rules,
    )  # fmt: skip
    check, _, _ = compile_control(example_control(rule, examples), scope, rule.name)
    return {} if check is None else check_sql(check, types)


def rules_page(rules: Mapping[str, Rule] = RULES) -> str:
    """The page of the reference, in Markdown."""
    described = describe_rules(rules)
    lines = [f"{len(described)} rules, {sum(one['fallback'] != 'none' for one in described)} of them judged by Python."]
    for shape, title in _TITLES.items():
        found = [one for one in described if one["shape"] == shape]
        lines += ["", f"## {title}"] if found else []
        for one in found:
            lines += ["", *_section(one)]
    return "\n".join(["# Rules", "", _INTRO, "", *lines]).rstrip() + "\n"


def _described(rule: Rule, rules: Mapping[str, Rule]) -> dict[str, Any]:
    return {
        "name": rule.name,
        "source": "built in" if RULES.get(rule.name) is rule else "project",
        "level": rule.level,
        "shape": rule.shape,
        "dimension": rule.dimension,
        "documentation": inspect.cleandoc(rule.documentation),
        "arguments": [asdict(argument) for argument in rule.arguments],
        "fields": {"least": rule.fields[0], "most": rule.fields[1]},
        "types": sorted(rule.types),
        "nulls": rule.nulls,
        "fallback": rule.fallback,
        **_examples(rule.examples),
        **_sql(rule, rules),
    }


def _sql(rule: Rule, rules: Mapping[str, Rule]) -> dict[str, Any]:
    try:
        return {"sql": rule_sql(rule, rules), "error": ""}
    except RuleError as error:
        return {"sql": {}, "error": str(error)}


def _examples(examples: Examples | None) -> dict[str, Any]:
    if examples is None:
        return {"example": {}, "pass_examples": [], "fail_examples": []}
    used = {
        "field": list(examples.fields), "arguments": dict(examples.arguments), "types": dict(examples.types),
        "tables": {name: [dict(row) for row in rows] for name, rows in examples.tables.items()},
        "fail_types": dict(examples.fail_types), "past": list(examples.past),
    }  # fmt: skip
    return {
        "example": {name: value for name, value in used.items() if value},
        "pass_examples": [dict(row) for row in examples.passes],
        "fail_examples": [dict(row) for row in examples.fails],
    }


def _section(rule: Mapping[str, Any]) -> Iterator[str]:
    yield from [f"### {rule['name']}", "", rule["documentation"], ""]
    if rule["arguments"]:
        yield from ["| argument | is |", "|---|---|"]
        yield from (f"| `{one['name']}` | {_cell(_about(one))} |" for one in rule["arguments"])
        yield ""
    judges = f"columns of {', '.join(rule['types'])}" if rule["types"] else "columns of any type"
    facts = [f"level {rule['level']}", f"dimension {rule['dimension']}"]
    facts += [judges] if rule["shape"] not in {"file", "columns"} else []
    yield f"- {', '.join(facts)}"
    yield f"- nulls: {rule['nulls']}"
    if rule["fallback"] != "none":
        yield "- judged by Python row by row: SQL has no words for it"
    if rule["fail_examples"]:
        yield from _shown(rule)
    for name, sql in rule["sql"].items():
        yield f"- SQL ({name}): {_code(_cut(sql))}"


def _shown(rule: Mapping[str, Any]) -> Iterator[str]:
    example = rule["example"]
    used = f" with {_code(_json(example['arguments']))}" if "arguments" in example else ""
    past = f" after {_code(_json(example['past']))}" if "past" in example else ""
    other = "".join(f" beside `{name}` {_rows(rows)}" for name, rows in example.get("tables", {}).items())
    yield f"- passes{used}{past}{other}: {_rows(rule['pass_examples'])}"
    yield f"- fails: {_rows(rule['fail_examples'])}"


def _about(argument: Mapping[str, Any]) -> str:
    notes = ["required"] if argument["required"] else []
    default = argument["default"]
    notes += [f"default `{_json(default)}`"] if default not in (None, "", (), []) else []
    choices = ", ".join(f"`{choice}`" for choice in argument["choices"])
    notes += [f"one of {choices}"] if choices else []
    return f"{argument['about']}{' (' + '; '.join(notes) + ')' if notes else ''}"


def _rows(rows: Iterable[Mapping[str, Any]]) -> str:
    return ", ".join(_code(_json(row)) for row in rows)


def _json(value: Mapping[str, Any] | Sequence[Any]) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _code(text: str) -> str:
    """Text in code quotes that are longer than any in it."""
    one_line = " ".join(text.split())
    quotes = "`" * (1 + max(map(len, re.findall("`+", one_line)), default=0))
    return f"{quotes}{' ' * ('`' in one_line)}{one_line}{' ' * ('`' in one_line)}{quotes}"


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} …"


_LONGEST = 700
