"""Random small tables, random controls: both engines find the same."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import pytest

from data_framework.modules.validation import RULES, ControlResult
from data_framework.modules.validation.workplace import workplace
from data_framework.testing.engine.corpus import KINDS, random_rows
from unit.validation.conftest import Judge

_WIDE = {"reference", "query", "columns", "effect", "file"}


def controls(chance: random.Random, count: int) -> list[dict[str, Any]]:
    """Rules with the arguments of their examples, on other columns of the same type."""
    able = []
    for name, rule in RULES.items():
        found = rule.examples
        if rule.shape in _WIDE or found is None or len(found.fields) != 1 or len(found.types) != 1:
            continue
        kind = found.types[found.fields[0]].split("(")[0]
        fields = [column for column, one in KINDS.items() if one.split("(")[0] in {kind, {"int": "bigint"}.get(kind)}]
        able += [(name, chance.choice(fields), dict(found.arguments))] if fields else []
    picked = chance.sample(able, min(count, len(able)))
    return [
        {"name": f"{number} {name} of {field}", "algorithm": name, "field": field, "arguments": arguments,
         "nulls": chance.choice(["ignore", "fail"]), **({"where": "i > 0"} if chance.random() < 0.2 else {})}
        for number, (name, field, arguments) in enumerate(picked)
    ]  # fmt: skip


def told(result: ControlResult) -> tuple[Any, ...]:
    value = result.observed
    if isinstance(value, float | Decimal):
        value = f"{float(value):.9g}"
    return (result.name, result.total, result.invalid, str(value), result.rag, bool(result.error))


@pytest.mark.parametrize("seed", range(2))
def test_random_tables_and_controls_are_judged_the_same(spark: Any, seed: int) -> None:
    chance = random.Random(seed)
    rows, asked = random_rows(chance), controls(chance, 16)
    found = []
    for engine in ("lambda", "emr"):
        with workplace(engine) as place:
            found.append([told(result) for result in Judge(place)(KINDS, rows, *asked)])
    assert len(found[0]) == len(asked) == 16
    assert found[1] == found[0]
