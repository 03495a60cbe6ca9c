"""A failure explained: how many, what share, against which limit, masked samples, where they are, the last runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, Protocol

from data_framework.modules.data_process.plan.model import CheckCount, Slice
from data_framework.modules.utils.mask import mask_value
from data_framework.modules.validation.interface_quality_controls import ControlResult
from data_framework.modules.validation.past import Run
from data_framework.modules.validation.verdicts import Limits, shown

_RUNS = 3


class PastRuns(Protocol):
    """Answers the last runs of a control, at most so many, the newest last; `observing`: those with a number."""

    def __call__(self, most: int, *, observing: bool = False) -> Sequence[Run]: ...


def no_runs(most: int, *, observing: bool = False) -> Sequence[Run]:
    """The past of what never ran."""
    return ()


def of_rows(count: CheckCount, limits: Limits) -> str:
    """What there is to say of rows that fail."""
    if not count.invalid:
        return ""
    detail = f"{count.invalid} of {count.total} rows ({share(count.invalid, count.total)}), {allowed(limits)}"
    if count.samples:
        detail += f"; for example {sample(count.samples)}"
    return detail + _most_in(count.slices)


def of_answers(total: int, invalid: Sequence[tuple[Any, Any]], limits: Limits) -> str:
    """What there is to say of results of a query that are not within the threshold."""
    if not invalid:
        return ""
    named = [_result(identifier, result) for identifier, result in invalid[:5]]
    failing = f"{len(invalid)} of {total} results ({share(len(invalid), total)}) are not {expected(limits)}"
    return f"{failing}, {allowed(limits)}; for example {', '.join(named)}"


def with_past(result: ControlResult, limits: Limits, past: PastRuns) -> str:
    """The detail of a result that is not faultless, and how its last runs did."""
    runs = past(_RUNS)
    if not runs:
        return result.detail
    value = result.observed is not None and result.total == 1
    before = ", ".join(_run(run, value) for run in runs)
    return f"{result.detail}; before: {before}"


def expected(limits: Limits) -> str:
    """What a value must be."""
    if limits.kind == "Binary":
        return "true"
    low = f"at least {_plain(limits.lowest)}" if limits.lowest is not None else ""
    high = f"at most {_plain(limits.highest)}" if limits.highest is not None else ""
    within = " and ".join(part for part in (low, high) if part) or "true"
    return f"{within} (absolute)" if limits.kind == "Absolute" else within


def allowed(limits: Limits) -> str:
    """How large a share of invalid rows the colours allow.

    Example:
        >>> allowed(Limits()), allowed(Limits(rag_min=Fraction(9, 10)))
        ('none allowed', 'amber above 0 %, red above 10 %')
    """
    amber, red = 1 - limits.rag_max, 1 - limits.rag_min
    if amber >= red:
        return f"{_percent(amber)} allowed" if amber else "none allowed"
    return f"amber above {_percent(amber)}, red above {_percent(red)}"


def share(part: int, whole: int) -> str:
    """A share in per cent that is never rounded to none or to all.

    Example:
        >>> share(1, 3), share(1, 1_000_000), share(3, 3), share(999_999, 1_000_000)
        ('33.3 %', 'less than 0.1 %', '100 %', 'more than 99.9 %')
    """
    return _percent(Fraction(part, whole)) if whole else "0 %"


def sample(values: Iterable[str]) -> str:
    """Masked values, those of the same shape said once.

    Example:
        >>> sample(["ab", "cd", "1"])
        '** (twice), #'
    """
    shapes = Counter("null" if value == "null" else mask_value(value) for value in values)
    return ", ".join(shape + {1: "", 2: " (twice)"}.get(times, f" ({times} times)") for shape, times in shapes.items())


def _most_in(slices: Sequence[Slice]) -> str:
    if not slices:
        return ""
    return "; most in " + ", ".join(f"{one.name} ({one.invalid} of {one.total})" for one in slices)


def _run(run: Run, value: bool) -> str:
    if run.error:
        return "an error"
    if value:
        return f"{run.observed:g} ({run.rag})" if run.observed is not None else f"nothing ({run.rag})"
    invalid = 1 - Fraction(run.metric).limit_denominator(10**9)
    return f"{_percent(invalid)} ({run.rag})"


def _percent(value: Fraction) -> str:
    tenths = round(value * 1000)
    if value and not tenths:
        return "less than 0.1 %"
    if value < 1 and tenths == 1000:
        return "more than 99.9 %"
    return f"{tenths / 10:g} %"


def _result(identifier: Any, result: Any) -> str:
    name = "null" if identifier is None else mask_value(identifier)
    plain = isinstance(result, bool | int | float | Decimal)
    return f"{name}: {shown(result) if plain else mask_value(result)}"


def _plain(limit: Any) -> Any:
    return limit if isinstance(limit, str) else shown(float(limit)) if limit.denominator != 1 else limit.numerator
