"""How often the checks of a plan make an engine look at the rows: known before anything is read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlglot import exp

from data_framework.modules.data_process.plan.model import (
    AggregateCheck,
    Check,
    FunctionCheck,
    KeyCheck,
    QueryCheck,
    ReferenceCheck,
    RowCheck,
    WindowCheck,
)
from data_framework.modules.data_process.plan.vocabulary import PYTHON


@dataclass(frozen=True)
class Passes:
    """What judging a plan takes.

    Attributes:
        source: Passes over the source: one, with every rule of rows, cast and count.
        aggregates: Scans of the staged columns for values of the table: one for each `where`.
        shuffles: What rows are brought together by: each distinct key, reference, order and query once.
        fallbacks: Controls judged by Python.
    """

    source: int
    aggregates: int
    shuffles: tuple[str, ...]
    fallbacks: tuple[str, ...]

    def lines(self) -> list[str]:
        """As `controls explain` prints it."""
        shuffled = f": {'; '.join(self.shuffles)}" if self.shuffles else ""
        python = f": {', '.join(self.fallbacks)}" if self.fallbacks else ""
        return [
            f"passes over the source: {self.source} (text, casts, rules of rows, counts)",
            f"scans of staged columns for values of the table: {self.aggregates}",
            f"shuffles: {len(self.shuffles)}{shuffled}",
            f"fallbacks to Python: {len(self.fallbacks)}{python}",
        ]


def passes_of(checks: Sequence[Check]) -> Passes:
    """Say what judging these checks takes."""
    aggregates = {_text(check.judged) for check in checks if isinstance(check, AggregateCheck)}
    shuffles = dict.fromkeys(text for check in checks if (text := _shuffle(check)))
    fallbacks = [check.name or check.id for check in checks if _is_python(check)]
    return Passes(1, len(aggregates), tuple(shuffles), tuple(fallbacks))


def _shuffle(check: Check) -> str:
    if isinstance(check, KeyCheck):
        decided = f" → {', '.join(check.dependents)}" if check.dependents else ""
        return f"key {', '.join(check.fields)}{decided}{_where(check.judged)}"
    if isinstance(check, ReferenceCheck):
        return f"{', '.join(check.fields)} in {check.table}{_where(check.judged)}"
    if isinstance(check, WindowCheck):
        kind = "order" if check.previous else "statistics"
        return f"{kind} of {', '.join(check.fields)}{_where(check.judged)}"
    return f"query {check.name or check.id}" if isinstance(check, QueryCheck) else ""


def _is_python(check: Check) -> bool:
    if isinstance(check, FunctionCheck):
        return True
    trees: Iterable[exp.Expression | None] = (check.valid, check.judged) if isinstance(check, RowCheck) else ()
    return any(node.name == PYTHON for tree in trees if tree is not None for node in tree.find_all(exp.Anonymous))


def _where(judged: exp.Expression | None) -> str:
    return f" where {judged.sql()}" if judged is not None else ""


def _text(tree: exp.Expression | None) -> str:
    return "" if tree is None else tree.sql()
