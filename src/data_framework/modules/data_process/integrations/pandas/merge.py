"""Merge by primary key: files without a changed row stay, unchanged rows are recognised, an older date never wins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlglot import exp

from data_framework.modules.catalogue import DataFile
from data_framework.modules.data_process.integrations.pandas.attempt import Outcome, Table, accepted
from data_framework.modules.data_process.integrations.pandas.casts import literal
from data_framework.modules.data_process.integrations.pandas.prepared import Staged
from data_framework.modules.data_process.integrations.pandas.relation import relation
from data_framework.modules.data_process.integrations.pandas.replay import replayed
from data_framework.modules.data_process.plan import hidden
from data_framework.modules.data_process.plan.model import TablePlan
from data_framework.modules.data_process.plan.target import partition_is_date
from data_framework.modules.utils.names import quote_identifier as quoted

_MATCH = "df_match"
_SMALL = 16 * 1024 * 1024
_MANY = 32


def merge(table: Table) -> Outcome:
    """Compute the change a merge makes."""
    if table.full:
        return _rebuilt(table)
    staged = table.staged
    rows = staged.verdict.rows_read - staged.verdict.rejected - staged.verdict.dropped - staged.merged
    touched = _touched(table, _candidates(table)) if rows else []
    if not touched:
        return _inserted(table, rows)
    _match(table, touched)
    changed, same, stale, renewed = staged.one(
        f"SELECT count(*) FILTER (NOT same AND NOT stale), count(*) FILTER (same), count(*) FILTER (stale "
        f"AND NOT same), "
        f"count(*) FILTER (same AND renewed) FROM {_MATCH}"
    )
    inserted = rows - changed - same - stale
    outcome = Outcome(written=changed + inserted, unchanged=same, merged=stale)
    if changed or inserted or renewed:
        _rewrite(table, outcome, touched)
    return outcome


def _inserted(table: Table, rows: int) -> Outcome:
    """No key is there yet."""
    return _compacted(table, accepted(table)) if rows else Outcome()


def _compacted(table: Table, outcome: Outcome) -> Outcome:
    """Where many small files have gathered, take them into the new ones: cost does not grow with deliveries."""
    small = _crowded(table)
    if not small:
        return outcome
    columns = table.staged.target_columns
    select = f"{_relation(table, small)} UNION ALL {table.staged.sound(columns)}"
    for path in outcome.made:
        table.staged.leftovers.append(path)
    made = table.write(select)
    return Outcome(add=made, made=made, remove=small, written=outcome.written)


def _crowded(table: Table) -> list[DataFile]:
    """The small files of partitions that have many: written anew, they become one file a partition."""
    if not table.direct:  # then only the whole table can be read
        return []
    small: dict[str | None, list[DataFile]] = {}
    for file in table.files:
        if file.size < _SMALL:
            small.setdefault(file.partition, []).append(file)
    return [file for files in small.values() if len(files) >= _MANY for file in files]


def _relation(table: Table, files: list[DataFile], *, filename: bool = False) -> str:
    plan, staged = table.staged.plan, table.staged
    return relation(
        table.catalogue, plan.target, staged.layout.schema, files, staged.scratch, technical=True, filename=filename
    )


# which files hold a key ---------------------------------------------------------------------------------------------
def _candidates(table: Table) -> list[DataFile]:
    """The files whose bounds may hold a key of the staged rows."""
    staged, keys = table.staged, table.staged.plan.primary_keys
    if not table.direct:
        return list(table.files)
    bounds = ", ".join(f"min({quoted(key)}), max({quoted(key)})" for key in keys)
    row = staged.one(staged.sound(bounds))
    ranges = {key: (row[2 * place], row[2 * place + 1]) for place, key in enumerate(keys)}
    return [file for file in table.files if all(_overlaps(file, key, *pair) for key, pair in ranges.items())]


def _overlaps(file: DataFile, key: str, lower: Any, upper: Any) -> bool:
    if key not in file.lower or key not in file.upper or lower is None:
        return True
    floor, ceiling = _comparable(file.lower[key], lower), _comparable(file.upper[key], upper)
    if type(floor) is not type(lower) or type(ceiling) is not type(upper):
        return True
    return bool(floor <= upper and ceiling >= lower)


def _comparable(bound: Any, value: Any) -> Any:
    if type(value) is date and isinstance(bound, int):
        return date(1970, 1, 1) + timedelta(days=bound)
    return bound


def _touched(table: Table, candidates: list[DataFile]) -> list[DataFile]:
    if not candidates:
        return []
    if not table.direct:
        return candidates
    keys = ", ".join(quoted(key) for key in table.staged.plan.primary_keys)
    found = {
        row[0]
        for row in table.staged.rows(
            f"SELECT DISTINCT filename FROM ({_relation(table, candidates, filename=True)}) t "
            f"SEMI JOIN ({table.staged.sound(keys)}) s USING ({keys})"
        )
    }
    return [file for file in candidates if file.path in found]


# what changes -------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class _Order:
    """Which of two rows is newer: SQL over `s` (staged) and `t` (target)."""

    stale: str
    renewed: str


def _order(plan: TablePlan, names: tuple[str, ...]) -> _Order:
    stamped = hidden.DATA_DATE in names
    renewed = (
        "(s._data_date > t._data_date OR (s._data_date IS NOT NULL AND t._data_date IS NULL))" if stamped else "false"
    )
    if plan.sequence_by:
        column = quoted(plan.sequence_by)
        return _Order(f"coalesce(s.{column} < t.{column}, t.{column} IS NOT NULL AND s.{column} IS NULL)", renewed)
    if stamped:
        return _Order("coalesce(s._data_date < t._data_date, false)", renewed)
    if plan.data_date and plan.partition_field and partition_is_date(plan):
        column = quoted(plan.partition_field)
        return _Order(f"coalesce(s.{column}::DATE < t.{column}::DATE, false)", "false")
    return _Order("false", "false")


def _match(table: Table, files: list[DataFile]) -> None:
    """Pair the staged rows with the target's: is the row the same, is it older?"""
    staged, plan = table.staged, table.staged.plan
    keys = plan.primary_keys
    order = _order(plan, staged.layout.names)
    compared = [name for name in staged.layout.names if name not in {*keys, hidden.DATA_DATE}]
    by_name = delivered(staged)
    tests = [_same(name, by_name[name]) for name in compared if by_name[name] != "false"]
    on = " AND ".join(f"t.{quoted(key)} = s.{quoted(key)}" for key in keys)
    rows = staged.sound(f"{staged.target_columns}, {hidden.FILE}, {hidden.RECORD}")
    staged.cursor.execute(
        f"CREATE OR REPLACE TEMP TABLE {_MATCH} AS SELECT {', '.join(f's.{quoted(key)}' for key in keys)}, "
        f"s.{hidden.FILE} AS file, s.{hidden.RECORD} AS record, t.filename AS filename, "
        f"({' AND '.join(tests) or 'true'}) AS same, {order.stale} AS stale, {order.renewed} AS renewed "
        f"FROM ({_named(table, files)}) t JOIN ({rows}) s ON {on}"
    )


def _named(table: Table, files: list[DataFile]) -> str:
    if not table.direct:
        return f"SELECT *, '' AS filename FROM ({_relation(table, files)})"
    return _relation(table, files, filename=True)


def _same(name: str, is_delivered: str) -> str:
    equal = f"s.{quoted(name)} IS NOT DISTINCT FROM t.{quoted(name)}"
    return equal if is_delivered == "true" else f"(NOT ({is_delivered}) OR {equal})"


def delivered(staged: Staged) -> dict[str, str]:
    """Column → SQL over the hidden columns of `s`: was it delivered with this row?"""
    from data_framework.modules.data_process.plan.model import RawSource

    plan, found = staged.plan, dict[str, str]()
    files = plan.source.files if isinstance(plan.source, RawSource) else ()
    for column in staged.layout.columns:
        filled = column.name in {plan.partition_field, hidden.DATA_DATE}
        if column.text is None:
            found[column.name] = "true" if filled and any([plan.data_date, *staged.deliveries.dates]) else "false"
            continue
        sources = {node.name for node in column.text.find_all(exp.Column)}
        lacking = [
            str(number) for number, file in enumerate(files) if sources and not sources & {*file.columns.values()}
        ]
        found[column.name] = f"s.{hidden.FILE} NOT IN ({', '.join(lacking)})" if lacking else "true"
    return found


def _rewrite(table: Table, outcome: Outcome, touched: list[DataFile]) -> None:
    """Write the kept rows of the files that change, and the new ones, and say which files leave."""
    staged = table.staged
    effective = "(NOT same AND NOT stale) OR (same AND renewed)"
    changed = {row[0] for row in staged.rows(f"SELECT DISTINCT filename FROM {_MATCH} WHERE {effective}")}
    leaving = [file for file in touched if file.path in changed or "" in changed]
    if "" in changed:
        leaving = list(table.files)
    known = {file.path for file in leaving}
    leaving += [file for file in _crowded(table) if file.path not in known]
    keys = [quoted(key) for key in staged.plan.primary_keys]
    parts = [_new_rows(table, leaving, effective)]
    if leaving:
        on = " AND ".join(f"t.{key} = m.{key}" for key in keys)
        columns = ", ".join(f"t.{quoted(name)}" for name in staged.layout.names)
        parts.append(f"SELECT {columns} FROM ({_relation(table, leaving)}) t ANTI JOIN "
                     f"(SELECT * FROM {_MATCH} WHERE {effective}) m ON {on}")  # fmt: skip
    outcome.add = outcome.made = table.write(" UNION ALL ".join(parts))
    outcome.remove = leaving


def _new_rows(table: Table, leaving: list[DataFile], effective: str) -> str:
    """Staged rows that are new, or change the row of their key (then what was not delivered stays)."""
    staged = table.staged
    by_name = delivered(staged)
    ignored = f"SELECT file, record FROM {_MATCH} WHERE NOT ({effective})"
    partial = [name for name in staged.layout.names if by_name[name] != "true" and name not in staged.plan.primary_keys]
    rows = staged.sound(f"{staged.target_columns}, {hidden.FILE}, {hidden.RECORD}")
    source = f"({rows}) s ANTI JOIN ({ignored}) i ON i.file = s.{hidden.FILE} AND i.record = s.{hidden.RECORD}"
    if not partial or not leaving:
        return f"SELECT {', '.join(f's.{quoted(name)}' for name in staged.layout.names)} FROM {source}"
    keys = [quoted(key) for key in staged.plan.primary_keys]
    on = " AND ".join(f"t.{key} = s.{key}" for key in keys)
    old = _relation(table, leaving)
    first = keys[0]
    values = ", ".join(
        f"CASE WHEN t.{first} IS NULL OR {by_name[name]} THEN s.{quoted(name)} ELSE t.{quoted(name)} END AS "
        f"{quoted(name)}"
        if name in partial else f"s.{quoted(name)}"
        for name in staged.layout.names
    )  # fmt: skip
    kept = f"({source.split(' ANTI JOIN ', maxsplit=1)[0][1:-3]})"
    picked = (
        f"SELECT s.* FROM {kept} s ANTI JOIN ({ignored}) i ON i.file = s.{hidden.FILE} AND i.record = s.{hidden.RECORD}"
    )
    return f"SELECT {values} FROM ({picked}) s LEFT JOIN ({old}) t ON {on}"


# full mode ----------------------------------------------------------------------------------------------------------
def _rebuilt(table: Table) -> Outcome:
    """The table that replaying every delivery in order gives."""
    staged = table.staged
    accepted = staged.verdict.rows_read - staged.verdict.rejected - staged.verdict.dropped - staged.merged
    select = replayed(staged, delivered(staged))
    made = table.write(select)
    listed = ", ".join(literal(path) for path in made)
    names = ", ".join(quoted(name) for name in staged.layout.names if name != hidden.DATA_DATE)
    rows = (
        int(staged.one(f"SELECT count(*) FROM read_parquet([{listed}], hive_partitioning = false)")[0]) if made else 0
    )
    outcome = Outcome(add=made, made=made, remove=list(table.files), merged=accepted - rows)
    old = sum(file.rows for file in table.files)
    if rows and old:
        new = f"SELECT {names} FROM read_parquet([{listed}], hive_partitioning = false)"
        keys = ", ".join(quoted(key) for key in staged.plan.primary_keys)
        outcome.unchanged = int(
            staged.one(f"SELECT count(*) FROM ({new} INTERSECT SELECT {names} FROM ({_relation(table, table.files)}))")[
                0
            ]
        )
        outcome.deleted = int(
            staged.one(f"SELECT count(*) FROM ({_relation(table, table.files)}) t ANTI JOIN ({new}) n USING ({keys})")[
                0
            ]
        )
    outcome.written = rows - outcome.unchanged
    if rows == old == outcome.unchanged:
        staged.leftovers.extend(made)
        return Outcome(unchanged=rows, merged=outcome.merged)
    return outcome
