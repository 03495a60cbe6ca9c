"""The house keeps its own rules: sizes, shapes, imports, errors. What import-linter and ruff check is not repeated."""

from __future__ import annotations

import ast
import importlib
import inspect
import pickle
import re
import statistics
import string
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "data_framework"
MODULES = PACKAGE / "modules"
HEAVY = {"boto3", "duckdb", "pandas", "pyarrow", "pyiceberg", "pyspark", "numpy", "sqlalchemy"}
SHAPES = {
    "catalogue": ("interface_catalogue", "core_catalogue", "open_catalogue"),
    "data_process": ("interface_data_process", "core_data_process", "open_data_process"),
    "monitoring": ("interface_monitoring", "core_monitoring", "open_monitoring"),
    "notification": ("interface_notifications", "core_notifications", "open_notifications"),
    "state": ("interface_state", "core_state", "open_state"),
    "storage": ("interface_storage", "core_storage", "open_storage"),
    "validation": ("interface_quality_controls", "core_quality_controls", "open_quality_controls"),
}


def sources(folder: Path = PACKAGE) -> list[Path]:
    return [path for path in sorted(folder.rglob("*.py")) if "templates" not in path.parts]


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT / "src").with_suffix("").parts).removesuffix(".__init__")


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def lines_of_code(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


def imports_when_loaded(path: Path) -> Iterator[tuple[str, int]]:
    """Yield the modules a file imports at module level, `if TYPE_CHECKING` left out."""
    for node in tree_of(path).body:
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, node.lineno


def run(arguments: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


# Sizes --------------------------------------------------------------------------------------------------------------
def test_no_file_is_longer_than_400_lines() -> None:
    files = [*sources(), *sources(ROOT / "tools"), *sources(ROOT / "tests"), *sources(ROOT / "src" / "launchers")]
    long = {str(path): count for path in files if (count := len(path.read_text().splitlines())) > 400}
    assert not long


def test_functions_are_short() -> None:
    found = {(name_of(path), f.name): lines_of_code(f) for path in sources() for f in functions(path)}
    assert not {name: count for name, count in found.items() if count > 40}
    assert statistics.median(found.values()) <= 8


def test_classes_have_at_most_twelve_public_methods_unless_a_contract_says_more() -> None:
    wide = {}
    for path in sources():
        for node in ast.walk(tree_of(path)):
            if not isinstance(node, ast.ClassDef) or path.name.startswith("interface_"):
                continue
            if any("Interface" in ast.unparse(base) for base in node.bases):
                continue
            methods = [
                f.name for f in node.body if isinstance(f, ast.FunctionDef) and not f.name.startswith(("_", "test_"))
            ]
            own = [name for name in methods if not _is_override(node, name)]
            if len(own) > 12:
                wide[f"{name_of(path)}.{node.name}"] = own
    assert not wide


def _is_override(node: ast.ClassDef, name: str) -> bool:
    found = [f for f in node.body if isinstance(f, ast.FunctionDef) and f.name == name]
    return any("override" in ast.unparse(mark) for f in found for mark in f.decorator_list)


# Shapes -------------------------------------------------------------------------------------------------------------
def test_every_folder_of_code_is_a_package() -> None:
    done = run(["tools/init.py", "--check"])
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("module", SHAPES)
def test_a_module_has_a_face_a_contract_and_a_choice(module: str) -> None:
    contract, core, opener = SHAPES[module]
    assert (MODULES / module / f"{contract}.py").is_file()
    assert (MODULES / module / f"{core}.py").is_file()
    assert (MODULES / module / "integrations").is_dir()
    face = importlib.import_module(f"data_framework.modules.{module}")
    assert opener in face.__all__
    assert not [name for name in face.__all__ if not hasattr(face, name)]


@pytest.mark.parametrize("module", SHAPES)
def test_the_choice_of_a_module_is_its_own_business(module: str) -> None:
    core = f"data_framework.modules.{module}.{SHAPES[module][1]}"
    users = [
        name_of(path)
        for path in sources()
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ImportFrom) and node.module == core
    ]
    assert [user for user in users if not user.startswith(f"data_framework.modules.{module}")] == []


def test_public_names_have_docstrings_and_say_them_plainly() -> None:
    silent = [name_of(path) for path in sources() if path.stat().st_size and not ast.get_docstring(tree_of(path))]
    empty = [name_of(path) for path in sources() if ast.get_docstring(tree_of(path)) == "Package."]
    assert not silent
    assert not empty, "these say nothing: " + ", ".join(empty)


# Imports ------------------------------------------------------------------------------------------------------------
def test_heavy_libraries_are_imported_at_module_level_only_by_backends() -> None:
    found = [
        f"{name_of(path)}:{line} imports {module}"
        for path in sources()
        if not {"integrations", "testing"} & set(path.parts)
        for module, line in imports_when_loaded(path)
        if module.split(".")[0] in HEAVY
    ]
    assert not found


@pytest.mark.parametrize("module", ["data_framework", "data_framework.cli", "data_framework.launcher"])
def test_importing_the_package_loads_nothing_heavy(module: str) -> None:
    unwanted = HEAVY | {"sqlglot", "pyspark", "ijson", "narwhals"}
    program = f"import sys, {module}; print(*sorted({unwanted!r} & set(sys.modules)))"
    done = run(["-c", program])
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


# Errors -------------------------------------------------------------------------------------------------------------
def errors() -> list[type]:
    for path in sources(MODULES / "exception"):
        importlib.import_module(name_of(path))
    base = importlib.import_module("data_framework.modules.exception.base").DataFrameworkError
    found, waiting = [], [base]
    while waiting:
        kind = waiting.pop()
        found.append(kind)
        waiting.extend(k for k in kind.__subclasses__() if k.__module__.startswith("data_framework."))
    return sorted(found, key=lambda kind: (kind.__module__, kind.__name__))


def example(kind: type) -> Exception:
    if "problems" in inspect.signature(kind).parameters:
        from data_framework.modules.exception.config_exceptions import Problem

        return kind(problems=[Problem("a.json", 1, "key", "x", "y")])
    fields = [found for text in (kind.what, kind.advice) for found in string.Formatter().parse(text) if found[1]]
    return kind(**{re.split(r"[.\[]", name)[0]: 1 if spec else f"some {name}" for _, name, spec, _ in fields})


def test_errors_live_in_the_module_of_errors() -> None:
    assert [kind for kind in errors() if not kind.__module__.startswith("data_framework.modules.exception.")] == []


@pytest.mark.parametrize("kind", errors(), ids=lambda kind: kind.__name__)
def test_an_error_survives_pickling_whole(kind: type) -> None:
    error = example(kind)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert (str(again), again.to_dict()) == (str(error), error.to_dict())


@pytest.mark.parametrize("kind", errors(), ids=lambda kind: kind.__name__)
def test_an_error_says_what_happened_and_what_to_do_next(kind: type) -> None:
    if kind.__name__ == "DataFrameworkError" or kind.__bases__[0].__name__ == "DataFrameworkError":
        return  # the root and its branches are caught by name and never raised themselves
    error = example(kind)
    assert len(error.message) > 10
    assert error.hint, "a class states `advice`"
    assert "<" not in error.message + error.hint or "<" in kind.what + kind.advice
    assert error.exit_code in {1, 2, 3, 4, 130}


def test_the_drawn_tree_of_errors_is_the_real_one() -> None:
    done = run(["tools/docs.py", "--check"])
    assert "exception/__init__.py" not in done.stdout + done.stderr, done.stdout


# Honesty ------------------------------------------------------------------------------------------------------------
def test_no_stubs_and_nothing_of_one_machine() -> None:
    words = ["raise NotImplementedError", "TO" + "DO", "FIX" + "ME", "../" + "shared", "/wo" + "rk/", "/ro" + "ot/"]
    files = [
        *sources(),
        *sources(ROOT / "tools"),
        *(ROOT / "docs").rglob("*.md"),
        ROOT / "README.md",
        ROOT / "Makefile",
    ]
    found = [f"{path.relative_to(ROOT)}: {word}" for path in files for word in words if word in path.read_text()]
    assert not found


def test_the_lock_files_name_no_host() -> None:
    for path in [ROOT / "requirements.lock", *(ROOT / "requirements").glob("*.lock")]:
        text = path.read_text()
        assert "://" not in text
        assert "index-url" not in text


# pandas -------------------------------------------------------------------------------------------------------------
WITHOUT_PANDAS = """
import importlib.abc, runpy, sys

class Refuse(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "pandas":
            raise ImportError("pandas is blocked in this test")

sys.meta_path.insert(0, Refuse())
sys.argv[0] = "data-framework"
runpy.run_module("data_framework", run_name="__main__")
"""


def test_the_built_in_stages_run_with_pandas_blocked(tmp_path: Path) -> None:
    project = tmp_path / "shop"
    assert run(["-c", WITHOUT_PANDAS, "init", str(project)]).returncode == 0
    done = run(["-c", WITHOUT_PANDAS, "run", "--all", "--project", str(project), "--json"])
    assert done.returncode == 0, done.stdout + done.stderr
    assert list((project / "data" / "output").rglob("sales_by_day.csv"))
