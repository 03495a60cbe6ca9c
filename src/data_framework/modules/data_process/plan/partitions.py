"""Which partitions of a table a delivery replaces, where the partition is not the data date itself.

The newest data date that holds a partition wins, in whatever order the dates come: a late date leaves newer partitions
in force, and what a restated date no longer delivers falls back to the date before. Decided the same for every engine.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from data_framework.modules.data_process.plan.history import date_column, partition_is_date
from data_framework.modules.data_process.plan.sequence import comparable_bound

if TYPE_CHECKING:
    from data_framework.modules.catalogue import DataFile
    from data_framework.modules.data_process.plan.model import TablePlan

Partitions = frozenset[str | None]


@dataclass(frozen=True)
class Claims:
    """What becomes of partitions.

    Attributes:
        leaving: Those of the table whose rows leave.
        overtaken: Those of the delivery that a later date holds: its rows do not enter.
        withdrawn: Those the date held and no longer delivers: what older dates say of them enters again.
    """

    leaving: Partitions
    overtaken: Partitions = frozenset()
    withdrawn: Partitions = frozenset()

    @property
    def plain(self) -> bool:
        """Whether every row of the delivery enters, and no other."""
        return not self.overtaken and not self.withdrawn


def claims(plan: TablePlan, delivered: Set[str | None], files: Iterable[DataFile]) -> Claims:
    """What a delivery of these partitions does to a table of these files."""
    if partition_is_date(plan):
        return Claims(frozenset({*delivered, plan.data_date} if plan.data_date else delivered))
    column = date_column(plan)
    if column is None or not plan.data_date:
        return Claims(frozenset(delivered))
    day, newest = date.fromisoformat(plan.data_date), _newest(files, column)
    overtaken = frozenset(one for one in delivered if newest.get(one, day) > day)
    withdrawn = frozenset(one for one, held in newest.items() if held == day and one not in delivered)
    withdrawn = withdrawn if plan.history is not None else frozenset()
    return Claims(frozenset(delivered) - overtaken | withdrawn, overtaken, withdrawn)


def _newest(files: Iterable[DataFile], column: str) -> dict[str | None, date]:
    """The date each partition is held by; those of older tables, that do not say it, are left out."""
    found: dict[str | None, date] = {}
    for file in files:
        held = comparable_bound(file.upper.get(column), date.min)
        if isinstance(held, date):
            found[file.partition] = max(held, found.get(file.partition, held))
    return found
