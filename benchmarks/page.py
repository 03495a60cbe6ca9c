"""docs/benchmarks.md: a section for each of the commands that measure, each written by its own."""

from __future__ import annotations

import os
import platform
from pathlib import Path

_DOCS = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"
RATIOS, RULES = "# Benchmarks", "## Rules alone"
GROWTH, DELIVERIES = "## Large inputs", "## Small deliveries one after the other"
FORMATS, SPARK = "## Formats", "## Spark"
_ORDER = (RATIOS, RULES, FORMATS, GROWTH, DELIVERIES, SPARK)


def put(heading: str, text: str) -> None:
    """Replace one section of the page; the others stay as they are."""
    sections = _read()
    sections[heading] = text.strip()
    _DOCS.write_text("\n\n".join(f"{name}\n\n{sections[name]}" for name in _ORDER if name in sections) + "\n")


def machine() -> str:
    """The machine, and how busy it is now, in words."""
    return (f"{os.cpu_count()} processors, {platform.machine()}, Python {platform.python_version()}; load of the "
            f"machine before: {os.getloadavg()[0]:.1f}.")  # fmt: skip


def _read() -> dict[str, str]:
    found: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in _DOCS.read_text().splitlines():
        if line in _ORDER:
            lines = found.setdefault(line, [])
        else:
            lines.append(line)
    return {name: "\n".join(text).strip() for name, text in found.items()}
