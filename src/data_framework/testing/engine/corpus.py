"""Values that tell engines apart: null, NaN, zeros, infinities, empty text, ties, digits, zones, unicode, copies."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from typing import Any

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


def random_rows(chance: random.Random) -> list[dict[str, Any]]:
    """A small table with nulls, ties and copies."""
    rows = [
        {name: None if chance.random() < 0.2 else chance.choice(values) for name, values in VALUES.items()}
        for _ in range(chance.randint(1, 25))
    ]
    return rows + [dict(row) for row in rows if chance.random() < 0.15]
