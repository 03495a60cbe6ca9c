"""`data-framework tables`: what there is, its shape and history, tables made from contracts, rows written to a file."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from data_framework.cli.apply import apply_contracts
from data_framework.cli.maintain import maintain_tables
from data_framework.cli.options import Common, command
from data_framework.cli.output import as_json
from data_framework.cli.table_names import Named, find_table
from data_framework.modules.exception import UnknownChoiceError

if TYPE_CHECKING:
    from data_framework.modules.catalogue import CatalogueInterface, Snapshot
    from data_framework.modules.config import TableRef
    from data_framework.modules.data_process.export import Exported, ExportRequest
    from data_framework.modules.dataflow import Runtime

NameArgument = Annotated[str, typer.Argument(metavar="DB.TABLE", help="The table.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Tables: list, show, apply contracts, history, export, maintain.", no_args_is_help=True)
    group.command("list")(command(list_tables))
    group.command("show")(command(show_table))
    group.command("apply")(command(apply_contracts))
    group.command("history")(command(show_history))
    group.command("export")(command(export_rows))
    group.command("infer")(command(infer))
    group.command("maintain")(command(maintain_tables))
    app.add_typer(group, name="tables")


def list_tables(
    common: Common, layer: Annotated[str | None, typer.Option("--layer", help="Only tables of this layer.")] = None
) -> None:
    """Every table with its layer, partition and rows."""
    with _runtime(common) as runtime:
        found = [_iceberg_summary(runtime.catalogue, ref) for ref in runtime.catalogue.tables(layer)]
        found += [
            _raw_summary(runtime, ref) for ref in runtime.catalogue.raw_tables() if layer is None or ref.layer == layer
        ]
    order = ["landing", "raw", "staging", "common", "business", "output"]
    found.sort(key=lambda t: (order.index(t["layer"]) if t["layer"] in order else 9, t["database"], t["table"]))
    rows = [(t["layer"], f"{t['database']}.{t['table']}", _partition(t), t["rows"]) for t in found]
    if rows:
        common.output.table("", ("layer", "table", "partition", "rows"), rows)
    else:
        common.output.line("There are no tables yet: run a dataflow, or `tables apply`.")
    common.output.document({"tables": found})


def show_table(common: Common, name: NameArgument) -> None:
    """A table's columns, keys, partition, size and place."""
    with _runtime(common) as runtime:
        named = find_table(runtime, name)
        found = _raw_details(runtime, named.ref) if named.raw else _iceberg_details(runtime, named.ref)
    for key, value in found.items():
        if key not in {"columns", "partitions"} and value not in (None, "", []):
            common.output.line(f"{key}: {', '.join(value) if isinstance(value, list) else value}")
    columns = [(c["name"], c["type"], _marks(c), c["description"]) for c in found["columns"]]
    common.output.table("", ("column", "type", "", "description"), columns)
    common.output.document(found)


def show_history(
    common: Common, name: NameArgument,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many at most.")] = 50,
) -> None:  # fmt: skip
    """The commits of a table that are kept, newest first."""
    with _runtime(common) as runtime:
        named = _iceberg(find_table(runtime, name))
        snapshots = [_snapshot(snapshot) for snapshot in runtime.catalogue.history(named, limit)]
    shown = ("operation", "rows_added", "rows_deleted", "rows_total", "snapshot_id")
    rows = [(snapshot["committed_at"][:19], *(snapshot[name] for name in shown)) for snapshot in snapshots]
    common.output.table("", ("at", "operation", "added", "deleted", "total", "snapshot"), rows)
    common.output.document({"table": str(named), "snapshots": snapshots})


def export_rows(
    common: Common, name: NameArgument,
    where: Annotated[str, typer.Option("--where", help="Only rows for which this condition is true.")] = "",
    out: Annotated[Path | None, typer.Option("--out", help="A .csv, .parquet or .xlsx file; else stdout.")] = None,
    no_header: Annotated[bool, typer.Option("--no-header", help="Leave the line of names out.")] = False,
    technical: Annotated[bool, typer.Option("--technical", help="With the columns that start with _.")] = False,
) -> None:  # fmt: skip
    """Write a table's rows to a file, never altered."""
    from data_framework.modules.data_process.export import ExportRequest

    if out is None and common.output.json:
        raise UnknownChoiceError(
            kind="output", name="stdout", suggestion="With --json, say --out FILE: stdout is taken."
        )
    with _runtime(common) as runtime, tempfile.TemporaryDirectory() as folder:
        named = find_table(runtime, name)
        target = out.absolute() if out else Path(folder) / "rows.csv"
        done = _export(runtime, named, ExportRequest(target, where, not no_header, technical))
        if out is None:
            _to_stdout(target)
        else:
            common.output.line(f"{done.rows} rows of {done.table} in {done.path}")
    if done.rows_left_out:
        common.output.warning(f"{done.rows_left_out} broken rows were left out")
    common.output.document(
        {"table": done.table, "rows": done.rows, "rows_left_out": done.rows_left_out, "path": done.path}
    )


def infer(
    common: Common,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A CSV, JSON, XML, Excel, Parquet or fixed-width file.")],
    database: Annotated[str, typer.Option("--database", help="The contract's database.")] = "",
    table: Annotated[str, typer.Option("--table", help="The contract's table.")] = "",
    xpath: Annotated[str, typer.Option("--xpath", help="Of XML: which elements are records.")] = "",
    sheet: Annotated[str, typer.Option("--sheet", help="Of a workbook: which sheet, by name or number.")] = "",
    source_level: Annotated[str, typer.Option("--source-level", help="Of JSON: where the records are.")] = "",
    columns: Annotated[
        list[str] | None, typer.Option("--column", help="Of fixed width, for each column: NAME:START:LENGTH.")
    ] = None,
) -> None:
    """Propose a table contract from every row of a file, to be kept below tables/; needs no project."""
    from data_framework.modules.data_process.files.local_text import Hints
    from data_framework.modules.data_process.infer_contract import infer_contract

    contract = infer_contract(file, database, table, hints=Hints(xpath, sheet, source_level, columns or ()))
    common.output.line(as_json(contract))
    common.output.document(contract)


def _runtime(common: Common) -> Runtime:
    from data_framework.modules.dataflow import Runtime

    return Runtime(common.config())


def _export(runtime: Runtime, named: Named, request: ExportRequest) -> Exported:
    from data_framework.modules.data_process.export import export_raw, export_table

    if not named.raw:
        return export_table(runtime.data_process(), runtime.catalogue, named.ref, request)
    from data_framework.modules.data_process.files.limits import FileLimits
    from data_framework.modules.data_process.raw_rows import RawRows

    deliveries = runtime.state.in_force(named.ref.database, named.ref.table)
    rows = RawRows(runtime.storage, deliveries, FileLimits.of(runtime.config.platform.limits))
    return export_raw(rows, named.ref, request)


def _to_stdout(path: Path) -> None:
    """Write a file as it is; a stream of text that a program has put in place of stdout gets its text."""
    binary = getattr(sys.stdout, "buffer", None)
    if binary is None:
        with path.open(encoding="utf-8", newline="") as text:
            shutil.copyfileobj(text, sys.stdout)
        return
    with path.open("rb") as rows:
        shutil.copyfileobj(rows, binary)
    binary.flush()


def _iceberg(named: Named) -> TableRef:
    if named.raw:
        raise UnknownChoiceError(kind="table of commits", name=str(named.ref), suggestion="Raw tables are files: see "
                                 "`data-framework landing status` for what came.")  # fmt: skip
    return named.ref


# what is shown of a table -------------------------------------------------------------------------------------------
def _key(ref: TableRef) -> dict[str, Any]:
    return {"layer": ref.layer, "database": ref.database, "table": ref.table}


def _partition(told: dict[str, Any]) -> str | None:
    transform, field = told.get("partition_transform"), told["partition_field"]
    return f"{transform}({field})" if transform else field


def _total(snapshot: Snapshot | None, name: str) -> int:
    return int(snapshot.properties.get(name, 0)) if snapshot else 0


def _iceberg_summary(catalogue: CatalogueInterface, ref: TableRef) -> dict[str, Any]:
    schema, snapshot = catalogue.schema(ref), catalogue.snapshot(ref)
    return {
        **_key(ref), "partition_field": schema.partition_field,
        "partition_transform": schema.partition_transform or None, "primary_keys": list(schema.primary_keys),
        "rows": _total(snapshot, "total-records"), "files": _total(snapshot, "total-data-files"),
        "bytes": _total(snapshot, "total-files-size"), "snapshot_id": snapshot.snapshot_id if snapshot else None,
    }  # fmt: skip


def _iceberg_details(runtime: Runtime, ref: TableRef) -> dict[str, Any]:
    schema = runtime.catalogue.schema(ref)
    contract = runtime.config.contract(ref.database, ref.table)
    private = {column.name for column in contract.columns if column.pii} if contract else set()
    columns = [{"name": c.name, "type": c.type, "nullable": c.nullable, "description": c.description,
                "pii": c.name in private} for c in schema.columns]  # fmt: skip
    return {
        **_iceberg_summary(runtime.catalogue, ref),
        "description": contract.description if contract else "", "owner": contract.owner if contract else "",
        "tags": list(contract.tags) if contract else [],
        "location": runtime.storage.uri(ref.layer, f"{ref.database}/{ref.table}"), "columns": columns,
    }  # fmt: skip


def _marks(column: dict[str, Any]) -> str:
    marks = {"not null": not column["nullable"], "pii": column["pii"]}
    return ", ".join(mark for mark, holds in marks.items() if holds)


def _raw_summary(runtime: Runtime, ref: TableRef) -> dict[str, Any]:
    deliveries = runtime.state.in_force(ref.database, ref.table)
    counts = [delivery.rows for delivery in deliveries]
    return {
        **_key(ref), "partition_field": None, "primary_keys": [], "files": sum(len(d.raw_keys) for d in deliveries),
        "rows": None if None in counts else sum(count or 0 for count in counts),
        "bytes": sum(delivery.size for delivery in deliveries), "snapshot_id": None,
    }  # fmt: skip


def _raw_details(runtime: Runtime, ref: TableRef) -> dict[str, Any]:
    from data_framework.modules.data_process.files.limits import FileLimits
    from data_framework.modules.data_process.raw_rows import RawRows

    rows = RawRows(runtime.storage, runtime.state.in_force(ref.database, ref.table), FileLimits())
    names = zip(rows.columns, rows.delivered, strict=True)
    columns = [{"name": name, "type": "string", "nullable": True, "description": "" if name == shown else shown,
                "pii": False} for name, shown in names]  # fmt: skip
    partitions = list(runtime.catalogue.raw_partitions(ref))
    return {**_raw_summary(runtime, ref), "partitions": partitions, "columns": columns}


def _snapshot(snapshot: Snapshot) -> dict[str, Any]:
    return {
        "snapshot_id": snapshot.snapshot_id, "committed_at": snapshot.committed_at.isoformat(),
        "operation": snapshot.operation, "rows_added": _total(snapshot, "added-records"),
        "rows_deleted": _total(snapshot, "deleted-records"), "rows_total": _total(snapshot, "total-records"),
        "properties": dict(snapshot.properties),
    }  # fmt: skip
