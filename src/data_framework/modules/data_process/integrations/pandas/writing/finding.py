"""Which files of the target a change concerns: found by bounds, then by keys; and small ones that have gathered."""

from __future__ import annotations

from typing import Any

from data_framework.modules.catalogue import DataFile
from data_framework.modules.data_process.integrations.pandas.one_pass.relation import relation
from data_framework.modules.data_process.integrations.pandas.writing.attempt import Table
from data_framework.modules.data_process.plan.sequence import overlaps
from data_framework.modules.utils.names import quote_identifier as quoted

_SMALL = 16 * 1024 * 1024
_MANY = 32


def rows_of(table: Table, files: list[DataFile], *, filename: bool = False) -> str:
    """The SELECT of the rows of some files of the target, technical columns included.

    With `filename` also the path of each row's file, "" where the table can only be read as a whole.
    """
    plan, staged = table.staged.plan, table.staged
    direct = table.direct
    select = relation(
        table.catalogue, plan.target, staged.layout.schema, files, staged.scratch, technical=True,
        filename=filename and (direct or not files),
    )  # fmt: skip
    return f"SELECT *, '' AS filename FROM ({select})" if filename and files and not direct else select


def touched(table: Table, rows: str) -> list[DataFile]:
    """The files that hold a key of some rows (a SELECT that has the key's columns)."""
    candidates = _candidates(table, rows)
    if not candidates or not table.direct:
        return candidates
    keys = ", ".join(quoted(key) for key in table.staged.plan.primary_keys)
    found = {
        row[0]
        for row in table.staged.rows(
            f"SELECT DISTINCT filename FROM ({rows_of(table, candidates, filename=True)}) t "
            f"SEMI JOIN (SELECT {keys} FROM ({rows})) s USING ({keys})"
        )
    }
    return [file for file in candidates if file.path in found]


def holding(table: Table, column: str, lower: Any, upper: Any = None) -> list[DataFile]:
    """The files whose bounds allow a value of a column between two (no upper one: from the lower one on)."""
    if not table.direct:
        return list(table.files)
    return [file for file in table.files if overlaps(file, column, lower, upper)]


def leaving(table: Table, concerned: list[DataFile], paths: set[str]) -> list[DataFile]:
    """The files that are written anew: those named ("" names all), and small ones where many have gathered."""
    if "" in paths:
        return list(table.files)
    changed = [file for file in concerned if file.path in paths]
    return list({file.path: file for file in [*changed, *crowded(table)]}.values())


def crowded(table: Table) -> list[DataFile]:
    """The small files of partitions that have many: written anew, they become one file a partition."""
    if not table.direct:  # then only the whole table can be read
        return []
    small: dict[str | None, list[DataFile]] = {}
    for file in table.files:
        if file.size < _SMALL:
            small.setdefault(file.partition, []).append(file)
    return [file for files in small.values() if len(files) >= _MANY for file in files]


def _candidates(table: Table, rows: str) -> list[DataFile]:
    """The files whose bounds may hold a key of the rows."""
    keys = table.staged.plan.primary_keys
    if not table.direct or not table.files:
        return list(table.files)
    bounds = ", ".join(f"min({quoted(key)}), max({quoted(key)})" for key in keys)
    row = table.staged.one(f"SELECT count(*), {bounds} FROM ({rows})")
    if not row[0]:
        return []
    ranges = {key: (row[2 * place + 1], row[2 * place + 2]) for place, key in enumerate(keys)}
    return [file for file in table.files if all(overlaps(file, key, *pair) for key, pair in ranges.items())]
