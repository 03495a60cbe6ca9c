"""The mark of `sequence_by` over staged rows: whether they come in order, and how far they come."""

from __future__ import annotations

from data_framework.modules.catalogue import Snapshot
from data_framework.modules.data_process.integrations.pandas.field_ids import stored
from data_framework.modules.data_process.integrations.pandas.sql.casts import literal
from data_framework.modules.data_process.integrations.pandas.writing.attempt import Table
from data_framework.modules.data_process.plan import sequence
from data_framework.modules.data_process.plan.sequence import PROPERTY, comes_last, last_mark
from data_framework.modules.utils.names import quote_identifier as quoted


def follows(table: Table) -> bool:
    """Whether the plan's date comes after all others, and each of its rows after all rows before."""
    plan, snapshots = table.staged.plan, _snapshots(table)
    if plan.sequence_by is None or (table.files and not table.direct) or not comes_last(plan, table.files, snapshots):
        return False
    name, known = quoted(plan.sequence_by), str(last_mark(snapshots))
    mark = f"CAST({literal(known)} AS {stored(table.staged.layout.schema, plan.sequence_by)})"
    return bool(table.staged.one(f"SELECT coalesce(bool_and(coalesce({name} >= {mark}, false)), true) "
                                 f"FROM ({table.staged.sound(name)})")[0])  # fmt: skip


def mark(table: Table) -> dict[str, str]:
    """The property of the next commit; {} where no row is known to be the latest."""
    plan, known = table.staged.plan, last_mark(_snapshots(table))
    fresh = plan.rebuilds or table.snapshot is None
    if plan.sequence_by is None or plan.write_mode != "merge" or (known is None and not fresh):
        return {}
    name, kind = quoted(plan.sequence_by), stored(table.staged.layout.schema, plan.sequence_by)
    before = "NULL" if fresh or known is None else literal(known)
    (high,) = table.staged.one(
        f"SELECT greatest(max({name}), CAST({before} AS {kind}))::VARCHAR FROM ({table.staged.sound(name)})"
    )
    return {} if high is None else {PROPERTY: str(high)}


def leaves_trace(table: Table, high: dict[str, str]) -> bool:
    """Whether deletions are noted by a commit though they find nothing to delete."""
    return sequence.leaves_trace(table.staged.plan, high, _snapshots(table))


def _snapshots(table: Table) -> list[Snapshot]:
    return [] if table.snapshot is None else table.catalogue.history(table.staged.plan.target, limit=100)
