"""The order of the rows in each file: said of the table once, kept to by every writer of Iceberg."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from data_framework.modules.data_process.integrations.spark.utils import partition_sql, quoted

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from data_framework.modules.config.model.tables import Partition
    from data_framework.modules.data_process.integrations.spark.desk import Desk
    from data_framework.modules.data_process.plan.model import TablePlan


def keep_order(desk: Desk, plan: TablePlan) -> None:
    """Make the order a plan wants, if any, that of its table, where it is another one."""
    if not plan.order_by:
        return
    name = desk.name(plan.target)
    known = desk.session.sql(f"SHOW TBLPROPERTIES {name} ('sort-order')").collect()[0]["value"]
    if known != _terms(plan.order_by, plain=True):
        how = "DISTRIBUTED BY PARTITION LOCALLY" if plan.partition_field else "LOCALLY"
        desk.session.sql(f"ALTER TABLE {name} WRITE {how} ORDERED BY {_terms(plan.order_by)}")


def sorted_rows(rows: DataFrame, partition: Partition | None, order_by: Sequence[tuple[str, bool]]) -> DataFrame:
    """Rows in an order, each partition together, for a table that does not know it yet."""
    if not order_by:
        return rows
    from pyspark.sql import functions

    together = rows.repartition(functions.expr(partition_sql(partition))) if partition else rows
    first = [functions.expr(partition_sql(partition)).asc_nulls_first()] if partition else []
    columns = [(functions.col(quoted(name)), down) for name, down in order_by]
    terms = [column.desc_nulls_last() if down else column.asc_nulls_first() for column, down in columns]
    return together.sortWithinPartitions(*first, *terms)


def _terms(order_by: Sequence[tuple[str, bool]], *, plain: bool = False) -> str:
    return ", ".join(f"{name if plain else quoted(name)} {'DESC NULLS LAST' if down else 'ASC NULLS FIRST'}"
                     for name, down in order_by)  # fmt: skip
