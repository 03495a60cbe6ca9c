"""Rows a pass takes away: handed to a function as text, so that the staged files hold accepted rows only.

The function is called for these rows alone and answers false, which keeps them out of the files: no second copy of the
accepted rows is needed because a few were rejected.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
from duckdb.func import FunctionNullHandling

from data_framework.modules.data_process.helpers.libraries import pa, pq
from data_framework.modules.data_process.integrations.pandas.field_ids import stored
from data_framework.modules.data_process.integrations.pandas.sql import casts
from data_framework.modules.data_process.plan import hidden
from data_framework.modules.data_process.plan.layout import Layout
from data_framework.modules.utils.names import quote_identifier as quoted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

REJECTED = "df_rejected"
_BATCH = 16 * 1024 * 1024


class _Spool:
    """Text of rows, in memory while it is little, else in a file."""

    def __init__(self, path: Path) -> None:
        self._path, self._lock = path, threading.Lock()
        self._held: list[str] = []
        self._characters = 0
        self._writer: pq.ParquetWriter | None = None

    def take(self, text: str) -> bool:
        """Keep a row; the answer keeps it out of the files."""
        with self._lock:
            self._held.append(text)
            self._characters += len(text)
            if self._characters > _BATCH:
                self._write()
        return False

    def close(self) -> list[str] | None:
        """End the file, if it came to one; else answer the rows."""
        if self._writer is None:
            return self._held
        self._write()
        self._writer.close()
        return None

    def _write(self) -> None:
        table = pa.table({"text": pa.array(self._held, pa.string())})
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._path, table.schema, compression="zstd")
        self._writer.write_table(table)
        self._held, self._characters = [], 0


class Rejected:
    """The rejected rows of one plan, in a temporary table with the columns of a staged file.

    Attributes:
        function: The SQL function that takes the text of a row.
    """

    def __init__(self, cursor: DuckDBPyConnection, scratch: str) -> None:
        self._cursor, self._scratch = cursor, Path(scratch)
        self.function = f"df_reject_{uuid.uuid4().hex}"

    def renew(self, layout: Layout) -> None:
        """Begin with an empty table."""
        self._cursor.execute(f"CREATE OR REPLACE TEMP TABLE {REJECTED} AS {empty(layout)}")

    def forget(self, files: Sequence[int]) -> None:
        """Drop the rows of source files that are read again."""
        numbers = ", ".join(map(str, files))
        self._cursor.execute(f"DELETE FROM {REJECTED} WHERE {hidden.FILE} IN ({numbers})")

    @contextmanager
    def collected(self, layout: Layout) -> Iterator[None]:
        """Collect what one pass hands over, and add it to the table when the pass is done."""
        path = self._scratch / f"rejected-{uuid.uuid4().hex}.parquet"
        spool = _Spool(path)
        self._cursor.create_function(
            self.function, spool.take, ["VARCHAR"], "BOOLEAN",
            null_handling=FunctionNullHandling.SPECIAL, side_effects=True,
        )  # fmt: skip
        try:
            yield
        finally:
            self._cursor.remove_function(self.function)
            held = spool.close()
        if held is None:
            text = f"SELECT text FROM read_parquet({casts.literal(str(path))}, hive_partitioning = false)"
            self._cursor.execute(f"INSERT INTO {REJECTED} {_typed(layout, text)}")
            path.unlink()
        elif held:
            self._cursor.execute(
                f"INSERT INTO {REJECTED} {_typed(layout, 'SELECT unnest(?::VARCHAR[]) AS text')}", [held]
            )


def columns(layout: Layout) -> list[tuple[str, str]]:
    """The columns of a row that was rejected: name and type."""
    found = [(quoted(name), stored(layout.schema, name)) for name in layout.names]
    found += [(hidden.FILE, "INTEGER"), (hidden.RECORD, "BIGINT"), (hidden.ROW, "VARCHAR")]
    return found + [(name, "BIGINT") for name in [*layout.cast_columns, *layout.check_columns]]


def packed(layout: Layout, cells: Mapping[str, str]) -> str:
    """SQL of a rejected row as one text; what some of its columns hold is said, the others are there."""
    values = [cells.get(name) or f"{name}::VARCHAR" for name, _ in columns(layout)]
    return f"json_array({', '.join(values)})::VARCHAR"


def empty(layout: Layout) -> str:
    """A SELECT of no row with these columns."""
    return f"SELECT {', '.join(f'CAST(NULL AS {kind}) AS {name}' for name, kind in columns(layout))} WHERE false"


def staged_rows(cursor: duckdb.DuckDBPyConnection, layout: Layout, accepted: str) -> str:
    """A SELECT of every row a pass has seen: those accepted into staged files, if any, and those it rejected."""
    names = ", ".join(name for name, _ in columns(layout))
    parts = [f"SELECT {names} FROM ({accepted})"] if accepted else []
    if cursor.execute(f"SELECT count(*) FROM {REJECTED}").fetchall()[0][0]:
        parts.append(f"SELECT {names} FROM {REJECTED}")
    return " UNION ALL ".join(parts) or empty(layout)


def _typed(layout: Layout, source: str) -> str:
    kinds = columns(layout)
    places = ", ".join(f"'$[{place}]'" for place in range(len(kinds)))
    cells = f"SELECT json_extract_string(text, [{places}]) AS cells FROM ({source})"
    values = ", ".join(f"TRY_CAST(cells[{place}] AS {kind}) AS {name}" for place, (name, kind) in enumerate(kinds, 1))
    return f"SELECT {values} FROM ({cells})"
