"""`data-framework quarantine`: the rows that were set aside, and why; values stay masked unless asked for."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from data_framework.cli.options import Common, check_date, command
from data_framework.cli.table_names import split_name
from data_framework.modules.exception import TableNotFoundError
from data_framework.modules.utils.mask import HIDDEN, mask_value
from data_framework.modules.utils.names import normalise_name

if TYPE_CHECKING:
    from data_framework.modules.config import TableRef
    from data_framework.modules.dataflow import Runtime

_SUFFIX = "_quarantine"


class Status(StrEnum):
    """Which rows."""

    open = "open"
    replayed = "replayed"
    discarded = "discarded"
    superseded = "superseded"
    all = "all"


NameArgument = Annotated[str, typer.Argument(metavar="DB.TABLE", help="The table the rows did not enter.")]
StatusOption = Annotated[Status, typer.Option("--status", help="Which rows.")]
LimitOption = Annotated[int, typer.Option("--limit", min=1, help="How many at most.")]
DateOption = Annotated[str, typer.Option("--data-date", help="Only rows of this data date.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Rows set aside, with their reasons.", no_args_is_help=True)
    group.command("list")(command(list_quarantine))
    group.command("show")(command(show_quarantine))
    group.command("replay")(command(replay_quarantine))
    group.command("discard")(command(discard_quarantine))
    app.add_typer(group, name="quarantine")


def list_quarantine(
    common: Common, name: Annotated[str | None, typer.Argument(metavar="[DB.TABLE]", help="Only this table.")] = None
) -> None:
    """How many rows each table's quarantine holds, by status, reason and data date."""
    from data_framework.modules.dataflow import Runtime

    with Runtime(common.config()) as runtime:
        refs = [_quarantine(runtime, name)] if name else _all(runtime)
        found = [_summary(runtime, ref) for ref in refs]
    rows = [(f"{t['database']}.{t['table']}", t["rows_open"], t["rows"], _most(t["reasons"])) for t in found]
    if rows:
        common.output.table("", ("table", "open", "all", "open rows by reason"), rows)
    else:
        common.output.line("No rows were ever set aside.")
    common.output.document({"tables": found})


def show_quarantine(
    common: Common, name: NameArgument, status: StatusOption = Status.open, data_date: DateOption = "",
    limit: LimitOption = 50,
    reveal: Annotated[bool, typer.Option("--reveal", help="Show values, not shapes (never of pii columns).")] = False,
) -> None:  # fmt: skip
    """The rows set aside on their way into a table: where each came from, and every reason."""
    from data_framework.modules.dataflow import Runtime

    check_date("data_date", data_date)
    with Runtime(common.config()) as runtime:
        ref = _quarantine(runtime, name)
        private = _private(runtime, _target(ref))
        rows: list[dict[str, Any]] = []
        total = 0
        for row in _rows(runtime, ref):
            if _wanted(row, status, data_date):
                total += 1
                if len(rows) < limit:
                    rows.append(_shown(row, reveal, private))
    for row in rows:
        common.output.line(f"{row['_file_name']} line {row['_line']} ({row['_data_date']}, {row['_status']})")
        for reason in row["_reasons"]:
            common.output.line(f"  {_reason(reason)}")
        common.output.line(f"  {json.dumps(row['_row'], ensure_ascii=False)}")
    common.output.line(f"{len(rows)} of {total} rows" if rows else "No such rows.")
    common.output.document({"table": str(_target(ref)), "rows": rows, "rows_total": total})


def replay_quarantine(common: Common, name: NameArgument, data_date: DateOption = "") -> None:
    """Judge the rows set aside by today's contract and controls; those that are sound now enter the table."""
    from data_framework.launcher import new_execution_id
    from data_framework.modules.dataflow import Runtime
    from data_framework.modules.dataflow.asides import replay

    check_date("data_date", data_date)
    with Runtime(common.config(), run_id=new_execution_id()) as runtime:
        target = _target(_quarantine(runtime, name))
        done = replay(runtime, target, data_date)
    left = done.counts["rows_quarantined"]
    common.output.line(f"{done.replayed} of {done.counts['rows_read']} rows entered {target}; {left} stay set aside.")
    common.output.document({"table": str(target), "rows_replayed": done.replayed, **done.counts})


def discard_quarantine(
    common: Common, name: NameArgument, data_date: DateOption = "",
    row: Annotated[list[str] | None, typer.Option("--id", help="Only this _quarantine_id (repeatable).")] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why, kept with the rows.")] = "",
) -> None:  # fmt: skip
    """Give open rows up for good: all of a table, those of a data date, or some; they stay readable, as discarded."""
    from data_framework.launcher import new_execution_id
    from data_framework.modules.dataflow import Runtime
    from data_framework.modules.dataflow.aside_rows import Rows
    from data_framework.modules.dataflow.asides import discard

    check_date("data_date", data_date)
    with Runtime(common.config(), run_id=new_execution_id()) as runtime:
        target = _target(_quarantine(runtime, name))
        count = discard(runtime, target, Rows(tuple(row or ()), data_date), reason)
    common.output.line(f"{count} rows of the quarantine of {target} are discarded.")
    common.output.document({"table": str(target), "rows_discarded": count})


def _quarantine(runtime: Runtime, name: str) -> TableRef:
    """The quarantine of a table (of itself, when it is one).

    Raises:
        TableNotFoundError: Nothing was ever set aside, or there is no such table.
    """
    database, table = split_name(runtime.config, name)
    plain = table.removesuffix(_SUFFIX)
    found = runtime.catalogue.find(database, plain + _SUFFIX)
    if found:
        return found
    suggestion = (
        "Nothing was ever set aside on the way into that table."
        if runtime.catalogue.find(database, plain)
        else "See `data-framework quarantine list` for those that exist."
    )
    raise TableNotFoundError(table=f"{database}.{plain}{_SUFFIX}", suggestion=suggestion)


def _all(runtime: Runtime) -> list[TableRef]:
    tables = runtime.catalogue.tables()
    return [ref for ref in tables if ref.table.endswith(_SUFFIX) and _target(ref) in tables]


def _target(ref: TableRef) -> TableRef:
    return type(ref)(ref.layer, ref.database, ref.table.removesuffix(_SUFFIX))


def _rows(runtime: Runtime, ref: TableRef) -> Iterator[dict[str, Any]]:
    """The rows of a quarantine, in order of date, file and line."""
    from sqlglot import exp

    from data_framework.modules.data_process.plan.model import QuerySource, TableSource

    names = [column.name for column in runtime.catalogue.schema(ref).columns]
    order = ("_data_date", "_file_name", "_line", "_quarantine_id")
    select = exp.select(*(exp.column(name, quoted=True) for name in names)).from_(exp.to_identifier("source", True))
    select = select.order_by(*(exp.column(name, quoted=True) for name in order if name in names))
    for batch in runtime.data_process().batches(QuerySource(select, {"source": TableSource(ref)})):
        yield from batch.to_pylist()


def _summary(runtime: Runtime, ref: TableRef) -> dict[str, Any]:
    statuses, reasons, dates = Counter[str](), Counter[str](), Counter[str]()
    for row in _rows(runtime, ref):
        statuses[str(row["_status"])] += 1
        if row["_status"] == Status.open:
            dates[str(row["_data_date"] or "")] += 1
            reasons.update({_kind(reason) for reason in row["_reasons"] or ()})
    target = _target(ref)
    return {
        "layer": target.layer, "database": target.database, "table": target.table, "rows": statuses.total(),
        "rows_open": statuses[Status.open], "statuses": dict(statuses), "reasons": dict(reasons.most_common()),
        "data_dates": dict(sorted(dates.items())),
    }  # fmt: skip


def _wanted(row: dict[str, Any], status: Status, data_date: str) -> bool:
    if status != Status.all and row["_status"] != status:
        return False
    return not data_date or str(row["_data_date"]) == data_date


def _private(runtime: Runtime, target: TableRef) -> set[str]:
    """The names, normalised, under which a table's personal data is delivered."""
    contract = runtime.config.contract(target.database, target.table)
    columns = [column for column in contract.columns if column.pii] if contract else []
    return {normalise_name(name) for column in columns for name in (column.name, *column.aliases)}


def _shown(row: dict[str, Any], reveal: bool, private: set[str]) -> dict[str, Any]:
    original = _original(row.get("_row"))
    shown = original if reveal else {name: mask_value(value) for name, value in original.items()}
    broken = bool(private) and any(reason["kind"] == "structure" for reason in row["_reasons"] or ())
    hidden = (
        name for name in shown if broken or normalise_name(name) in private
    )  # a broken line may hold them anywhere
    shown |= dict.fromkeys(hidden, HIDDEN)
    return {**row, "_data_date": str(row["_data_date"] or ""), "_reasons": row["_reasons"] or [], "_row": shown}


def _original(text: str | None) -> dict[str, Any]:
    """The delivered row by delivered name; what is no JSON object (a broken line) is shown as its text."""
    try:
        found = json.loads(text or "{}")
    except ValueError:
        found = text
    return found if isinstance(found, dict) else {"text": found}


def _kind(reason: dict[str, Any]) -> str:
    kind = next((str(reason[key]) for key in ("control", "cast", "structure", "kind") if reason.get(key)), "")
    field = reason.get("field")
    return f"{kind} ({field})" if kind and field else kind or str(field or "")


def _reason(reason: dict[str, Any]) -> str:
    return ": ".join(part for part in (_kind(reason), str(reason.get("message") or "")) if part)


def _most(reasons: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in list(reasons.items())[:3])
