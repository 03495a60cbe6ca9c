"""docs/reference/parity.md: what both engines are shown to answer the same."""

from __future__ import annotations

from data_framework.testing.engine import cases  # noqa: F401 - registers the cases
from data_framework.testing.engine.parity import PARITY, Parity, subjects
from reference import page, table

_INTRO = (
    "Generated from `data_framework.testing.engine`. The names come from the code; each is shown by a test that asks "
    "the engines `lambda` and `emr` the same and compares values, counts and rows set aside exactly, or is never asked "
    "of an engine, for the reason given. Casts, words of plans and SQL have tests of their own beside them."
)
_TITLES = {
    "verb": "Verbs", "type": "Types", "transformation": "Transformations", "write mode": "Write modes",
    "partition": "Partitions", "schema policy": "Schema policies",
    "csv_specs": "`csv_specs`", "rule": "Rules", "threshold": "Thresholds",
    "quarantine reason": "Reasons of quarantine",
}  # fmt: skip


def parity() -> str:
    """The page."""
    lines: list[str] = []
    for kind, names in subjects().items():
        rows = [(f"`{name}`", _said(PARITY, (kind, name))) for name in names]
        lines += [f"## {_TITLES[kind]}", "", *table(("name", "is"), rows), ""]
    return page("What both engines answer the same", _INTRO, lines)


def _said(registry: Parity, subject: tuple[str, str]) -> str:
    if subject in registry.shown:
        return f"the same: {registry.shown[subject].replace('_', ' ')}"
    return str(registry.unasked.get(subject, "not shown"))
