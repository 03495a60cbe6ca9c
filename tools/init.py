"""Add the `__init__.py` files that are missing, so that every folder of code is a package.

`python tools/init.py` creates them; `--check` only names them and answers 1 if there are any. Folders to look below may
be given; the default is `src/data_framework`. Folders without Python files below them, and the project templates
(which are copied to users, never imported), are no packages.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NO_PACKAGE = {"__pycache__", "templates"}


def missing(folder: Path) -> Iterator[Path]:
    """Yield every `__init__.py` that should be below a folder and is not, in order."""
    if not any(_modules(folder)):
        return
    if not (folder / "__init__.py").exists():
        yield folder / "__init__.py"
    for child in sorted(folder.iterdir()):
        if child.is_dir() and child.name not in NO_PACKAGE and not child.name.startswith("."):
            yield from missing(child)


def main(arguments: Sequence[str] | None = None) -> int:
    """Create or, with `--check`, only name what is missing."""
    parser = argparse.ArgumentParser(description="Add the __init__.py files that are missing.")
    parser.add_argument("folders", nargs="*", type=Path, default=[ROOT / "src" / "data_framework"])
    parser.add_argument("--check", action="store_true", help="change nothing, answer 1 if a file is missing")
    options = parser.parse_args(arguments)
    found = [path for folder in options.folders for path in missing(folder)]
    for path in found:
        print(f"missing: {path}" if options.check else f"created: {path}")
        if not options.check:
            path.write_text(f'"""{path.parent.name}."""\n', encoding="utf-8")
    return 1 if options.check and found else 0


def _modules(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*.py"):
        if not NO_PACKAGE & set(path.relative_to(folder).parts):
            yield path


if __name__ == "__main__":
    sys.exit(main())
