"""What a control found before, from `controls_results`: its last runs only, and only when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any

from data_framework.modules.catalogue import CatalogueInterface, DataFile
from data_framework.modules.config.model.controls import Control
from data_framework.modules.config.model.tables import TableRef
from data_framework.modules.validation.store import readable_files, rows_of_file
from data_framework.modules.validation.verdicts import exact

_KEY = ("control_master_id", "control_table_id", "control_name", "control_database", "control_table")
_COLUMNS = [*_KEY, "data_date", "end_date", "observed", "control_metric_value", "rag", "error"]
_EVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Run:
    """One run of a control.

    Attributes:
        day: The data date, else the day of the run.
        metric: The share of valid rows.
        observed: What it observed, None where that is no number.
    """

    day: date
    metric: float
    rag: str
    observed: float | None
    error: str


class Pasts:
    """The results of runs before this one.

    Args:
        catalogue: Where the results are.
        results: The table of results.
        file_date: The data date being judged (ISO): results of this date and later ones are not its past.
    """

    def __init__(self, catalogue: CatalogueInterface, results: TableRef, file_date: str) -> None:
        self._catalogue, self._results = catalogue, results
        self._before = date.fromisoformat(file_date) if file_date else date.max
        self._read: dict[str, Sequence[Mapping[str, Any]]] = {}

    def runs(self, control: Control, target: TableRef, most: int, *, observing: bool = False) -> Sequence[Run]:
        """The last runs of a control, the newest last: of each data date its last one (of the undated every run).

        Files are looked at from the newest commit back, until there are enough and what is left is older.

        Args:
            control: The control.
            target: The table it judged.
            most: How many runs.
            observing: Whether only runs that observed a number count.
        """
        name = control.name or control.description or control.algorithm
        key = (control.control_master_id, control.control_table_id, name, target.database, target.table)
        found: dict[object, tuple[datetime, Run]] = {}
        for file in self._files:
            newest = sorted((run.day for _, run in found.values()), reverse=True)[:most]
            if len(newest) == most and (not most or _newest_date(file) <= newest[-1]):
                continue
            for row in self._rows(file):
                run = _run(row)
                usable = run.day < self._before and (not observing or (run.observed is not None and not run.error))
                if usable and tuple(str(row[name] or "") for name in _KEY) == key:
                    unit, moment = row["data_date"] or row["end_date"], row["end_date"] or _EVER
                    if unit not in found or moment > found[unit][0]:
                        found[unit] = (moment, run)
        ordered = sorted(found.values(), key=lambda one: (one[1].day, one[0]))
        return [run for _, run in ordered][len(ordered) - min(most, len(ordered)) :]

    @cached_property
    def _files(self) -> Sequence[DataFile]:
        """The files, those of the newest runs first; a file of data dates that are no past is left out."""
        files = readable_files(self._catalogue, self._results)
        past = [file for file in files if _bound(file.lower.get("data_date"), date.min) < self._before]
        return sorted(past, key=lambda file: str(file.upper.get("end_date") or ""), reverse=True)

    def _rows(self, file: DataFile) -> Iterator[Mapping[str, Any]]:
        if file.path not in self._read:
            self._read[file.path] = list(rows_of_file(self._catalogue, self._results, file, _COLUMNS))
        yield from self._read[file.path]


def _run(row: Mapping[str, Any]) -> Run:
    observed = exact(row["observed"]) if row["observed"] is not None else None
    return Run(
        _day(row), row["control_metric_value"] or 0.0, row["rag"] or "", None if observed is None else float(observed),
        row["error"] or "",
    )  # fmt: skip


def _newest_date(file: DataFile) -> date:
    """The newest data date a file may hold; of undated results the day they were made."""
    return _bound(file.upper.get("data_date") or file.upper.get("end_date"), date.max)


def _bound(value: Any, unknown: date) -> date:
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else unknown


def _day(row: Mapping[str, Any]) -> date:
    day: date | datetime = row["data_date"] or row["end_date"] or date.min
    return day.date() if isinstance(day, datetime) else day
