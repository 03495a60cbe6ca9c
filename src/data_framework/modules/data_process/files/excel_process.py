"""The process that reads one workbook: told what to do on stdin, it answers on stdout; see `excel`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from data_framework.modules.data_process.files.excel_sheet import read_sheet
from data_framework.modules.data_process.files.limits import FileLimits
from data_framework.modules.exception import (
    DataFrameworkError,
    FileContentError,
    FileLimitError,
    MissingLibraryError,
)


def main() -> None:
    """Read what is asked for and answer."""
    request = json.load(sys.stdin)
    limits = FileLimits(**request.pop("limits"))
    _bound(limits.memory_bytes)
    try:
        answer = _read(request, limits)
    except DataFrameworkError as error:
        answer = {"error": type(error).__name__, "context": error.context}
    json.dump(answer, sys.stdout, default=str)


def _read(request: dict[str, Any], limits: FileLimits) -> dict[str, Any]:
    try:
        return read_sheet(
            Path(request["path"]), Path(request["out"]), limits, request["password"], request["sheet"],
            request["header_position"], request["range"],
        )  # fmt: skip
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("data_framework"):
            raise
        raise MissingLibraryError(feature="Reading workbooks", library=error.name, extra="excel") from error
    except MemoryError as error:
        raise FileLimitError(reason="reading its workbook takes more memory than allowed", limit="memory") from error
    except (UnicodeError, OverflowError, RecursionError) as error:
        raise FileContentError(reason=f"its workbook cannot be read: {error}") from error


def _bound(memory: int | None) -> None:
    """Take no more memory than this, where the system can be told so."""
    try:
        import resource
    except ModuleNotFoundError:  # not on Windows
        return
    if memory is not None:
        hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
        most = memory if hard == resource.RLIM_INFINITY else min(memory, hard)
        resource.setrlimit(resource.RLIMIT_DATA, (most, hard))
