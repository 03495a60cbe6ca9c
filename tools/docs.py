"""Write what is generated from the code: docs/reference and the face of the errors.

`python tools/docs.py` writes; `--check` only names the files that are out of date and answers 1 if there are any.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import error_tree
import reference
from reference_configuration import configuration
from reference_formats import formats
from reference_parity import parity

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = ROOT / "docs" / "reference"


def pages() -> Mapping[Path, Callable[[], str]]:
    """Every generated file and the function that returns its text."""
    return {
        error_tree.FACE: lambda: error_tree.face(error_tree.read_tree()),
        REFERENCE / "errors.md": lambda: error_tree.page(error_tree.read_tree()),
        REFERENCE / "configuration.md": configuration,
        REFERENCE / "commands.md": reference.commands,
        REFERENCE / "formats.md": formats,
        REFERENCE / "metrics.md": reference.metrics,
        REFERENCE / "parity.md": parity,
        REFERENCE / "rules.md": reference.rules,
        REFERENCE / "sql.md": reference.sql,
        REFERENCE / "steps.md": reference.steps,
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the files, or with `--check` name those that differ."""
    parser = argparse.ArgumentParser(description="Write what is generated from the code.")
    parser.add_argument("--check", action="store_true", help="write nothing, answer 1 if a file is out of date")
    check = parser.parse_args(arguments).check
    changed = [path for path, make in pages().items() if _update(path, make(), check=check)]
    for path in changed:
        print(f"{'out of date' if check else 'written'}: {path.relative_to(ROOT)}")
    if check and changed:
        print("Run: make docs")
    return 1 if check and changed else 0


def _update(path: Path, text: str, *, check: bool) -> bool:
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return False
    if not check:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return True


if __name__ == "__main__":
    sys.exit(main())
