"""The slices in which the invalid rows of a check concentrate, counted over the staged rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from data_framework.modules.data_process.integrations.pandas.one_pass.prepared import STAGED, Staged
from data_framework.modules.data_process.plan import hidden
from data_framework.modules.data_process.plan.model import Slice
from data_framework.modules.data_process.plan.slicing import ROWS, candidates, slice_name, sliced_columns, worst
from data_framework.modules.utils.names import quote_identifier as quoted


@dataclass(frozen=True)
class Suspect:
    """A check with invalid rows: conditions over the staged rows (`s`) of those it judges and of the invalid ones."""

    fields: tuple[str, ...]
    judged: str
    invalid: str
    total: int
    failed: int


def slices_of(staged: Staged, suspects: Mapping[str, Suspect]) -> dict[str, tuple[Slice, ...]]:
    """The worst slices of each check; all of them are counted in one further scan."""
    shared = {name: [*_shared(staged, suspect), *_files(staged, suspect)] for name, suspect in suspects.items()}
    parts, values = [], []
    for name, suspect in suspects.items():
        for _, condition, bound in shared[name]:
            parts += [f"count(*) FILTER (({suspect.judged}) AND {condition})",
                      f"count(*) FILTER (({suspect.invalid}) AND {condition})"]  # fmt: skip
            values += [*bound, *bound]
    if not parts:
        return {}
    counts = iter(staged.cursor.execute(f"SELECT {', '.join(parts)} FROM {STAGED} s", values).fetchall()[0])
    return {
        name: worst([Slice(shown, next(counts), next(counts)) for shown, _, _ in shared[name]], suspect.total,
                    suspect.failed)
        for name, suspect in suspects.items()
    }  # fmt: skip


def _shared(staged: Staged, suspect: Suspect) -> list[tuple[str, str, Sequence[Any]]]:
    """(name, condition, its values) of the column values some of the invalid rows share."""
    plan = staged.plan
    names = sliced_columns(staged.layout.columns, plan.partition_field, suspect.fields)
    if not names:
        return []
    cells = ", ".join(quoted(name) for name in names)
    rows = staged.rows(f"SELECT {cells} FROM {STAGED} s WHERE {suspect.invalid} LIMIT {ROWS}")
    return [
        (slice_name(name, value), f"{quoted(name)} IS NOT DISTINCT FROM ?", [value])
        for name, value in candidates(names, rows)
    ]


def _files(staged: Staged, suspect: Suspect) -> list[tuple[str, str, Sequence[Any]]]:
    names = staged.deliveries.names
    if len(names) < 2:
        return []
    most = staged.rows(
        f"SELECT {hidden.FILE} FROM {STAGED} s WHERE {suspect.invalid} GROUP BY ALL ORDER BY count(*) DESC, 1 LIMIT 3"
    )
    return [(slice_name("file", names[number]), f"{hidden.FILE} = ?", [number]) for (number,) in most]
