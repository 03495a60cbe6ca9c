"""Keys: where a delivery lies in raw, in raw's history, and in the rejected area."""

from __future__ import annotations

import hashlib
import re

from data_framework.modules.state import Delivery

HISTORY = "_history"
REJECTED = "rejected"
_UNSAFE = re.compile(r"[\x00-\x1f\x7f/\\=]+")
_NAME_MOST = 120


def token_of(delivery: Delivery) -> str:
    """A short name of one landed object and its content, the same whenever it is looked at."""
    text = f"{delivery.dataflow}|{delivery.identity}|{delivery.content_hash}"
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def partition_folder(database: str, table: str, field: str, file_date: str) -> str:
    """The folder of a data date in the raw layer."""
    return f"{database}/{table}/{field}={file_date}"


def raw_key(folder: str, delivery: Delivery, member: str, number: int, suffix: str) -> str:
    """The key of a member: its name with the object's token and (of several) its number, so that none ever clashes.

    Example:
        >>> from data_framework.modules.state import Delivery
        >>> raw_key("db/t/d=2026-01-01", Delivery("sales", "a/sales.csv", 3, 4), "sales.csv", 0, "")
        'db/t/d=2026-01-01/sales.b834f2dbf517.csv'
    """
    base = _UNSAFE.sub("_", member.replace("\\", "/").rsplit("/", 1)[-1])
    stem, dot, extension = base.rpartition(".")
    stem, extension = (stem, dot + extension) if dot and stem else (base, "")
    part = f".{number}" if number else ""
    return f"{folder}/{stem[:_NAME_MOST]}.{token_of(delivery)}{part}{suffix or extension[:20]}"


def history_key(key: str, sequence: int) -> str:
    """Where a superseded member goes: the same path below `_history`, with the sequence of its delivery.

    Example:
        >>> history_key("db/t/d=2026-01-01/sales.27a2103d29a9.csv", 7)
        '_history/db/t/d=2026-01-01/7/sales.27a2103d29a9.csv'
    """
    folder, _, name = key.rpartition("/")
    return f"{HISTORY}/{folder}/{sequence}/{name}"


def rejected_key(delivery: Delivery) -> str:
    """Where a rejected file is kept; its reasons lie beside it as `<file>.reasons.json`."""
    return f"{_UNSAFE.sub('_', delivery.dataflow)}/{token_of(delivery)}/{delivery.file_name}"
