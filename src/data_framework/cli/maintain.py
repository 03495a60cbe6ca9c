"""`data-framework tables maintain`: small files joined, old snapshots forgotten, files nothing refers to removed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from data_framework.cli.options import Common
from data_framework.cli.table_names import find_table
from data_framework.modules.exception import UnknownChoiceError

if TYPE_CHECKING:
    from data_framework.modules.config import TableRef
    from data_framework.modules.dataflow import Runtime
    from data_framework.modules.dataflow.maintenance import Maintained


def maintain_tables(
    common: Common,
    names: Annotated[list[str] | None, typer.Argument(metavar="[DB.TABLE]...", help="Default: all tables.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be done, and do nothing.")] = False,
    keep_snapshots: Annotated[
        int | None, typer.Option("--keep-snapshots", min=1, help="Snapshots that stay; default: retention.snapshots.")
    ] = None,
    orphan_hours: Annotated[
        float, typer.Option("--orphan-hours", min=1, help="How old a file nothing refers to must be to be removed.")
    ] = 24.0,
) -> None:
    """Join small files, forget old snapshots and remove files that nothing refers to; safe beside runs."""
    from data_framework.modules.dataflow import Runtime
    from data_framework.modules.dataflow.maintenance import Upkeep, maintain, planned

    with Runtime(common.config()) as runtime:
        upkeep = Upkeep(keep_snapshots or runtime.config.platform.retention.snapshots, orphan_hours * 3600)
        kept = planned if dry_run else maintain
        found = [kept(runtime, ref, upkeep) for ref in _chosen(runtime, names or [])]
    _show(common, found, dry_run=dry_run)
    common.output.document({"dry_run": dry_run, "tables": [_document(one) for one in found]})


def _chosen(runtime: Runtime, names: list[str]) -> list[TableRef]:
    if not names:
        return runtime.catalogue.tables()
    found = [find_table(runtime, name) for name in names]
    for one in found:
        if one.raw:
            raise UnknownChoiceError(
                kind="table of commits", name=str(one.ref),
                suggestion="Raw tables are files; `retention` of the platform says how long replaced ones stay.",
            )  # fmt: skip
    return [one.ref for one in found]


def _show(common: Common, found: list[Maintained], *, dry_run: bool) -> None:
    rows = [(str(one.ref), _files(one), one.snapshots, len(one.orphans)) for one in found if _does(one)]
    if rows:
        common.output.table("", ("table", "small files", "snapshots forgotten", "orphans removed"), rows)
    for one in found:
        if one.compaction.left_alone:
            common.output.line(f"{one.ref} is left alone: {one.compaction.left_alone}.")
    if not rows:
        common.output.line("There is nothing to do.")
    elif dry_run:
        common.output.line("Nothing was done: without --dry-run it is.")


def _does(one: Maintained) -> bool:
    return bool(one.compaction.files_before or one.snapshots or one.orphans)


def _files(one: Maintained) -> str:
    compaction = one.compaction
    return f"{compaction.files_before} → {compaction.files_after}" if compaction.files_before else "-"


def _document(one: Maintained) -> dict[str, Any]:
    compaction = one.compaction
    return {
        "layer": one.ref.layer, "database": one.ref.database, "table": one.ref.table,
        "files_before": compaction.files_before, "files_after": compaction.files_after,
        "bytes_before": compaction.bytes_before, "bytes_after": compaction.bytes_after, "rows": compaction.rows,
        "snapshots": one.snapshots, "orphans": list(one.orphans),
        "left_alone": compaction.left_alone,
    }  # fmt: skip
