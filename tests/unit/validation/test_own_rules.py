"""A project's own rules: found, listed, documented, shown at work, validated and run like the built-in ones."""

from __future__ import annotations

import importlib.metadata
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from data_framework.cli import app
from data_framework.modules.config import ProjectFiles, open_config
from data_framework.modules.validation import RuleBook, control_problems, show_rules
from data_framework.modules.validation.rules import Field, Rule, RuleError, rule, said, shown

RULES_FILE = '''
from data_framework.modules.validation.rules import RULES, Argument, Field, rule, said, shown

is_in = RULES["is_in"]


@rule("field", dimension="validity", types=frozenset({"string"}),
      arguments=[Argument("letter", "text", "the first letter", required=True)],
      examples=shown("code", ["A1", None], ["B1", ""], letter="A"))
def starts_with(field: Field, letter: str):
    """The text starts with a letter."""
    return said("startswith(x, letter)", x=field.column, letter=letter)


@rule("field", dimension="validity", examples=shown("code", ["A1"], []))
def never_fails(field: Field):
    """Shown to pass and never to fail."""
    return said("x = x", x=field.column)


@rule("field", dimension="validity", examples=shown("code", ["A1"], ["B1"]))
def raises(field: Field):
    """Wrong code."""
    return field.nothing


@rule("field", dimension="validity", examples=shown("code", ["A1"], ["B1"]))
def answers_text(field: Field):
    """No expression."""
    return "x = 1"
'''
CONTROLS = [
    {"algorithm": "starts_with", "field": "code", "arguments": {"letter": "A"}},
    {"algorithm": "starts_wth", "field": "code", "arguments": {"letter": "A"}},
    {"algorithm": "starts_with", "field": "code", "arguments": {"lettre": "A"}},
    {"algorithm": "raises", "field": "code"},
    {"algorithm": "answers_text", "field": "code"},
    {"algorithm": "all_of", "field": "code",
     "arguments": {"rules": [{"algorithm": "starts_with", "arguments": {"letter": "A"}}]}},
]  # fmt: skip


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for folder in ("controls", "tables", "transformation"):
        (tmp_path / folder).mkdir()
    table = {"layer": "staging", "database": "d", "table": "t"}
    contract = {**table, "columns": [{"name": "code"}]}
    (tmp_path / "tables" / "t.json").write_text(json.dumps(contract))
    (tmp_path / "transformation" / "rules.py").write_text(RULES_FILE)
    written = [{"name": f"n{number}", **table, **control} for number, control in enumerate(CONTROLS)]
    (tmp_path / "controls" / "t.json").write_text(json.dumps({"controls": written}))
    (tmp_path / "transformation.json").write_text(json.dumps({"dataflows": {}}))
    (tmp_path / "platform.json").write_text(json.dumps({"local": {"environment": "local"}}))
    return tmp_path


def command(*arguments: str) -> tuple[int, dict[str, Any]]:
    found = CliRunner().invoke(app(), [*arguments, "--json"])
    return found.exit_code, json.loads(found.stdout)


def test_own_rules_are_listed_with_their_sql(project: Path) -> None:
    page = project / "rules.md"
    code, answer = command("controls", "list", "--project", str(project), "--page", str(page))
    own = {one["name"]: one for one in answer["rules"] if one["source"] == "project"}
    assert code == 0
    assert set(own) == {"starts_with", "never_fails", "raises", "answers_text"}
    assert "'A'" in own["starts_with"]["sql"]["lambda"]
    assert "'A'" in own["starts_with"]["sql"]["emr"]
    assert own["raises"]["sql"] == {}
    assert "### starts_with\n\nThe text starts with a letter." in page.read_text()
    assert len(answer["rules"]) > 130


def test_rules_are_listed_without_a_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code, answer = command("controls", "list")
    assert (code, answer["controls"]) == (0, [])
    assert {one["source"] for one in answer["rules"]} == {"built in"}


def test_own_rules_are_validated(project: Path) -> None:
    found = {problem.place: problem.hint for problem in control_problems(open_config(project))}
    assert [place.split("]")[0][-1] for place in found] == ["1", "2", "3", "4"]
    texts = " | ".join(found.values())
    assert "Did you mean 'starts_with'?" in texts
    assert "no argument 'lettre'. Did you mean 'letter'?" in texts
    assert "the rule raises raised AttributeError: 'Field' object has no attribute 'nothing'" in texts
    assert "the rule answers_text answers 'x = 1', and must answer an expression" in texts


def test_own_rules_are_shown_at_work(project: Path) -> None:
    shown = {one.name: one.problem for one in show_rules(project=ProjectFiles(project))}
    assert shown["starts_with"] == ""
    assert shown["never_fails"] == "it is never shown to fail"
    assert "raised AttributeError" in shown["raises"]
    code, answer = command("controls", "test", "--project", str(project), "--engine", "lambda")
    assert (code, answer["success"]) == (1, False)
    assert {one["name"] for one in answer["rules"] if not one["success"]} == {"never_fails", "raises", "answers_text"}


def test_a_name_that_is_taken_is_refused(project: Path) -> None:
    path = project / "transformation" / "rules.py"
    path.write_text(RULES_FILE.replace("def starts_with", "def is_luhn"))
    with pytest.raises(RuleError, match="there is a rule 'is_luhn' already"):
        len(RuleBook(ProjectFiles(project)))
    found = CliRunner().invoke(app(), ["controls", "list", "--project", str(project)])
    assert found.exit_code == 2
    assert "transformation/rules.py" in found.output


def test_a_file_that_cannot_be_loaded_hides_no_other_control(project: Path) -> None:
    (project / "transformation" / "rules.py").write_text("import nowhere_at_all")
    (project / "controls" / "t.json").write_text(json.dumps({"controls": [
        {"layer": "staging", "database": "d", "table": "t", "name": "a", "algorithm": "starts_with", "field": "code"},
        {"layer": "staging", "database": "d", "table": "t", "name": "b", "algorithm": "is_in", "field": "code"},
    ]}))  # fmt: skip
    hints = [problem.hint for problem in control_problems(open_config(project))]
    assert "transformation/rules.py cannot be loaded: ModuleNotFoundError" in hints[0]
    assert "is_in needs the argument 'values'" in hints[1]


def test_rules_are_found_by_entry_points(monkeypatch: pytest.MonkeyPatch) -> None:
    @rule("field", dimension="validity", examples=shown("x", ["a"], ["b"]))
    def is_a(field: Field) -> Any:
        """It is a."""
        return said("x = 'a'", x=field.column)

    class Point:
        value = "somewhere:is_a"

        def load(self) -> Rule:
            return is_a

    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: [Point()] if group.endswith("rule") else [])
    assert RuleBook()["is_a"] is is_a
