"""The same records, delivered in every format, make the same staging table."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pyarrow as pa
import pytest
import xlsxwriter
from pyarrow import parquet

from project import ProjectFolder

COLUMNS = [{"name": "id", "type": "bigint"}, {"name": "name", "type": "string"},
           {"name": "price", "type": "decimal(12,2)"}, {"name": "ratio", "type": "double"},
           {"name": "sold", "type": "date"}, {"name": "seen", "type": "timestamp"},
           {"name": "good", "type": "boolean"}]  # fmt: skip
NAMES = [str(column["name"]) for column in COLUMNS]
ROWS: list[list[Any]] = [
    [1, "ñandú, \"red\"", Decimal("1.50"), 0.1, date(2026, 1, 5), datetime(2026, 1, 5, 12, 30), True],
    [2, "a & b < c", Decimal("12345.67"), 1 / 3, date(1999, 12, 31), datetime(1999, 12, 31), False],
    [3, None, None, None, None, None, None],
    [4, "日本", Decimal("-0.01"), 1e21, date(2024, 2, 29), datetime(2024, 2, 29, 23, 59, 59), True],
]  # fmt: skip


def text(cell: Any) -> str:
    if cell is None:
        return ""
    return str(cell).lower() if isinstance(cell, bool) else str(cell)


def as_csv(rows: list[list[Any]]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer).writerows([NAMES, *([text(cell) for cell in row] for row in rows)])
    return buffer.getvalue().encode()


def _plain(cell: Any) -> Any:
    return cell if cell is None or isinstance(cell, bool | int | float) else str(cell)


def _json(row: list[Any]) -> str:
    cells = [f'"{name}": {row[place] if isinstance(row[place], Decimal) else json.dumps(_plain(row[place]))}'
             for place, name in enumerate(NAMES)]  # fmt: skip
    return "{" + ", ".join(cells) + "}"


def as_json(rows: list[list[Any]]) -> bytes:
    return ('{"data": {"rows": [' + ",\n".join(map(_json, rows)) + "]}}").encode()


def as_json_lines(rows: list[list[Any]]) -> bytes:
    return "".join(f"{_json(row)}\n" for row in rows).encode()


def as_xml(rows: list[list[Any]]) -> bytes:
    records = []
    for row in rows:
        inner = "".join(f"<{name}>{escape(text(cell))}</{name}>" for name, cell in zip(NAMES[1:], row[1:], strict=True))
        records.append(f'<row id="{row[0]}">{inner}</row>')
    return f"<rows>{''.join(records)}</rows>".encode()


def as_excel(rows: list[list[Any]]) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        forms = {date: "yyyy-mm-dd", datetime: "yyyy-mm-dd hh:mm:ss"}
        formats = {kind: book.add_format({"num_format": form}) for kind, form in forms.items()}
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, NAMES)
        for number, row in enumerate(rows, 1):
            for place, cell in enumerate(row):
                sheet.write(number, place, cell, formats.get(type(cell)))
    return buffer.getvalue()


def as_parquet(rows: list[list[Any]]) -> bytes:
    buffer = io.BytesIO()
    columns = [list(cells) for cells in zip(*rows, strict=True)]
    parquet.write_table(pa.table(columns, names=NAMES), buffer)
    return buffer.getvalue()


def as_fixed_width(rows: list[list[Any]]) -> bytes:
    return "".join("".join(f"{text(cell):<25}" for cell in row).rstrip() + "\n" for row in rows).encode()


FIXED = [{"name": name, "start": 1 + 25 * place, "length": 25} for place, name in enumerate(NAMES)]
FORMATS: dict[str, tuple[Any, dict[str, Any]]] = {
    "csv": (as_csv, {}),
    "json": (as_json, {"json_specs": {"source_level": "data.rows"}}),
    "json_lines": (as_json_lines, {}),
    "xml": (as_xml, {"xml_specs": {"xpath": "/rows/row"}}),
    "xlsx": (as_excel, {}),
    "parquet": (as_parquet, {}),
    "fixed_width": (as_fixed_width, {"fixed_width_specs": {"columns": FIXED}}),
}


def staged(folder: Path, kind: str, rows: list[list[Any]]) -> list[dict[str, str]]:
    """The staging table of some rows delivered in one format."""
    make, specs = FORMATS[kind]
    project = ProjectFolder(folder)
    table = {"database": "shop_staging", "table": "sales"}
    processes = {
        "landing_to_raw": {
            "incoming_file": {"file_format": kind, "filename_pattern": "sales_.*", **specs},
            "output_file": {"database": "shop_raw", "table": "sales"},
        },
        "raw_to_staging": {"target_tables": {"sales": table}},
    }
    project.write("platform.json", {"local": {"environment": "local"}})
    project.write("transformation.json", {"project_id": "p", "dataflows": {"sales": {"processes": processes}}})
    project.write("tables/sales.json", {"layer": "staging", **table, "columns": COLUMNS})
    project.land(f"sales_2026-01-05.{kind}", make(rows))
    answer = project.json("run", "sales")
    counts = answer["processes"][1]["tables"][0]
    assert (counts["rows_read"], counts["rows_written"]) == (len(rows), len(rows)), answer
    return project.table("shop_staging.sales")


@pytest.fixture(scope="module")
def of_csv(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, str]]:
    return staged(tmp_path_factory.mktemp("csv"), "csv", ROWS)


@pytest.mark.parametrize("kind", [kind for kind in FORMATS if kind != "csv"])
def test_every_format_makes_the_table_that_csv_makes(kind: str, of_csv: Any, tmp_path: Path) -> None:
    assert [row["name"] for row in of_csv] == [row[1] or "" for row in ROWS]
    assert staged(tmp_path, kind, ROWS) == of_csv
