"""What controls found before, from `controls_results`: read once for a table, and only when it is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cached_property
from typing import Any

from data_framework.modules.catalogue import CatalogueInterface
from data_framework.modules.config.model.controls import Control
from data_framework.modules.config.model.tables import TableRef
from data_framework.modules.validation.rules.model import Past
from data_framework.modules.validation.store import read_rows
from data_framework.modules.validation.verdicts import exact

_COLUMNS = ["control_master_id", "control_table_id", "control_name", "control_database", "control_table", "data_date",
            "end_date", "observed", "control_metric_value", "rag", "error"]  # fmt: skip


class Pasts:
    """The results of runs before this one.

    Args:
        results: The table of results.
        file_date: The data date being judged (ISO): results of this date and later ones are not its past.
    """

    def __init__(self, catalogue: CatalogueInterface, results: TableRef, file_date: str) -> None:
        self._catalogue, self._results, self._before = catalogue, results, file_date

    def observed(self, control: Control, target: TableRef) -> Sequence[Past]:
        """The values the control observed before, one for each data date (its last run), the newest last."""
        found = []
        for row in self.runs(control, target):
            value = exact(row["observed"]) if row["observed"] is not None and not row["error"] else None
            if value is not None:
                found.append(Past(_day(row), float(value)))
        return found

    def runs(self, control: Control, target: TableRef) -> Sequence[Mapping[str, Any]]:
        """The control's results before, one for each data date (of the undated each run), the newest last."""
        key = (control.control_master_id, control.control_table_id, _name(control), target.database, target.table)
        by_date: dict[object, Mapping[str, Any]] = {}
        for row in self._by_control.get(key, ()):
            by_date[row["data_date"] or row["end_date"]] = row
        found = [row for row in by_date.values() if not self._before or _day(row).isoformat() < self._before]
        return sorted(found, key=_day)

    @cached_property
    def _by_control(self) -> Mapping[tuple[str, ...], Sequence[Mapping[str, Any]]]:
        found: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
        rows = sorted(read_rows(self._catalogue, self._results, _COLUMNS), key=_moment)
        for row in rows:
            names = ("control_master_id", "control_table_id", "control_name", "control_database", "control_table")
            found.setdefault(tuple(str(row[name] or "") for name in names), []).append(row)
        return found


def _name(control: Control) -> str:
    return control.name or control.description or control.algorithm


def _day(row: Mapping[str, Any]) -> date:
    day: date | datetime = row["data_date"] or row["end_date"] or date.min
    return day.date() if isinstance(day, datetime) else day


def _moment(row: Mapping[str, Any]) -> str:
    return str(row["end_date"] or "")
