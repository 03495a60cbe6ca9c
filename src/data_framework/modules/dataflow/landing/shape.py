"""What the catalogue is told of the files of a raw partition, from what the ledger keeps of each."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from data_framework.modules.catalogue import RawShape
from data_framework.modules.data_process.files.csv_dialect import CsvDialect

if TYPE_CHECKING:
    from data_framework.modules.state import Delivery


def shape_of(deliveries: Iterable[Delivery]) -> RawShape:
    """The way all files of some deliveries are written; one that others cannot read says why."""
    found = [
        _shape(delivery.reader["format"], member) for delivery in deliveries for member in delivery.reader["members"]
    ]
    if not found:
        return RawShape(unreadable="there are no files")
    first, *others = found
    if any(one != first or list(one.columns.items()) != list(first.columns.items()) for one in others):
        return RawShape(unreadable="its files are written in different ways")
    return first


def _shape(format_name: str, member: Mapping[str, Any]) -> RawShape:
    plain = list(member["columns"].values())
    columns = dict(zip(plain, member.get("names") or list(member["columns"]), strict=True))
    if format_name != "csv":
        return RawShape(format_name, columns)
    dialect = CsvDialect.from_dict(member["dialect"])
    quote = dialect.quote or ""
    return RawShape(
        format_name, columns, dialect.delimiter, quote, dialect.escape or quote, dialect.skip_lines,
        _unreadable(dialect),
    )  # fmt: skip


def _unreadable(dialect: CsvDialect) -> str:
    """Why a reader of plain delimited lines cannot read it."""
    reasons = {
        f"it is written in {dialect.encoding}": codecs.lookup(dialect.encoding).name not in {"utf-8", "ascii"},
        "it begins with a byte order mark and no header": dialect.bom and not dialect.skip_lines,
        "its delimiter is more than one character": len(dialect.delimiter) != 1,
        "it has comments": dialect.comment is not None,
        "it has lines at the end that are no data": bool(dialect.footnote_lines),
    }
    return next((reason for reason, holds in reasons.items() if holds), "")
