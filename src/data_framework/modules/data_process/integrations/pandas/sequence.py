"""How far `sequence_by` has come: a mark each commit carries, so that changes in order need no look at the past."""

from __future__ import annotations

from data_framework.modules.data_process.integrations.pandas.attempt import Table
from data_framework.modules.data_process.integrations.pandas.casts import literal
from data_framework.modules.data_process.integrations.pandas.field_ids import stored
from data_framework.modules.data_process.integrations.pandas.finding import holding
from data_framework.modules.data_process.plan.history import date_column, reached
from data_framework.modules.data_process.plan.model import RawSource
from data_framework.modules.utils.names import quote_identifier as quoted

PROPERTY = "sequence-high"


def follows(table: Table) -> bool:
    """Whether the plan's date comes after all others, and each of its rows after all rows before."""
    plan, known = table.staged.plan, _known(table)
    if plan.sequence_by is None or plan.write_mode != "merge" or known is None:
        return False
    past = plan.history.source.files if plan.history and isinstance(plan.history.source, RawSource) else ()
    column = date_column(plan)
    if column is None or any(file.data_date >= plan.data_date for file in past) or _held(table, column):
        return False
    if reached(plan, table.catalogue.history(plan.target, limit=100)):
        return False
    name = quoted(plan.sequence_by)
    mark = f"CAST({literal(known)} AS {stored(table.staged.layout.schema, plan.sequence_by)})"
    return bool(table.staged.one(f"SELECT coalesce(bool_and(coalesce({name} >= {mark}, false)), true) "
                                 f"FROM ({table.staged.sound(name)})")[0])  # fmt: skip


def mark(table: Table) -> dict[str, str]:
    """The property of the next commit; {} where no row is known to be the latest."""
    plan, known = table.staged.plan, _known(table)
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
    """Whether deletions are noted by a commit though they find nothing to delete: what comes late must know of them."""
    plan, found = table.staged.plan, table.catalogue.history(table.staged.plan.target, limit=100)
    return not reached(plan, found) or high.get(PROPERTY) != _known(table)


def _known(table: Table) -> str | None:
    if table.snapshot is None:
        return None
    found = table.catalogue.history(table.staged.plan.target, limit=100)
    return next((one.properties[PROPERTY] for one in found if PROPERTY in one.properties), None)


def _held(table: Table, column: str) -> bool:
    from datetime import date

    return bool(holding(table, column, date.fromisoformat(table.staged.plan.data_date)))
