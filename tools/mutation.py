"""Do the tests notice when verdicts are wrong? Each mutant of a module is a small fault; killed when a test fails.

`make mutation` changes one comparison, operator, number or condition at a time in the modules of thresholds, verdicts
and counts, runs their tests, and fails below 80 %.
"""

from __future__ import annotations

import argparse
import ast
import copy
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
HOME = Path("src/data_framework/modules/validation")
ENGINES = Path("src/data_framework/modules/data_process/integrations")
#: Module → the tests that answer for it.
MODULES = {
    HOME / "verdicts.py": ["tests/unit/validation/test_verdicts.py"],
    HOME / "explaining.py": ["tests/unit/validation/test_verdicts.py", "tests/unit/validation/test_explaining.py"],
    Path("src/data_framework/modules/data_process/plan/slicing.py"): ["tests/unit/validation/test_explaining.py"],
    ENGINES / "pandas/one_pass/audit.py": [
        "tests/unit/validation/test_references.py",
        "tests/unit/validation/test_explained.py",
        "tests/unit/data_process/engine/test_modes.py",
    ],
}
_SWAPPED: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.And: ast.Or, ast.Or: ast.And,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
_LEAST = 0.8


def mutants(source: str) -> Iterator[tuple[int, str]]:
    """(line, source) of every mutant."""
    tree = ast.parse(source)
    for place, node in enumerate(ast.walk(tree)):
        for change in _changes(node):
            mutant = copy.deepcopy(tree)
            target = next(one for number, one in enumerate(ast.walk(mutant)) if number == place)
            change(target)
            yield getattr(node, "lineno", 0), ast.unparse(ast.fix_missing_locations(mutant))


def _changes(node: ast.AST) -> Iterator[Callable[[Any], None]]:
    if isinstance(node, ast.Compare):
        yield lambda one: one.ops.__setitem__(0, _SWAPPED[type(one.ops[0])]())
    elif isinstance(node, ast.BinOp | ast.BoolOp) and type(node.op) in _SWAPPED:
        yield lambda one: setattr(one, "op", _SWAPPED[type(one.op)]())
    elif isinstance(node, ast.IfExp | ast.If):
        yield lambda one: setattr(one, "test", ast.UnaryOp(ast.Not(), one.test))
    elif isinstance(node, ast.Constant) and type(node.value) is int:
        yield lambda one: setattr(one, "value", one.value + 1)


def run(tests: list[str], source: Path) -> bool:
    """Whether the tests pass with the modules below a folder."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    path = f"pythonpath={source} {ROOT / 'tests'}"
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-o", path, *tests]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False).returncode == 0


def main() -> int:
    """Run every mutant, or every so many-th, and say which lived."""
    parser = argparse.ArgumentParser(description="Do the tests notice when verdicts are wrong?")
    parser.add_argument("--every", type=int, default=1, help="run only every so many-th mutant")
    parser.add_argument("--module", default="", help="only modules whose path holds this")
    options = parser.parse_args()
    every = options.every
    killed = total = 0
    with tempfile.TemporaryDirectory(prefix="data-framework-mutation-") as folder:
        copied = Path(folder) / "src"
        shutil.copytree(ROOT / "src", copied, ignore=shutil.ignore_patterns("__pycache__"))
        for module, tests in MODULES.items():
            if options.module not in str(module):
                continue
            source = (ROOT / module).read_text(encoding="utf-8")
            target = Path(folder) / module
            for number, (line, mutant) in enumerate(mutants(source)):
                if number % every:
                    continue
                target.write_text(mutant, encoding="utf-8")
                total += 1
                if run(tests, copied):
                    print(f"lived: {module}:{line}")
                else:
                    killed += 1
            target.write_text(source, encoding="utf-8")
    share = killed / total
    print(f"{killed} of {total} mutants killed: {share:.0%}")
    return 0 if share >= _LEAST else 1


if __name__ == "__main__":
    sys.exit(main())
