"""The one aggregation of a pass: every count of casts, row checks and files, in one scan, a row a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from data_framework.modules.data_process.plan import hidden

if TYPE_CHECKING:
    from data_framework.modules.data_process.integrations.spark.one_pass.prepared import Pinned

Counts = dict[str, int]


@dataclass
class Sums:
    """What the pass counted.

    Attributes:
        files: File number → counts by name.
        extra: Values of aggregates that were taken along, by name.
    """

    files: Mapping[int, Counts]
    extra: Mapping[str, Any] = field(default_factory=dict)

    def total(self, name: str) -> int:
        """A count over all files."""
        return sum(counts[name] for counts in self.files.values())

    def by_file(self, name: str) -> dict[int, int]:
        """A count by file number, where there is any."""
        return {number: counts[name] for number, counts in self.files.items() if counts[name]}


def count_bits(pinned: Pinned, extra: Mapping[str, str]) -> Sums:
    """Count everything the bits say, and values of aggregates over all rows where there is one file only.

    Args:
        pinned: The rows.
        extra: Name → SQL of an aggregate over the judged rows.
    """
    sql = _counts(pinned)
    cells = [f"{value} AS {name}" for name, value in (*sql.items(), *extra.items())]
    if len(pinned.source.deliveries.names) < 2:
        row = pinned.judged.selectExpr(*cells).collect()[0]
        return Sums({0: {name: int(row[name] or 0) for name in sql}}, {name: row[name] for name in extra})
    from pyspark.sql import functions

    grouped = pinned.judged.groupBy(hidden.FILE).agg(*map(functions.expr, cells)).collect()
    return Sums({int(row[hidden.FILE]): {name: int(row[name] or 0) for name in sql} for row in grouped})


def _counts(pinned: Pinned) -> dict[str, str]:
    layout = pinned.layout
    found = {
        "n": "count(*)",
        "aside": f"count_if({layout.set_aside})",
        "dropped": f"count_if(NOT {layout.set_aside} AND {layout.dropped})",
    }
    for fault in layout.faults:
        mask = f"{hidden.CASTS}{fault.position // hidden.BITS}"
        found[f"cast{fault.position}"] = f"count_if({mask} & {1 << (fault.position % hidden.BITS)} <> 0)"
    for number in range(len(layout.checks)):
        column, bit = layout.invalid_bit(number)
        found[f"total{number}"] = f"count_if({column} & {bit << 1} = 0)"
        found[f"invalid{number}"] = f"count_if({column} & {bit} <> 0)"
    return found


def cast_failures(pinned: Pinned, sums: Sums) -> dict[str, int]:
    """Column → cells that did not fit."""
    found: dict[str, int] = {}
    for fault in pinned.layout.faults:
        if count := sums.total(f"cast{fault.position}"):
            found[fault.column] = found.get(fault.column, 0) + count
    return found


def named(names: Iterable[str], counts: Mapping[int, int]) -> dict[str, int]:
    """File name → count, of files of one name together."""
    found: dict[str, int] = {}
    for number, name in enumerate(names):
        found[name] = found.get(name, 0) + counts.get(number, 0)
    return found
