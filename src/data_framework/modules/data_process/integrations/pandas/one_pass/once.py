"""What checks use several times in a row (`df_once`) becomes a column of a layer below them: computed once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlglot import exp

from data_framework.modules.data_process.integrations.pandas.sql.dialect import render
from data_framework.modules.data_process.plan.deliveries import Deliveries
from data_framework.modules.data_process.plan.model import RowCheck
from data_framework.modules.data_process.plan.vocabulary import ONCE

_PREFIX = "_df_o"


def computed_once(
    checks: Sequence[RowCheck], rows: str, deliveries: Deliveries
) -> tuple[str, tuple[RowCheck, ...]]:  # fmt: skip
    """SQL of the rows with such values as columns, and the checks that use these columns."""
    layers: list[dict[str, str]] = []
    found = tuple(
        replace(check, valid=_hoisted(check.valid, layers, deliveries),
                judged=_hoisted(check.judged, layers, deliveries) if check.judged is not None else None)
        for check in checks
    )  # fmt: skip
    for layer in layers:
        values = ", ".join(f"{value} AS {name}" for value, name in layer.items())
        rows = f"SELECT *, {values} FROM ({rows})"
    return rows, found


def _hoisted(tree: exp.Expression, layers: list[dict[str, str]], deliveries: Deliveries) -> exp.Expression:
    """The tree with columns for its shared values; the layers (value → column) grow by those that are new."""
    holder = exp.Paren(this=tree.copy())
    words = [node for node in holder.find_all(exp.Anonymous) if node.name == ONCE]
    for node in reversed(words):  # found from the outside in: the inner ones first
        inner = node.expressions[0]
        depth = 1 + max((_depth(column.name) for column in inner.find_all(exp.Column)), default=-1)
        layers += [{} for _ in range(depth + 1 - len(layers))]
        names = layers[depth]
        name = names.setdefault(render(inner, deliveries), f"{_PREFIX}{depth}_{len(names)}")
        node.replace(exp.column(name))
    found: exp.Expression = holder.this
    return found


def _depth(column: str) -> int:
    return int(column.removeprefix(_PREFIX).split("_")[0]) if column.startswith(_PREFIX) else -1
