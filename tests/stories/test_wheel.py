"""The user's way: a built wheel in an empty environment, `init`, `run`, and the report is there."""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from stories.command_line import framework, read_csv

ROOT = Path(__file__).resolve().parents[2]
PIP = ["-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input"]

pytestmark = pytest.mark.slow


def run(*command: str | Path) -> None:
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    for name in ("pyproject.toml", "setup.py", "README.md"):
        shutil.copy(ROOT / name, folder / name)
    unwanted = shutil.ignore_patterns("__pycache__", "*.egg-info")
    shutil.copytree(ROOT / "src", folder / "src", ignore=unwanted)
    run(sys.executable, "-m", "build", "--wheel", "--outdir", folder / "dist", folder)
    return next((folder / "dist").glob("*.whl"))


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("empty") / "venv"
    venv.create(folder, with_pip=True, symlinks=True)
    run(folder / "bin" / "python", *PIP, "install", "--no-compile", f"{wheel}[local]")
    return folder / "bin" / "python"


def test_init_and_run_from_the_wheel(python: Path, tmp_path: Path) -> None:
    run(python.with_name("data-framework"), "init", tmp_path / "shop")
    framework(tmp_path / "shop", "validate", python=python)
    answer = framework(tmp_path / "shop", "run", "--all", python=python)
    assert answer["success"]
    lines = read_csv(next((tmp_path / "shop" / "data" / "output").rglob("sales_by_day.csv")))
    sold = {(line["data_date"], line["product"]): (line["orders"], line["amount"]) for line in lines}
    assert sold == {
        ("2026-01-01", "coffee"): ("1", "4.20"), ("2026-01-01", "tea"): ("2", "10.50"),
        ("2026-01-02", "cake"): ("1", "11.20"), ("2026-01-02", "coffee"): ("1", "12.60"),
    }  # fmt: skip


def test_without_its_extra_the_error_names_it(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", with_pip=True, symlinks=True)
    bare = tmp_path / "venv" / "bin" / "python"
    run(bare, *PIP, "install", "--no-compile", wheel)
    run(bare, "-m", "data_framework", "init", tmp_path / "shop")
    command = [str(bare), "-m", "data_framework", "run", "--all", "--project", str(tmp_path / "shop")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "pip install 'data-framework[local]'" in done.stderr
    assert "Traceback" not in done.stderr
