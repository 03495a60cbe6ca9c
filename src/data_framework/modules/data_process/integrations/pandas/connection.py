"""DuckDB connections: bounded memory, scratch on disk, nothing fetched from a network."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import duckdb
from duckdb.func import FunctionNullHandling

from data_framework.modules.data_process.helpers.python_judgements import judge
from data_framework.modules.data_process.helpers.struct_text import repair_struct_text
from data_framework.modules.data_process.plan.vocabulary import PYTHON, REPAIR_STRUCT
from data_framework.modules.utils.interruption import Interruption

_DEFAULT_MEMORY = 350 * 1024 * 1024
_SHARE = 0.6
_FRUGAL = 200 * 1024 * 1024
_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")
_MASK = r"""CREATE MACRO df_mask(value) AS CASE
    WHEN value IS NULL THEN 'null'
    WHEN value = '' THEN ''''''
    ELSE regexp_replace(regexp_replace(regexp_replace(left(value, 40), '\p{L}', '*', 'g'), '\p{N}', '#', 'g'),
        '[\p{C}\p{Zl}\p{Zp}\x{A0}\x{1680}\x{2000}-\x{200A}\x{202F}\x{205F}\x{3000}]', '?', 'g')
        || CASE WHEN length(value) > 40 THEN '…' ELSE '' END
    END"""  # mask_value in SQL


def memory_limit(allowed: int | None) -> int:
    """The bytes DuckDB may use: 350 MB, or the share of what the process is allowed that leaves room beside it."""
    return _DEFAULT_MEMORY if allowed is None else max(64 * 1024 * 1024, min(_DEFAULT_MEMORY, int(allowed * _SHARE)))


def threads() -> int:
    """The processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def open_connection(
    scratch: str, memory: int | None = None, filesystem: Any | None = None
) -> duckdb.DuckDBPyConnection:
    """Open a database in memory that spills below a scratch folder.

    Args:
        scratch: The folder.
        memory: The bytes this process may use.
        filesystem: The fsspec file system tables lie in, None where their paths are plain.
    """
    folder = Path(scratch) / "spill"
    folder.mkdir(parents=True, exist_ok=True)
    connection = Interruption.reaches(
        duckdb.connect(
            config={
                "memory_limit": f"{memory_limit(memory) // 1024}KiB",
                "temp_directory": str(folder),
                "threads": threads(),
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "python_enable_replacements": False,
            }
        )
    )
    if filesystem is not None:
        connection.register_filesystem(filesystem)
    for statement in (
        "SET TimeZone = 'UTC'",
        "SET enable_progress_bar = false",
        "SET partitioned_write_flush_threshold = 131072",
        _MASK,
    ):
        connection.execute(statement)
    return connection


@contextmanager
def frugal(cursor: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Less memory for a while: counting keys and joining them spill well, but fill whatever they are given."""
    (limit,) = cursor.execute("SELECT current_setting('memory_limit')").fetchall()[0]
    size, unit = str(limit).split()
    if float(size) * 1024.0 ** _UNITS.index(unit) > _FRUGAL:
        with suppress(duckdb.OutOfMemoryException):  # what is in use already cannot be moved to disk
            cursor.execute(f"SET memory_limit = '{_FRUGAL}B'")
    try:
        yield
    finally:
        cursor.execute(f"SET memory_limit = '{limit}'")


def cursor_of(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """A further connection to the same database, with temporary tables of its own."""
    return Interruption.reaches(connection.cursor())


#: Words that need a Python function → it, and how many texts it takes.
PYTHON_WORDS: Mapping[str, tuple[Callable[..., Any], int, str]] = {
    REPAIR_STRUCT: (repair_struct_text, 1, "VARCHAR"),
    PYTHON: (judge, 3, "BOOLEAN"),
}


def add_python_word(connection: duckdb.DuckDBPyConnection, word: str) -> None:
    """Let SQL call Python for a word. It costs the import of NumPy, so only plans that use the word ask for it."""
    function, texts, answer = PYTHON_WORDS[word]
    connection.create_function(
        word, function, ["VARCHAR"] * texts, answer, null_handling=FunctionNullHandling.SPECIAL
    )  # fmt: skip
