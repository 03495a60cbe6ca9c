"""`data-framework controls suggest`: controls proposed from what a file or a table holds."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from data_framework.cli.options import Common
from data_framework.cli.table_names import find_table
from data_framework.modules.exception import ControlDataError, UsageError

if TYPE_CHECKING:
    from data_framework.modules.config import TableRef


def suggest(
    common: Common,
    name: Annotated[str, typer.Argument(metavar="DB.TABLE", help="A table of the project.")] = "",
    data: Annotated[Path | None, typer.Option("--data", help="Or a .csv, .jsonl or .parquet file.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Write the controls here.")] = None,
) -> None:
    """Propose controls that hold on every row of a file or table and are worth keeping, each with its evidence."""
    from data_framework.modules.validation import suggest_controls

    if bool(name) == (data is not None):
        raise UsageError(reason="Name one table, or a file with --data")
    if data is not None:
        found, rows = suggest_controls(data)
    else:
        with _table(common, name) as (path, ref):
            found, rows = suggest_controls(path, ref)
    shown = [(one["name"], json.dumps(one.get("arguments", {}), ensure_ascii=False), one["_evidence"]) for one in found]
    common.output.table("", ("control", "arguments", "evidence"), shown)
    common.output.line(f"{rows} rows: {len(found)} controls hold on all of them and are worth keeping")
    if out is not None:
        _write(out, {"controls": found})
        common.output.line(f"written to {out}")
    common.output.document({"rows": rows, "controls": found})


@contextmanager
def _table(common: Common, name: str) -> Iterator[tuple[Path, TableRef]]:
    """The rows of a table as a Parquet file, batch by batch."""
    import pyarrow as arrow
    from pyarrow import parquet

    from data_framework.modules.dataflow import Runtime

    with Runtime(common.config()) as runtime, tempfile.TemporaryDirectory(prefix="data-framework-suggest-") as folder:
        named = find_table(runtime, name)
        if named.raw:
            raise UsageError(reason=f"{name} is a raw table, the text as it was delivered: name the file with --data")
        path = Path(folder) / "rows.parquet"
        batches = iter(runtime.catalogue.scan(named.ref))
        first = next(batches, None)
        if first is None:
            first = arrow.RecordBatch.from_pylist([], arrow.schema([("_none", arrow.string())]))
        with parquet.ParquetWriter(path, first.schema) as writer:
            writer.write_batch(first)
            for batch in batches:
                writer.write_batch(batch)
        yield path, named.ref


def _write(path: Path, document: dict[str, Any]) -> None:
    try:
        path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise ControlDataError(file=str(path), reason=f"it could not be written: {error.strerror or error}") from error
