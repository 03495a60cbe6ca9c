"""The order of the rows in each file: said of the table once, kept to by every writer of Iceberg."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from data_framework.modules.data_process.integrations.spark.utils import quoted

if TYPE_CHECKING:
    from data_framework.modules.data_process.integrations.spark.desk import Desk
    from data_framework.modules.data_process.plan.model import TablePlan


def keep_order(desk: Desk, plan: TablePlan) -> None:
    """Make the order a plan wants that of its table, where it is another one."""
    name = desk.name(plan.target)
    known = desk.session.sql(f"SHOW TBLPROPERTIES {name} ('sort-order')").collect()[0]["value"]
    if known != _terms(plan.order_by, plain=True):
        how = "DISTRIBUTED BY PARTITION LOCALLY" if plan.partition_field else "LOCALLY"
        desk.session.sql(f"ALTER TABLE {name} WRITE {how} ORDERED BY {_terms(plan.order_by)}")


def _terms(order_by: Sequence[tuple[str, bool]], *, plain: bool = False) -> str:
    return ", ".join(f"{name if plain else quoted(name)} {'DESC NULLS LAST' if down else 'ASC NULLS FIRST'}"
                     for name, down in order_by)  # fmt: skip
