"""The tree of errors, read from the source: its drawing, its exports and its page of the reference.

The source is parsed, not imported, so that the face of the package can be written even while it is out of date.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[1] / "src" / "data_framework" / "modules" / "exception"
FACE = FOLDER / "__init__.py"
ROOT_CLASS = "DataFrameworkError"


@dataclass(frozen=True)
class ErrorClass:
    """One class of the tree, as its source states it; what it does not state is None."""

    name: str
    base: str
    module: str
    summary: str
    exit_code: int | None
    what: str | None
    advice: str | None


@dataclass(frozen=True)
class Tree:
    """Every class by name, and the other public names of the package's modules (name → module)."""

    classes: dict[str, ErrorClass]
    others: dict[str, str]

    def children(self, name: str) -> list[ErrorClass]:
        """The classes right below one, by name."""
        return sorted((c for c in self.classes.values() if c.base == name), key=lambda c: c.name)

    def inherited(self, name: str, attribute: str) -> object:
        """An attribute of a class, from the class itself or the nearest above that states it."""
        found = self.classes[name]
        value = getattr(found, attribute)
        return self.inherited(found.base, attribute) if value is None and found.base in self.classes else value

    def walk(self, name: str = ROOT_CLASS) -> Iterator[ErrorClass]:
        """Yield a class and everything below it, top down."""
        yield self.classes[name]
        for child in self.children(name):
            yield from self.walk(child.name)


def read_tree() -> Tree:
    """Parse the modules of errors."""
    classes: dict[str, ErrorClass] = {}
    others: dict[str, str] = {}
    for path in sorted(FOLDER.glob("*.py")):
        if path != FACE:
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                _take(node, path.stem, classes, others)
    errors = {name: found for name, found in classes.items() if _is_error(name, classes)}
    others |= {name: found.module for name, found in classes.items() if name not in errors}
    return Tree(errors, others)


def face(tree: Tree) -> str:
    """Return the text of the package's `__init__.py`: the drawing, then the exports."""
    lines = [
        '"""The tree of errors. Written by `make docs` from the modules beside it; do not edit.',
        "",
        "Every class states what happened and what to do next. The number is what a run answers (its exit code).",
        "",
        *drawing(tree),
        '"""',
        "",
    ]
    modules: dict[str, list[str]] = {}
    for name, module in [(c.name, c.module) for c in tree.classes.values()] + list(tree.others.items()):
        modules.setdefault(module, []).append(name)
    for module, names in sorted(modules.items()):
        lines += [f"from data_framework.modules.exception.{module} import ("]
        lines += [*(f"    {name}," for name in sorted(names)), ")"]
    exported = sorted([*tree.classes, *tree.others])
    return "\n".join([*lines, "", "__all__ = [", *(f'    "{name}",' for name in exported), "]", ""])


def drawing(tree: Tree) -> list[str]:
    """Return the tree as lines, with the exit code of each class."""
    return [f"{ROOT_CLASS} {tree.inherited(ROOT_CLASS, 'exit_code')}", *_branches(tree, ROOT_CLASS, "")]


def page(tree: Tree) -> str:
    """Return the page of the reference: every error with its two sentences."""
    lines = ["# Errors", "", "Every error says what happened and what to do next; the exit code is what a run answers.",
             "In the sentences, `{name}` stands for a value.", "", "```", *drawing(tree), "```", ""]  # fmt: skip
    for branch in tree.children(ROOT_CLASS):
        lines += [f"## {branch.name}", "", branch.summary, ""]
        below = list(tree.walk(branch.name))[1:]
        if below:
            lines += ["| error | exit code | when | what it says | what to do |", "|---|---|---|---|---|"]
            lines += [_row(tree, found) for found in below]
            lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _row(tree: Tree, found: ErrorClass) -> str:
    what, advice = (str(tree.inherited(found.name, key) or "").replace("|", "\\|") for key in ("what", "advice"))
    code = tree.inherited(found.name, "exit_code")
    return f"| `{found.name}` | {code} | {found.summary} | {_code(what)} | {_code(advice)} |"


def _code(text: str) -> str:
    text = " ".join(text.split())
    return f"`{text}`" if text else ""


def _branches(tree: Tree, name: str, indent: str) -> Iterator[str]:
    children = tree.children(name)
    for child in children:
        last = child is children[-1]
        yield f"{indent}{'└── ' if last else '├── '}{child.name} {tree.inherited(child.name, 'exit_code')}"
        yield from _branches(tree, child.name, indent + ("    " if last else "│   "))


def _take(node: ast.stmt, module: str, classes: dict[str, ErrorClass], others: dict[str, str]) -> None:
    if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
        others[node.name] = module
    if not isinstance(node, ast.ClassDef) or node.name.startswith("_"):
        return
    stated: dict[str, Any] = {key: value for statement in node.body for key, value in _assignment(statement)}
    summary = (ast.get_docstring(node) or "").partition("\n")[0]
    base = ast.unparse(node.bases[0]) if node.bases else ""
    classes[node.name] = ErrorClass(
        node.name, base, module, summary, stated.get("exit_code"), stated.get("what"), stated.get("advice")
    )


def _assignment(statement: ast.stmt) -> Iterator[tuple[str, object]]:
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name) and statement.value:
        try:
            yield statement.target.id, ast.literal_eval(statement.value)
        except ValueError:
            return


def _is_error(name: str, classes: dict[str, ErrorClass]) -> bool:
    return name == ROOT_CLASS or (name in classes and _is_error(classes[name].base, classes))
