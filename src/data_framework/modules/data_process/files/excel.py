"""Workbooks (xls, xlsx, xlsm, xlsb, ods) → text, read by a process of their own.

No library for workbooks bounds what it takes: a few bytes can name a sheet of billions of cells. So one process reads
one workbook, within the memory the platform allows, and what it does with a hostile one ends with it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data_framework.modules import exception
from data_framework.modules.data_process.files.limits import FileLimits
from data_framework.modules.exception import FileContentError, FileLimitError

if TYPE_CHECKING:
    from data_framework.modules.config.model.incoming import ExcelSpecs

_PROGRAM = "from data_framework.modules.data_process.files.excel_process import main; main()"


@dataclass(frozen=True)
class Sheet:
    """What was read of a workbook.

    Attributes:
        names: The names of its columns, in order.
        columns: The same as they are in the Parquet file.
    """

    names: tuple[str, ...]
    columns: tuple[str, ...]
    rows: int
    notes: tuple[str, ...] = ()


def read_workbook(path: Path, out: Path, specs: ExcelSpecs, limits: FileLimits, password: str | None) -> Sheet:
    """Write the table of a workbook as a Parquet file of text.

    Args:
        path: The workbook.
        out: The file to write.
        specs: Where its table is.
        limits: Limits of the platform.
        password: Of an encrypted workbook.

    Raises:
        FileContentError: It is no workbook, or has no such sheet or table.
        FileLimitError: It exceeds a limit.
        MissingLibraryError: A library of the extra `excel` is not installed.
    """
    wanted = {"sheet": specs.sheet, "header_position": specs.header_position, "range": specs.range}
    request = {"path": str(path), "out": str(out), "limits": asdict(limits), "password": password, **wanted}
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM], input=json.dumps(request), capture_output=True, text=True, check=False,
        encoding="utf-8", env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )  # fmt: skip
    answer = _answer(done.stdout)
    if answer is None:
        raise _died(done, limits)
    if "error" in answer:
        raise getattr(exception, answer["error"])(**answer["context"])
    return Sheet(tuple(answer["names"]), tuple(answer["columns"]), answer["rows"], tuple(answer["notes"]))


def _answer(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _died(done: subprocess.CompletedProcess[str], limits: FileLimits) -> FileContentError:
    """Why the process gave no answer: it was refused memory, or the library broke."""
    said = done.stderr.strip().splitlines()
    if done.returncode < 0 or "memory" in done.stderr.lower() or "capacity overflow" in done.stderr:
        most = f" than {limits.memory_bytes:,} bytes" if limits.memory_bytes else " than there is"
        return FileLimitError(reason=f"reading its workbook takes more memory{most}", limit="memory")
    return FileContentError(reason=f"its workbook cannot be read: {said[-1] if said else done.returncode}")
