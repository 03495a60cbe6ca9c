"""The tools of the repository: missing packages are found and made, generated pages are compared and written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

TOOLS = Path(__file__).resolve().parents[3] / "tools"


def tool(name: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(TOOLS / name), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    for path in ["a/__init__.py", "a/b/code.py", "a/c/d/code.py", "a/data/table.json", "a/templates/x/deliver.py"]:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    return tmp_path / "a"


def packages(folder: Path) -> set[str]:
    return {path.parent.relative_to(folder).as_posix() for path in folder.rglob("__init__.py")}


def test_check_names_what_is_missing_and_creates_nothing(package: Path) -> None:
    done = tool("init.py", "--check", package)
    assert done.returncode == 1
    assert [line.rsplit("/a/", 1)[1] for line in done.stdout.splitlines()] == [
        "b/__init__.py", "c/__init__.py", "c/d/__init__.py",
    ]  # fmt: skip
    assert packages(package) == {"."}


def test_missing_packages_are_made_and_then_complete(package: Path) -> None:
    assert tool("init.py", package).returncode == 0
    assert packages(package) == {".", "b", "c", "c/d"}
    assert tool("init.py", "--check", package).returncode == 0


def test_what_is_there_is_left_as_it_is(package: Path) -> None:
    (package / "__init__.py").write_text("mine = 1\n")
    tool("init.py", package)
    assert (package / "__init__.py").read_text() == "mine = 1\n"


def test_the_tree_of_errors_is_read_from_the_source(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.syspath_prepend(str(TOOLS))
    import error_tree

    (tmp_path / "base.py").write_text(
        'class DataFrameworkError(Exception):\n    """Root."""\n    exit_code: int = 3\n    what: str = "{reason}"\n'
    )
    (tmp_path / "x_exceptions.py").write_text(
        'class XError(DataFrameworkError):\n    """Branch."""\n    exit_code: int = 2\n\n\n'
        'class YError(XError):\n    """Leaf."""\n    what: str = "Y {a|b} happened."\n\n\n'
        "class Helper:\n    pass\n"
    )
    monkeypatch.setattr(error_tree, "FOLDER", tmp_path)
    monkeypatch.setattr(error_tree, "FACE", tmp_path / "__init__.py")
    tree = error_tree.read_tree()
    assert error_tree.drawing(tree) == ["DataFrameworkError 3", "└── XError 2", "    └── YError 2"]
    assert "    Helper,\n" in error_tree.face(tree)
    assert "| `YError` | 2 | Leaf. | `Y {a\\|b} happened.` |  |" in error_tree.page(tree)


def test_generated_pages_are_compared_and_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.syspath_prepend(str(TOOLS))
    import docs

    monkeypatch.setattr(docs, "ROOT", tmp_path)
    monkeypatch.setattr(docs, "pages", lambda: {tmp_path / "reference" / "a.md": lambda: "# A\n"})
    assert docs.main(["--check"]) == 1
    assert docs.main([]) == 0
    assert (tmp_path / "reference" / "a.md").read_text() == "# A\n"
    assert docs.main(["--check"]) == 0
    (tmp_path / "reference" / "a.md").write_text("# B\n")
    assert docs.main(["--check"]) == 1
