"""What the engine counted becomes the outcome of a control: metric value, colour, success, and what to show of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from data_framework.modules.config.model.controls import Control
from data_framework.modules.config.model.tables import TableRef
from data_framework.modules.data_process.plan.model import CheckCount
from data_framework.modules.validation.bound import Bound, version_of
from data_framework.modules.validation.explaining import PastRuns, expected, no_runs, of_answers, of_rows, with_past
from data_framework.modules.validation.interface_quality_controls import ControlResult
from data_framework.modules.validation.rules.model import Finding, Past
from data_framework.modules.validation.verdicts import colour, exact, metric, shown, value_is_valid

_ANSWERS = 10_000


def judge(
    bound: Bound, count: CheckCount, target: TableRef, file_date: str, now: datetime, today: date,
    past: PastRuns = no_runs,
) -> ControlResult:  # fmt: skip
    """Judge one control by its threshold and colour.

    Args:
        bound: The control.
        count: What the engine found.
        target: The table.
        file_date: The data date (ISO), "" without one.
        now: The moment of the run.
        today: The date of the run.
        past: Answers its runs before, the newest last.
    """
    if count.error:
        return failed(bound.control, count.error, target, file_date, bound)
    result = _judged(bound, count, target, file_date, now, today, past)
    return replace(result, detail=with_past(result, bound.limits, past)) if result.invalid else result


def _judged(
    bound: Bound, count: CheckCount, target: TableRef, file_date: str, now: datetime, today: date, past: PastRuns
) -> ControlResult:
    finding = _finding(bound, count, file_date, today, past)
    if finding is not None:
        return _found(bound, count, finding, target, file_date)
    rows = count.rows
    if bound.judging in {"rows", "keys"} or (rows is None and count.observed is None and bound.judging == "answers"):
        return outcome(bound, count, count.total, count.invalid, None, of_rows(count, bound.limits), target, file_date)
    if rows is not None:
        invalid = [row for row in rows if not value_is_valid(row[1], bound.limits)]
        if len(rows) >= _ANSWERS:
            reason = f"it answers {_ANSWERS:,} results or more, which is too many to judge: aggregate or filter in it"
            return failed(bound.control, reason, target, file_date, bound)
        single = rows[0][1] if len(rows) == 1 else None
        detail = of_answers(len(rows), invalid, bound.limits)
        return outcome(bound, count, len(rows), len(invalid), single, detail, target, file_date)
    valid, detail = _of_value(bound, count.observed, now, today)
    return outcome(bound, count, 1, int(not valid), count.observed, detail, target, file_date)


def _finding(bound: Bound, count: CheckCount, file_date: str, today: date, past: PastRuns) -> Finding | None:
    """What a rule makes of it that reads its own answer; None: it is counted or compared with bounds."""
    if bound.found is not None:
        return bound.found
    if bound.read is not None:
        return bound.read(count.rows or ())
    value = exact(count.observed)
    if bound.history is None or value is None:
        return None
    day = date.fromisoformat(file_date) if file_date else today
    runs = past(bound.history.runs, observing=True)
    before = [Past(run.day, run.observed) for run in runs if run.observed is not None]
    return replace(bound.history.read(float(value), before, day), observed=count.observed)


def _found(bound: Bound, count: CheckCount, finding: Finding, target: TableRef, file_date: str) -> ControlResult:
    if finding.invalid is not None:
        total, invalid = finding.total, finding.invalid
        return outcome(bound, count, total, invalid, finding.observed, finding.detail, target, file_date)
    valid, detail = finding.valid, finding.detail
    if valid is None:
        valid = value_is_valid(finding.observed, bound.limits)
        detail = "" if valid else f"observed {shown(finding.observed)}, expected {expected(bound.limits)}"
    return outcome(bound, count, 1, int(not valid), finding.observed, detail, target, file_date)


def failed(
    control: Control, reason: str, target: TableRef, file_date: str, bound: Bound | None = None
) -> ControlResult:
    """The outcome of a control that could not be judged: red, and blocking if it is."""
    return ControlResult(
        **_identity(control, target, file_date, bound), total=0, invalid=0, metric_value=0.0, observed=None, rag="red",
        success=False, detail="", error=reason,
    )  # fmt: skip


def outcome(
    bound: Bound, count: CheckCount, total: int, invalid: int, observed: Any, detail: str, target: TableRef,
    file_date: str,
) -> ControlResult:  # fmt: skip
    """The outcome of what was counted: its metric value, colour and success."""
    value = metric(total, invalid)
    rag = colour(value, bound.limits)
    stopped_by_amber = bound.control.blocking == "amber" and rag == "amber"
    return ControlResult(
        **_identity(bound.control, target, file_date, bound), total=total, invalid=invalid, metric_value=float(value),
        observed=shown(observed), rag=rag, success=rag != "red" and not stopped_by_amber, detail=detail, error="",
        milliseconds=count.milliseconds, bytes_scanned=count.bytes,
    )  # fmt: skip


def _identity(control: Control, target: TableRef, file_date: str, bound: Bound | None) -> dict[str, Any]:
    return {
        "control_master_id": control.control_master_id,
        "control_table_id": control.control_table_id,
        "name": control.name or control.description or control.algorithm,
        "level": control.level,
        "field": bound.shown_field if bound else ", ".join(control.field),
        "dimension": control.dimension or (bound.dimension if bound else ""),
        "layer": target.layer,
        "database": target.database,
        "table": target.table,
        "file_date": file_date,
        "threshold": control.threshold.model_dump(mode="json"),
        "blocking": bool(control.blocking),
        "version": version_of(control),
    }


def _of_value(bound: Bound, observed: Any, now: datetime, today: date) -> tuple[bool, str]:
    if bound.max_age is not None:
        return _fresh(observed, bound.max_age, now, today)
    valid = value_is_valid(observed, bound.limits)
    return valid, "" if valid else f"observed {shown(observed)}, expected {expected(bound.limits)}"


def _fresh(observed: Any, max_age: float, now: datetime, today: date) -> tuple[bool, str]:
    if isinstance(observed, datetime):
        newest = observed if observed.tzinfo else observed.replace(tzinfo=now.tzinfo)
        age = now - newest
    elif isinstance(observed, date):
        age = today - observed
    else:
        return False, "there is no value"
    return age <= timedelta(
        seconds=max_age
    ), f"the newest value is {_span(age)} old, allowed {_span(timedelta(seconds=max_age))}"


def _span(age: timedelta) -> str:
    hours, rest = divmod(abs(int(age.total_seconds())), 3600)
    sign = "-" if age < timedelta() else ""
    days, hours = divmod(hours, 24)
    parts = [f"{days} d" * bool(days), f"{hours} h" * bool(hours), f"{rest // 60} min" * bool(rest // 60)]
    return sign + (" ".join(part for part in parts if part) or "0 min")
