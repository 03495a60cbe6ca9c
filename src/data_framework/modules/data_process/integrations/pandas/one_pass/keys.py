"""Primary keys of a merge: null keys, rows that are the same, rows that clash."""

from __future__ import annotations

from data_framework.modules.data_process.integrations.pandas.connection import frugal
from data_framework.modules.data_process.integrations.pandas.one_pass.prepared import LATE, STAGED, Staged
from data_framework.modules.data_process.integrations.pandas.sql import casts
from data_framework.modules.data_process.plan import hidden
from data_framework.modules.data_process.plan.model import RawSource
from data_framework.modules.utils.names import quote_identifier as quoted

KEY_CONTROL = "primary_key"
CLASH = "duplicate_key"
_REPEATED = "df_repeated"
_FIRST_ROWS = 10_000


def make_late(staged: Staged) -> None:
    """Make the table of rows that lose their place after the pass: file, record, effect and why."""
    staged.cursor.execute(
        f"CREATE OR REPLACE TEMP TABLE {LATE} (file INTEGER, record BIGINT, effect VARCHAR, control VARCHAR, "
        "field VARCHAR, message VARCHAR)"
    )


def note_late(staged: Staged, select: str) -> None:
    """Add rows (file, record, effect, control, field, message)."""
    row = staged.one(f"INSERT INTO {LATE} {select}")
    staged.late += int(row[0])


def apply_key_policy(staged: Staged) -> None:
    """Judge the primary keys of the rows a merge would publish."""
    keys = staged.plan.primary_keys
    if staged.plan.write_mode not in {"merge", "scd2"} or not keys:
        return
    _null_keys(staged)
    if repeated(staged, keys, _REPEATED, unit=_unit(staged)):
        _clashes(staged)


def repeated(staged: Staged, fields: tuple[str, ...], table: str, *, unit: str = "", where: str = "true") -> int:
    """Collect the keys (nulls apart) that occur more than once among the publishable rows; answer how many.

    What is unique stays so in fewer rows and with more fields: it is not counted again.
    """
    names = ", ".join(quoted(name) for name in fields)
    filled = " AND ".join(f"{quoted(name)} IS NOT NULL" for name in fields)
    extra = f", {unit} AS df_unit" if unit else ""
    group = names + (", df_unit" if unit else "")
    if not any(unique <= {*fields} for unique in staged.unique) and _ascend(staged, fields):
        staged.unique.append(frozenset(fields))
    if any(unique <= {*fields} for unique in staged.unique):
        staged.cursor.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT {group}, 0::BIGINT AS df_rows FROM "
                              f"(SELECT {names}{extra} FROM {STAGED} LIMIT 0)")  # fmt: skip
        return 0
    rows = staged.sound(f"{names}{extra}").replace(" WHERE ", f" WHERE {filled} AND ({where}) AND ", 1)
    with frugal(staged.cursor):
        found = staged.one(
            f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT {group}, count(*) AS df_rows FROM ({rows}) "
            f"GROUP BY {group} HAVING count(*) > 1"
        )
    if not found[0] and not unit and where in {"true", filled}:
        staged.unique.append(frozenset(fields))
    return int(found[0])


def _ascend(staged: Staged, fields: tuple[str, ...]) -> bool:
    """Whether each staged row has a greater key than the row before it: then none repeats, and nothing need be counted.

    Many deliveries come in the order of their key. Where the first rows do not, the others are not looked at.
    """
    if not staged.in_order:
        return False
    names = [quoted(name) for name in fields]
    before = [f"df_before_{place}" for place in range(len(names))]
    greater = "false"
    for name, last in reversed([*zip(names, before, strict=True)]):
        greater = f"({name} > {last} OR ({name} = {last} AND {greater}))"
    lags = ", ".join(f"lag({name}) OVER () AS {last}" for name, last in zip(names, before, strict=True))
    rows = f"SELECT {', '.join(names)} FROM ({staged.in_order})"
    counts = f"SELECT count(*), count_if({greater}) FROM (SELECT *, {lags} FROM"
    seen, ascending = staged.one(f"{counts} ({rows} LIMIT {_FIRST_ROWS}))")
    if ascending == seen - 1 and seen == _FIRST_ROWS:
        seen, ascending = staged.one(f"{counts} ({rows}))")
    return bool(ascending == seen - 1)


def _unit(staged: Staged) -> str:
    """What a delivery is: in full mode the files of one data date; else everything that was read."""
    one_date = len({*staged.deliveries.dates}) < 2
    if not isinstance(staged.plan.source, RawSource) or not staged.plan.rebuilds or one_date:
        return ""
    dates = ", ".join(casts.literal(date) for date in staged.deliveries.dates)
    return f"[{dates}][{hidden.FILE} + 1]"


def _null_keys(staged: Staged) -> None:
    keys, effect = staged.plan.primary_keys, staged.plan.key_policy.nulls
    empty = " OR ".join(f"{quoted(name)} IS NULL" for name in keys)
    rows = staged.sound(f"{hidden.FILE}, {hidden.RECORD}").replace(" WHERE ", f" WHERE ({empty}) AND ", 1)
    field = casts.literal(", ".join(keys))
    note_late(
        staged,
        f"SELECT {hidden.FILE}, {hidden.RECORD}, '{effect}', '{KEY_CONTROL}', {field}, 'null in the primary "
        f"key' FROM ({rows})",
    )


def _clashes(staged: Staged) -> None:
    """Among the rows of repeated keys: equal ones collapse, others clash."""
    unit, keys = _unit(staged), staged.plan.primary_keys
    on = " AND ".join(f"s.{quoted(name)} = r.{quoted(name)}" for name in keys)
    on += f" AND {unit.replace(hidden.FILE, 's.' + hidden.FILE)} = r.df_unit" if unit else ""
    group = ", ".join([*(quoted(name) for name in keys), *(["df_unit"] if unit else [])])
    extra = f", {unit.replace(hidden.FILE, 's.' + hidden.FILE)} AS df_unit" if unit else ""
    rows = staged.sound(f"s.*{extra}").replace(" WHERE ", f" SEMI JOIN {_REPEATED} r ON {on} WHERE ", 1)
    every = ", ".join(quoted(name) for name in staged.layout.names)
    ordered = ", ".join([*_order(staged), hidden.FILE, hidden.RECORD])
    newest = f"rank() OVER (PARTITION BY {group} ORDER BY {_sequence(staged)}) = 1"
    staged.cursor.execute(
        f"CREATE OR REPLACE TEMP TABLE df_versions AS SELECT {hidden.FILE} AS file, {hidden.RECORD} AS record, "
        f"row_number() OVER (PARTITION BY {group}, df_all ORDER BY {hidden.FILE}, {hidden.RECORD}) AS copy, "
        f"row_number() OVER (PARTITION BY {group} ORDER BY {ordered}) AS place, "
        f"df_newest, min(df_all) FILTER (df_newest) OVER (PARTITION BY {group}) <> "
        f"max(df_all) FILTER (df_newest) OVER (PARTITION BY {group}) AND df_newest AS clash "
        f"FROM (SELECT *, CAST(row({every}) AS VARCHAR) || md5(to_json(row({every}))::VARCHAR) AS df_all, "
        f"{newest} AS df_newest FROM ({rows}))"
    )
    field, policy = casts.literal(", ".join(keys)), staged.plan.key_policy.clash
    where, effect = {
        "quarantine": ("clash", "quarantine"),
        "drop": ("clash", "drop"),
        "unify": ("clash AND place > 1", "merged"),
    }[policy]
    overtaken = "NOT clash AND (copy > 1 OR NOT df_newest)"
    note_late(staged, f"SELECT file, record, 'merged', '', '', '' FROM df_versions WHERE {overtaken}")
    note_late(
        staged,
        f"SELECT file, record, '{effect}', '{CLASH}', {field}, 'rows with this key differ' FROM df_versions "
        f"WHERE {where}",
    )
    staged.cursor.execute("DROP TABLE df_versions")


def _sequence(staged: Staged) -> str:
    """What decides among rows of one delivery, where the plan says so: the later one is the newer."""
    parts = [f"{quoted(staged.plan.sequence_by)} DESC NULLS LAST"] if staged.plan.sequence_by else []
    dates = staged.deliveries.dates
    if not staged.plan.rebuilds and len({*dates}) > 1:  # rows of several dates at once: those of a replay
        listed = ", ".join(casts.literal(date) for date in dates)
        parts.append(f"[{listed}][{hidden.FILE} + 1] DESC")
    return ", ".join(parts) or "true"


def _order(staged: Staged) -> list[str]:
    return [f"{quoted(name)} {'DESC' if down else 'ASC'} NULLS LAST" for name, down in staged.plan.key_policy.order_by]
