"""The slices in which the invalid rows of a check concentrate: looked for only where there are any."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from data_framework.modules.data_process.integrations.spark.one_pass.prepared import Pinned, one
from data_framework.modules.data_process.integrations.spark.utils import literal, quoted
from data_framework.modules.data_process.plan import hidden
from data_framework.modules.data_process.plan.model import Slice
from data_framework.modules.data_process.plan.slicing import ROWS, candidates, slice_name, sliced_columns, worst

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_Shared = list[tuple[str, str]]  # the name of a slice, and the condition for it
_FILES = 3


@dataclass(frozen=True)
class Suspect:
    """A check with invalid rows.

    Attributes:
        fields: The columns it looks at.
        rows: Rows among which are all it judges.
        judged, invalid: Conditions over them.
        total, failed: How many it judged, and how many of these are invalid.
    """

    fields: tuple[str, ...]
    rows: DataFrame
    judged: str
    invalid: str
    total: int
    failed: int


def slices_of(pinned: Pinned, suspects: Mapping[str, Suspect]) -> dict[str, tuple[Slice, ...]]:
    """The worst slices of each check; those over the same rows are counted in one further scan."""
    shared = {name: [*_values(pinned, suspect), *_files(pinned, suspect)] for name, suspect in suspects.items()}
    groups: dict[int, list[str]] = {}
    for name, suspect in suspects.items():
        if shared[name]:
            groups.setdefault(id(suspect.rows), []).append(name)
    found = {}
    for names in groups.values():
        counts = _counted([(suspects[name], condition) for name in names for _, condition in shared[name]])
        for name in names:
            slices = [Slice(shown, next(counts), next(counts)) for shown, _ in shared[name]]
            found[name] = worst(slices, suspects[name].total, suspects[name].failed)
    return found


def _counted(wanted: list[tuple[Suspect, str]]) -> Iterator[int]:
    """For each condition the rows judged and the rows invalid, in one scan."""
    cells = [f"count_if(({part}) AND {condition})"
             for suspect, condition in wanted for part in (suspect.judged, suspect.invalid)]  # fmt: skip
    return iter(one(wanted[0][0].rows.selectExpr(*cells)))


def _values(pinned: Pinned, suspect: Suspect) -> _Shared:
    """The column values some of the invalid rows share."""
    names = sliced_columns(pinned.layout.columns, pinned.plan.partition_field, suspect.fields)
    if not names:
        return []
    rows = suspect.rows.where(suspect.invalid).selectExpr(*map(quoted, names)).take(ROWS)
    return [(slice_name(name, value), f"{quoted(name)} <=> {_written(value)}") for name, value
            in candidates(names, rows)]  # fmt: skip


def _files(pinned: Pinned, suspect: Suspect) -> _Shared:
    """The files with the most invalid rows."""
    names = pinned.source.deliveries.names
    if len(names) < 2:
        return []
    counts = suspect.rows.where(suspect.invalid).groupBy(hidden.FILE).count().collect()
    most = sorted(counts, key=lambda row: (-row["count"], row[hidden.FILE]))[:_FILES]
    return [(slice_name("file", names[row[hidden.FILE]]), f"{hidden.FILE} = {row[hidden.FILE]}") for row in most]


def _written(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, date):
        return f"DATE {literal(value.isoformat())}"
    return literal(value) if isinstance(value, str) else str(value).lower()
