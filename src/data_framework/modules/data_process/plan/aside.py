"""Rows set aside: the columns of the table beside the target, and what tells a row again; the same for every engine."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence

from sqlglot import exp

from data_framework.modules.catalogue import Column
from data_framework.modules.data_process.plan.model import RawFile, RawSource, TablePlan

REASONS = "array<struct<kind:string,control:string,field:string,message:string>>"
COLUMNS = (
    Column("_quarantine_id", "string"), Column("_file_name", "string"), Column("_content_hash", "string"),
    Column("_line", "bigint"), Column("_data_date", "date"), Column("_run_id", "string"), Column("_reasons", REASONS),
    Column("_status", "string"), Column("_row", "string"),
)  # fmt: skip


def place_of(plan: TablePlan, properties: Mapping[str, str]) -> str:
    """What stands for the content hash of rows that come from no file: the unit that made them, and its publish.

    A run id ends with the ordinal of the publish among those of its unit into the same table.
    """
    unit = properties.get("unit", "")
    if isinstance(plan.source, RawSource) or not unit:
        return ""
    ordinal = properties.get("run-id", "").rpartition("-")[2]
    text = "|".join((str(plan.target), properties.get("process", ""), unit, ordinal))
    return hashlib.sha256(text.encode()).hexdigest()


def members_of(files: Sequence[RawFile]) -> list[str]:
    """What names each file wherever it is read: its delivery, and which member of that it is."""
    counts = Counter[tuple[str, str, str]]()
    found = []
    for file in files:
        delivery = (file.content_hash, file.file_name, file.data_date)
        counts[delivery] += 1
        found.append("|".join((*delivery, str(counts[delivery]))))
    return found


def delivered_names(plan: TablePlan) -> dict[str, list[str]]:
    """Column of the target → the delivered names its text comes from."""
    source = plan.source
    found: dict[str, list[str]] = {}
    for column in plan.columns:
        used = [node.name for node in column.text.find_all(exp.Column)] if column.text is not None else []
        if isinstance(source, RawSource):
            names = dict.fromkeys(name for file in source.files for name, own in file.columns.items() if own in used)
            found[column.name] = list(names) or [column.name]
        else:
            found[column.name] = used or [column.name]
    return found
