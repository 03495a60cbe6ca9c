"""Random small tables, random controls: both engines find the same."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import pytest

from data_framework.modules.validation import RULES, ControlResult
from data_framework.modules.validation.workplace import workplace
from unit.validation.conftest import Judge

KINDS = {
    "s": "string",
    "i": "bigint",
    "d": "double",
    "m": "decimal(38,4)",
    "t": "date",
    "z": "timestamp",
    "b": "boolean",
}
VALUES: Mapping[str, Sequence[Any]] = {
    "s": ["", " a", "a", "A", "é☃", "ß", "12", "2026-01-31", "x" * 50, "{}", "NaN", "a\nb"],
    "i": ["0", "1", "-1", "2", "3", "7", "1000000000000000"],
    "d": [0.0, -0.0, 0.5, 1.5, -2.5, math.nan, math.inf, -math.inf, 1e300],
    "m": ["0", "0.0001", "-7.5", "1234567890123456789012345678.1234"],
    "t": ["2024-12-27", "2026-01-30", "2026-01-31", "2026-02-01", "2026-02-28"],
    "z": ["2025-03-19 01:00:00Z", "2026-03-29 00:59:59Z", "2026-03-29 01:00:00Z", "2026-03-29T03:00:00+02:00"],
    "b": ["true", "false"],
}
_WIDE = {"reference", "query", "columns", "effect", "file"}


def table(chance: random.Random) -> list[dict[str, Any]]:
    """Rows with nulls, ties and copies."""
    rows = [
        {name: None if chance.random() < 0.2 else chance.choice(values) for name, values in VALUES.items()}
        for _ in range(chance.randint(1, 25))
    ]
    return rows + [dict(row) for row in rows if chance.random() < 0.15]


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
    rows, asked = table(chance), controls(chance, 16)
    found = []
    for engine in ("lambda", "emr"):
        with workplace(engine) as place:
            found.append([told(result) for result in Judge(place)(KINDS, rows, *asked)])
    assert len(found[0]) == len(asked) == 16
    assert found[1] == found[0]
