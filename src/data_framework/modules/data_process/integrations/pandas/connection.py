"""DuckDB connections: bounded memory, scratch on disk, nothing fetched from a network."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb
from duckdb.func import FunctionNullHandling

from data_framework.modules.data_process.helpers.struct_text import repair_struct_text
from data_framework.modules.utils.mask import mask_value

_DEFAULT_MEMORY = 350 * 1024 * 1024
_SHARE = 0.6


def memory_limit(allowed: int | None) -> int:
    """The bytes DuckDB may use: 350 MB, or the share of what the process is allowed that leaves room beside it."""
    return _DEFAULT_MEMORY if allowed is None else max(64 * 1024 * 1024, min(_DEFAULT_MEMORY, int(allowed * _SHARE)))


def threads() -> int:
    """The processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def open_connection(scratch: str, memory: int | None = None) -> duckdb.DuckDBPyConnection:
    """Open a database in memory that spills below a scratch folder."""
    folder = Path(scratch) / "spill"
    folder.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect(
        config={
            "memory_limit": f"{memory_limit(memory) // 1024}KiB",
            "temp_directory": str(folder),
            "threads": threads(),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "python_enable_replacements": False,
        }
    )
    for statement in (
        "SET TimeZone = 'UTC'",
        "SET enable_progress_bar = false",
        "SET partitioned_write_flush_threshold = 131072",
    ):
        connection.execute(statement)
    connection.create_function(
        "df_mask", mask_value, ["VARCHAR"], "VARCHAR", null_handling=FunctionNullHandling.SPECIAL
    )
    connection.create_function(
        "df_repair_struct", repair_struct_text, ["VARCHAR"], "VARCHAR", null_handling=FunctionNullHandling.SPECIAL
    )
    return connection
