"""The reference page of the dialect, made from the allow-list itself."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from data_framework.modules.data_process.sql.check import DISTINCT_ALLOWED, PARTS, UNITS
from data_framework.modules.data_process.sql.formats import LETTERS
from data_framework.modules.data_process.sql.functions import AllowedFunction, functions

_TITLES = {"text": "Text", "pattern": "Patterns", "number": "Numbers", "condition": "Conditions", "date": "Dates",
           "aggregate": "Aggregates", "window": "Window functions", "list": "Lists", "json": "JSON"}  # fmt: skip
_PREFACE = """# The SQL dialect

One dialect for `.sql` files, `where`, report columns and SQL controls, on both engines: the functions of Spark SQL
(ANSI mode) below, with ANSI quoting. What is not listed is refused before anything runs.

- Text is `'text'`, a quote inside it is doubled, a backslash is a plain character. Names are `name`, `"name"` or
  `` `name` ``.
- A query is one `SELECT` with `WITH`, joins, subqueries, `GROUP BY`, `HAVING`, windows, `ORDER BY`, `LIMIT` and set
  operations. It reads tables by key or as `database.table`; files, system tables and table functions cannot be
  read.
- `CAST` is strict: a value that does not fit stops the query; `TRY_CAST` answers null. Text of a number must be one as
  a whole (`'12.7'` is no int); a number loses its places when cast to a whole number (12.7 becomes 12).
- `/` of whole numbers is a double, of decimals a decimal with Spark's places; a divisor 0 stops the query
  (`try_divide` answers null). `div` is whole division, `%` the remainder. Overflow stops the query.
- A date and an interval of days, months or years give a date; the difference of two dates is `datediff(end, start)`.
- Ascending order puts nulls first, descending last. Text compares by code point.
- Patterns must be quoted texts in the common subset of RE2 and Java: no look-around, back-reference, possessive or
  POSIX class.
- `{file_date}`, `{file_name}`, `{current_date}`, `{vars.name}`: inside quotes replaced there, outside them a literal (a
  date, number or text); `{data}` is the rows in flight of a control. `current_date` is the date of the run.
"""


def reference() -> str:
    """The page as Markdown."""
    parts = [_PREFACE]
    for group, rows in groupby(functions(), key=lambda one: one.group):
        parts.append(f"\n## {_TITLES[group]}\n\n| function | answers | example |\n|---|---|---|\n")
        parts += [_row(one) for one in rows]
    parts.append(
        f"\nUnits of an interval: {_listed(UNITS)}; parts of `EXTRACT(… FROM …)`: {_listed(PARTS)}. Letters of a "
        f"date's format: {_listed(LETTERS)}. `DISTINCT` inside: {_listed(DISTINCT_ALLOWED)}.\n"
    )
    return "".join(parts)


def _row(one: AllowedFunction) -> str:
    cells = (f"`{one.name}({one.arguments})`", one.description, f"`{one.example}`")
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names))
