"""Columns of the engine's own in staged files: beside the target's, under field ids no table uses."""

from __future__ import annotations

FILE = "_df_file"
RECORD = "_df_record"
ROW = "_df_row"
CASTS = "_df_c"
CHECKS = "_df_v"

FIRST_ID = 2_000_000_001
BITS = 62

# of merge targets whose rows do not say otherwise when they were last delivered
DATA_DATE = "_data_date"
TECHNICAL = frozenset({DATA_DATE})


def visible(names: tuple[str, ...]) -> tuple[str, ...]:
    """The columns of a table its readers see: all of a quarantine table, else those that are not technical."""
    return names if "_quarantine_id" in names else tuple(name for name in names if name not in TECHNICAL)


def cast_columns(bits: int) -> list[str]:
    """The columns that hold this many cast bits."""
    return [f"{CASTS}{number}" for number in range((bits + BITS - 1) // BITS)]


def check_columns(checks: int) -> list[str]:
    """The columns that hold two bits for each of this many checks."""
    return [f"{CHECKS}{number}" for number in range((2 * checks + BITS - 1) // BITS)]
