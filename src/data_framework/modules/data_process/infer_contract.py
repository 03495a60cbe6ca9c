"""A contract proposed from one file of any format: names, types, formats, keys and nulls that every row bears out."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from data_framework.modules.data_process.files.limits import FileLimits
from data_framework.modules.data_process.files.local_text import Hints, text_parquet
from data_framework.modules.data_process.infer_column import ENOUGH, InferredColumn
from data_framework.modules.exception import SampleReadError
from data_framework.modules.utils.interruption import Interruption
from data_framework.modules.utils.names import normalise_name
from data_framework.modules.utils.names import quote_identifier as quoted

_BATCH = 65_536
_KEY_COLUMNS = 6
_MEMORY = "256MiB"


@dataclass(frozen=True)
class _Text:
    """A file as text columns: its Parquet form, names and rows."""

    path: Path
    names: Sequence[str]
    columns: Sequence[str]
    rows: int


def infer_contract(
    path: Path, database: str = "", table: str = "", limits: FileLimits | None = None, hints: Hints | None = None
) -> dict[str, Any]:
    """Propose the contract of the table a file would go to.

    The first rows narrow down what a column may be; every further row is then only held against that.

    Args:
        path: A CSV, JSON, JSON Lines, XML, Excel or Parquet file.
        database: The contract's database.
        table: The contract's table; default: from the file's name.
        limits: Limits of the platform.
        hints: Where the records are, for formats that do not say.

    Raises:
        NotInThisVersionError: It is a file of another kind.
        FileContentError: It is not what its name says.
    """
    with tempfile.TemporaryDirectory(prefix="data-framework-infer-") as folder:
        try:
            found = text_parquet(path, Path(folder) / "text.parquet", limits or FileLimits(), hints or Hints())
        except OSError as error:
            raise SampleReadError(path=str(path), reason=error.strerror or str(error)) from error
        text = _Text(Path(folder) / "text.parquet", list(found.columns), list(found.columns.values()), found.rows)
        columns = _columns(text)
        keys = _keys(text, columns, folder)
    contract = {
        "layer": "staging",
        "database": database or "my_staging",
        "table": table or normalise_name(re.sub(r"\d[\d_.-]*\d|\d", " ", path.stem)) or "my_table",
        "columns": [{"name": name, **column.proposal()} for name, column in zip(text.columns, columns, strict=True)],
    }
    return {**contract, "primary_keys": keys} if keys else contract


def _columns(text: _Text) -> list[InferredColumn]:
    columns = [InferredColumn() for _ in text.names]
    for batch in _batches(text.path):
        for column, cells in zip(columns, batch.columns, strict=True):
            counted = cells.value_counts()
            for one in counted.to_pylist():
                column.see(one["values"], one["counts"])
    return columns


def _batches(path: Path) -> Iterator[Any]:
    from pyarrow import parquet

    with parquet.ParquetFile(path) as held:
        yield from held.iter_batches(batch_size=_BATCH, use_threads=False)


def _keys(text: _Text, columns: Sequence[InferredColumn], folder: str) -> list[str]:
    """The first column, else pair of columns, that is never null and never repeated, over the whole file."""
    full = [number for number, column in enumerate(columns) if not column.nulls and column.may_be_key]
    full = full[:_KEY_COLUMNS]
    candidates = [(number,) for number in full] + list(combinations(full, 2))
    if text.rows < ENOUGH or not candidates:
        return []
    import duckdb

    settings: Any = {"memory_limit": _MEMORY, "temp_directory": folder}
    source = str(text.path).replace("'", "''")
    with Interruption.reaches(duckdb.connect(config=settings)) as connection:
        for numbers in candidates:
            names = ", ".join(quoted(text.names[number]) for number in numbers)
            repeated = connection.execute(
                f"SELECT 1 FROM read_parquet('{source}', hive_partitioning = false) GROUP BY {names} "
                "HAVING count(*) > 1 LIMIT 1"
            ).fetchone()
            if repeated is None:
                return [text.columns[number] for number in numbers]
    return []
