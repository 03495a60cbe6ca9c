"""The data date of a landed file: from its name, from a column, or from its arrival."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from data_framework.modules.exception import FileContentError
from data_framework.modules.utils.dates import parse_date
from data_framework.modules.utils.mask import mask_value
from data_framework.modules.utils.names import normalise_name
from data_framework.modules.utils.regex import compile_pattern

if TYPE_CHECKING:
    from data_framework.modules.config.model.incoming import DateLocation, IncomingFile
    from data_framework.modules.storage import StoredObject

_IN_NAME = re.compile(r"(?<!\d)(?=(\d{4})[^0-9]?(\d{2})[^0-9]?(\d{2}))")
_GROUP_FORMATS = ("%Y-%m-%d", "%y-%m-%d", "%Y-%b-%d", "%Y-%B-%d", "%y-%b-%d")
_ONE_GROUP_FORMATS = ("%Y-%m-%d", "%Y%m%d", "%Y_%m_%d", "%Y.%m.%d")


def date_in_name(name: str, location: DateLocation) -> date | None:
    """Read the date of a file's name, None where there is none.

    Without a regex it is the first yyyy?mm?dd; with one, its groups year, month and day (by name or in order), or its
    one group by the formats.
    """
    if not location.regex:
        found = (parse_date("-".join(match.groups()), ("%Y-%m-%d",)) for match in _IN_NAME.finditer(name))
        return next((day for day in found if day is not None), None)
    match = compile_pattern(location.regex).search(name)
    if match is None:
        return None
    named = match.groupdict()
    if {"year", "month", "day"} <= named.keys():
        parts = [named["year"], named["month"], named["day"]]
    elif len(match.groups()) >= 3:
        parts = list(match.groups()[:3])
    else:
        return parse_date(match.group(match.lastindex or 0), location.formats or _ONE_GROUP_FORMATS)
    return parse_date("-".join(part or "" for part in parts), _GROUP_FORMATS)


def arrival_date(stored: StoredObject, zone: str) -> date:
    """The day a file arrived, in the platform's time zone."""
    return datetime.fromtimestamp(stored.modified / 1e9, ZoneInfo(zone)).date()


def sorting_date(incoming: IncomingFile | None, stored: StoredObject, zone: str) -> str:
    """The date to take files in order of, as far as it is known before they are opened."""
    if incoming is None:
        return ""
    location = incoming.date
    if location.located == "filename":
        found = date_in_name(stored.name, location)
        return found.isoformat() if found else ""
    return arrival_date(stored, zone).isoformat() if location.located == "arrival" else ""


class DateColumn:
    """Collects the dates of a column while a file is read.

    Args:
        location: Which column, its formats, and which date counts when there are several.
    """

    def __init__(self, location: DateLocation) -> None:
        self._location = location
        self._wanted = normalise_name(location.column)
        self._least: date | None = None
        self._most: date | None = None
        self._wrong: str | None = None
        self._last: str | None = None

    def index(self, names: tuple[str, ...], normalised: tuple[str, ...]) -> int:
        """The place of the column among the delivered ones.

        Raises:
            FileContentError: It was not delivered.
        """
        if self._location.column in names:
            return names.index(self._location.column)
        if self._wanted in normalised:
            return normalised.index(self._wanted)
        raise FileContentError(reason=f"no date: it has no column {self._location.column!r}")

    def record(self, cells: dict[str, str | None]) -> None:
        """Take the date of a record of JSON."""
        for key, value in cells.items():
            if key == self._location.column or normalise_name(key) == self._wanted:
                self.add(value)
                return

    def add(self, value: str | None) -> None:
        """Take one value; equal ones in a row cost nothing."""
        if value is None or value == self._last or not value.strip():
            return
        self._last = value
        day = parse_date(value, self._location.formats)
        if day is None:
            self._wrong = self._wrong or value
            return
        self._least = day if self._least is None or day < self._least else self._least
        self._most = day if self._most is None or day > self._most else self._most

    def found(self) -> date:
        """The date of the file.

        Raises:
            FileContentError: There is none, one cannot be read, or there are several and nothing says which.
        """
        name = self._location.column
        if self._wrong is not None:
            raise FileContentError(reason=f"no date: column {name!r} holds {mask_value(self._wrong)}, which is no date")
        if self._least is None or self._most is None:
            raise FileContentError(reason=f"no date: column {name!r} holds no date")
        if self._least != self._most and self._location.take is None:
            raise FileContentError(
                reason=f"several dates: column {name!r} holds {self._least} and {self._most}",
                hint="Say which one counts with date_located_column_take: max or min.",
            )
        return self._most if self._location.take == "max" else self._least
