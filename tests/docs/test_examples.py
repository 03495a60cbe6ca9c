"""Every example of the documentation runs: a page is a story, told top to bottom in a folder of its own.

```bash blocks are run, ```python blocks too, a block with `file=NAME` is written to that file; the lines of a ```text
block must be in the output of the block before it. ```console blocks (installing, make) are for reading only.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```(?P<language>\w+)(?P<rest>[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)", re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)(#[^)]*)?\)")


@dataclass(frozen=True)
class Block:
    """One fenced block of a page."""

    language: str
    file: str
    text: str
    line: int


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    found = []
    for match in BLOCK.finditer(text):
        file = re.search(r"file=(\S+)", match["rest"])
        found.append(
            Block(match["language"], file[1] if file else "", match["text"], text[: match.start()].count("\n") + 1)
        )
    return found


def is_story(page: Path) -> bool:
    return any(block.language in {"bash", "python"} for block in blocks(page))


def run(block: Block, folder: Path) -> str:
    command = (
        ["bash", "-euo", "pipefail", "-c", block.text]
        if block.language == "bash"
        else [sys.executable, "-c", block.text]
    )
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "NO_COLOR": "1", "COLUMNS": "200"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"line {block.line}\n{done.stdout}{done.stderr}"
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize("page", [page for page in PAGES if is_story(page)], ids=lambda page: page.name)
def test_the_examples_of_a_page_run(page: Path, tmp_path: Path) -> None:
    output = ""
    for block in blocks(page):
        if block.file:
            (tmp_path / block.file).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / block.file).write_text(block.text, encoding="utf-8")
        elif block.language in {"bash", "python"}:
            output = run(block, tmp_path)
        elif block.language == "text":
            missing = [line for line in block.text.splitlines() if line.strip() not in output]
            assert not missing, f"line {block.line}: not in the output\n{output}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_links_of_a_page_lead_somewhere(page: Path) -> None:
    broken = [
        target
        for target, _ in LINK.findall(CODE.sub("", page.read_text(encoding="utf-8")))
        if not (page.parent / target).exists()
    ]
    assert not broken


def test_the_first_screen_of_the_readme_is_two_commands() -> None:
    first = blocks(ROOT / "README.md")[0]
    assert first.language == "console"
    assert [line.split("#")[0].strip() for line in first.text.splitlines()] == ["make demo", "make test"]
    assert first.line < 15
