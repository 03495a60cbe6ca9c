"""The arithmetic of verdicts: metric values, thresholds and colours, compared exactly.

Numbers written in JSON are the decimals they are written as: 1 - 9/10 is not below 0.1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any, Literal

Colour = Literal["green", "amber", "red"]
Limit = Fraction | str


@dataclass(frozen=True)
class Limits:
    """A threshold ready to compare: `lowest` and `highest` judge values, the other two the metric."""

    kind: Literal["Standard", "Absolute", "Binary"] = "Standard"
    lowest: Limit | None = None
    highest: Limit | None = None
    rag_min: Fraction = Fraction(1)
    rag_max: Fraction = Fraction(1)

    @property
    def bounded(self) -> bool:
        """Whether there is a bound, so that a missing value fails."""
        return self.lowest is not None or self.highest is not None or self.kind == "Binary"


def metric(total: int, invalid: int) -> Fraction:
    """The share of valid rows; 1 when nothing was judged.

    Example:
        >>> metric(10, 1), metric(0, 0)
        (Fraction(9, 10), Fraction(1, 1))
    """
    return Fraction(total - invalid, total) if total else Fraction(1)


def colour(value: Fraction, limits: Limits) -> Colour:
    """Green at or above `rag_max`, red below `rag_min`, amber between."""
    if value >= limits.rag_max:
        return "green"
    return "red" if value < limits.rag_min else "amber"


def value_is_valid(value: Any, limits: Limits) -> bool:
    """Judge one observed value or one result of a query.

    Standard: within the bounds; Absolute: its absolute value is; Binary: it is true. Of nothing (null) it fails where
    anything is demanded. A boolean without bounds is judged as Binary.
    """
    if limits.kind == "Binary" or (isinstance(value, bool) and not limits.bounded):
        return truth(value) is True
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return not limits.bounded
    return _above(value, limits) and _below(value, limits)


def truth(value: Any) -> bool | None:
    """Read a result as true or false: booleans, 1 and 0, and their texts; None where it is neither."""
    if isinstance(value, bool):
        return value
    text = str(value).strip().lower()
    if text in {"true", "1", "1.0"}:
        return True
    return False if text in {"false", "0", "0.0"} else None


def exact(value: Any) -> Fraction | None:
    """Read a number exactly, as it is written; None of what is no finite number.

    Example:
        >>> exact(0.1), exact("1e-1") == exact(0.1), exact("ten")
        (Fraction(1, 10), True, None)
    """
    if isinstance(value, bool):
        return Fraction(int(value))
    if isinstance(value, Fraction):
        return value
    try:
        found = Decimal(repr(value) if isinstance(value, float) else str(value))
        return Fraction(found)
    except (InvalidOperation, ValueError, OverflowError):
        return None


def limit_of(value: Any) -> Limit | None:
    """A bound as a threshold gives it: a number, or text for dates and times."""
    if value is None:
        return None
    number = exact(value)
    return number if number is not None else str(value)


def shown(value: Any) -> Any:
    """An observed value as answers and results show it: a plain number, ISO text, or None."""
    if isinstance(value, Decimal):
        whole = value == value.to_integral_value() if value.is_finite() else False
        return int(value) if whole else float(value)
    if isinstance(value, float):
        return None if math.isnan(value) else value if math.isfinite(value) else str(value)
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, list | tuple):
        return [shown(one) for one in value]
    return value.isoformat() if isinstance(value, date) else str(value)


def _above(value: Any, limits: Limits) -> bool:
    return limits.lowest is None or _compare(value, limits.lowest, limits) >= 0


def _below(value: Any, limits: Limits) -> bool:
    return limits.highest is None or _compare(value, limits.highest, limits) <= 0


def _compare(value: Any, limit: Limit, limits: Limits) -> float:
    """Below, at or above a limit: -1, 0, 1; NaN (never within) when the two cannot be compared."""
    if isinstance(limit, str):
        text = _moment(value, limit)
        return (text > limit) - (text < limit) if text is not None else math.nan
    if isinstance(value, float) and math.isinf(value):
        return 1 if value > 0 or limits.kind == "Absolute" else -1
    number = exact(value)
    if number is None:
        return math.nan
    number = abs(number) if limits.kind == "Absolute" else number
    return (number > limit) - (number < limit)


def _moment(value: Any, limit: str) -> str | None:
    if isinstance(value, datetime):
        return value.isoformat(sep="T" if "T" in limit else " ")
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, str) else None
