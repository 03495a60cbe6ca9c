"""docs/reference/parity.md: what both engines are shown to answer the same."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

from reference import page, table

TESTS = Path(__file__).resolve().parents[1] / "tests"
_INTRO = (
    "Generated from `tests/conformance/parity.py`. The names come from the code; each is shown by a test that asks the "
    "engines `lambda` and `emr` the same and compares values, counts and rows set aside exactly, or is never asked of "
    "an engine, for the reason given. Casts, words of plans and SQL have tests of their own beside them."
)
_TITLES = {
    "verb": "Verbs", "type": "Types", "transformation": "Transformations", "write mode": "Write modes",
    "schema policy": "Schema policies", "csv_specs": "`csv_specs`", "rule": "Rules", "threshold": "Thresholds",
    "quarantine reason": "Reasons of quarantine",
}  # fmt: skip


def parity() -> str:
    """The page."""
    sys.path.insert(0, str(TESTS))
    try:
        importlib.import_module("conformance.cases")
        found = importlib.import_module("conformance.parity")
    finally:
        sys.path.remove(str(TESTS))
    lines: list[str] = []
    for kind, names in found.subjects().items():
        rows = [(f"`{name}`", _said(found.PARITY, (kind, name))) for name in names]
        lines += [f"## {_TITLES[kind]}", "", *table(("name", "is"), rows), ""]
    return page("What both engines answer the same", _INTRO, lines)


def _said(registry: Any, subject: tuple[str, str]) -> str:
    if subject in registry.shown:
        return f"the same: {registry.shown[subject].replace('_', ' ')}"
    return str(registry.unasked.get(subject, "not shown"))
