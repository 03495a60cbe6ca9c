"""Where a report is written: `<project_id>/<name>/<file>` below the output layer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from data_framework.modules.config import Report
from data_framework.modules.exception import ReportNameError

_PLACE = re.compile(r"\{([A-Za-z_][\w.]*)\}")
_DATES = frozenset({"file_date", "current_date"})
_OTHER = re.compile(r"[^a-z0-9]+")
_LONGEST = 255


def report_key(project_id: str, report: Report, values: Mapping[str, Any]) -> str:
    """The key of a report's file, its dates in the report's format.

    Args:
        project_id: Of the project.
        report: Name and pattern.
        values: What `{file_date}`, `{file_name}`, `{current_date}` and `{vars.x}` stand for; empty ones are missing.

    Raises:
        ReportNameError: A value is missing, or the name would not be that of a plain file in that folder.
    """
    folder = _OTHER.sub("_", report.name.lower()).strip("_")
    if not folder:
        raise ReportNameError(report=report.name, pattern=report.name, reason="its name has neither letter nor digit")
    return f"{project_id}/{folder}/{file_name(report, values)}"


def file_name(report: Report, values: Mapping[str, Any]) -> str:
    """The base name of a report's file."""

    def put(match: re.Match[str]) -> str:
        name = match[1]
        value = values.get(name)
        if value in (None, ""):
            raise _error(report, f"there is no value of {{{name}}} in this run")
        return _date(report, str(value)) if name in _DATES else str(value)

    found = _PLACE.sub(put, report.filename_pattern)
    if found in {"", ".", ".."} or re.search(r"[/\\\x00-\x1f]", found):
        raise _error(report, f"{found!r} is no plain file name")
    if len(found.encode("utf-8")) > _LONGEST:
        raise _error(report, f"it would be longer than {_LONGEST} bytes")
    return found


def _date(report: Report, value: str) -> str:
    from data_framework.modules.data_process.sql.formats import codes

    try:
        text = report.filename_date_format
        return date.fromisoformat(value).strftime(text if "%" in text else codes(text))
    except ValueError as error:
        raise _error(report, str(error)) from error


def _error(report: Report, reason: str) -> ReportNameError:
    return ReportNameError(report=report.name, pattern=report.filename_pattern, reason=reason)
