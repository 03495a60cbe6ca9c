"""The cells of some columns of a plan, as raw has them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

from data_framework.modules.dataflow.tables import raw_table
from data_framework.modules.utils.names import normalise_name

if TYPE_CHECKING:
    from data_framework.modules.data_process.plan import RawSource
    from data_framework.modules.dataflow.execution import Execution


def cells_of(
    execution: Execution, source: RawSource, names: Collection[str], rows: int | None = None
) -> Iterator[tuple[str, str | None, int]]:
    """Column, cell and how often, portion by portion, over all files of the unit; at most so many rows."""
    from data_framework.modules.data_process.files.limits import FileLimits
    from data_framework.modules.data_process.raw_rows import RawRows

    runtime, table = execution.runtime, raw_table(execution)
    if table is None:
        return
    date = None if execution.unit.execution_mode == "full" else execution.unit.file_date or None
    deliveries = runtime.state.in_force(table.database, table.table, date)
    found = RawRows(runtime.storage, deliveries, FileLimits.of(runtime.config.platform.limits))
    places = _places(found.columns, found.delivered, source)
    left = rows
    for batch in found.batches():
        for number, name in places.items():
            if name in names:
                for one in batch.column(number).slice(0, left).value_counts().to_pylist():
                    yield name, one["values"], one["counts"]
        left = None if left is None else left - batch.num_rows
        if left is not None and left <= 0:
            return


def _places(columns: Sequence[str], delivered: Sequence[str], source: RawSource) -> dict[int, str]:
    """The number of each raw column → the name the plan gives it."""
    named = {shown: name for file in source.files for shown, name in file.columns.items()}
    return {
        number: named.get(shown) or named.get(plain) or normalise_name(plain)
        for number, (plain, shown) in enumerate(zip(columns, delivered, strict=True))
    }
