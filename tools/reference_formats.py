"""The page of file formats: what is read, within which limits, and what of it the tests land."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from reference import cell, page, table

TESTS = Path(__file__).resolve().parents[1] / "tests"
_INTRO = (
    "What may land, and what becomes of it in raw. The conversion is made at landing and is the same for every engine. "
    "[Configuration](configuration.md) has every key; [contracts](../how-to/contracts.md) say what the columns become."
)
_FORMATS = [
    ("`csv`", "the delivered bytes, unpacked",
     "`csv_specs`: encoding, delimiter, quote, header, preamble, ragged rows"),
    ("`json`", "JSON Lines",
     "`json_specs`: encoding, `source_level` (`a.b.*`), array or dictionary; numbers keep their digits, nested values "
     "stay JSON text"),
    ("`json_lines`", "JSON Lines", "`json_specs.encoding`"),
    ("`xml`", "Parquet of text",
     "`xml_specs`: `xpath` of the records, encoding; attributes and child elements become columns, repeated and nested "
     "ones JSON text"),
    ("`xls` (`xlsx`, `xlsb`, `xls`, `ods`)", "Parquet of text",
     "`excel_specs`: sheet, range, header position, password; dates and numbers as ISO and plain text, errors as Excel "
     "shows them (`#DIV/0!`)"),
    ("`parquet`", "Parquet of text", ""),
    ("`fixed_width`", "Parquet of text",
     "`fixed_width_specs`: columns by start and length, encoding, lines before and after"),
]  # fmt: skip
_TITLES = {
    "archive": ("Archives", "`zipped`; of several members `filename_unzipped_pattern` names those that are parts."),
    "encoding": (
        "Encodings",
        "Every codec Python knows can be named; a list is tried strictly.",
    ),
    "date": ("Where the data date comes from", "`date_located`."),
    "fault": ("Faults", "The file is rejected with a reason, raw stays as it was, and the other files go on."),
    "engine": ("Engines", "From the landed file to an equal staging table."),
}


def formats() -> str:
    """The page of file formats."""
    lines = ["## Formats", "", *table(["`file_format`", "in raw", "how it is said"], _FORMATS)]
    lines += ["", "## Limits", "", *_limits(), "", "## Files that mean harm", "", *_hostile()]
    return page("File formats", _INTRO, [*lines, *_matrix()])


def _limits() -> Iterator[str]:
    from data_framework.modules.config.model.platform import Limits

    yield ("`limits` of [platform.json](configuration.md). A refusal names the file, the member of its archive, the "
           "place where there is one, the limit and its value.")  # fmt: skip
    yield ""
    means = {
        "file_bytes": "the file as it was delivered", "unpacked_bytes": "all members of its archive together",
        "ratio": "unpacked to packed, judged above 100 MiB unpacked", "members": "of an archive; parts of a workbook",
        "depth": "of nested JSON and XML", "columns": "of a header, or of all records together",
        "cell_bytes": "one value, one line; four times as much for one XML record",
        "memory": "what reading a workbook may take, and the engine",
    }  # fmt: skip
    fields = Limits.model_fields
    rows = [(f"`{name}`", str(fields[name].default), text) for name, text in means.items()]
    yield from table(["limit", "default", "of what"], rows)


def _hostile() -> Iterator[str]:
    yield "Each is landed by a test beside a good file, in a process whose memory and time are measured."
    yield ""
    said = {
        name: ", ".join(one.said) or "taken, every sound row of it"
        for name, one in _of_tests("stories.hostile").FILES.items()
    }
    yield from table(["file", "its refusal says"], said.items())


def _matrix() -> Iterator[str]:
    landed, staged = _of_tests("unit.landing.matrix"), _of_tests("spark.test_formats_on_spark").CASES
    shown = {what: set(pairs) for what, pairs in landed.CASES.items()} | {"engine": set(staged)}
    never = landed.MEANINGLESS
    yield from ("", "## What the tests land", "", "✓ is landed by a test, - cannot be, an empty cell has no test.")
    for what, choices in landed.CHOICES.items():
        title, intro = _TITLES[what]
        yield from ("", f"### {title}", "", intro, "")
        rows = [[kind, *(_mark((kind, one), shown[what], never) for one in choices)] for kind in landed.FORMATS]
        yield from table(["", *choices], rows)
    yield from ("", "### Cells without a test", "")
    yield "Unpacking comes before the format and knows nothing of it: each archive is landed with some workbook."
    yield ""
    for what, choices in landed.CHOICES.items():
        for kind in landed.FORMATS:
            bare = [one for one in choices if not _mark((kind, one), shown[what], never)]
            if bare:
                yield f"- {kind}, {what}: {cell(', '.join(bare))}"


def _mark(pair: tuple[str, str], shown: set[tuple[str, str]], meaningless: frozenset[tuple[str, str]]) -> str:
    return "✓" if pair in shown else "-" if pair in meaningless else ""


def _of_tests(name: str) -> Any:
    """A module of the tests: what they land is said there once."""
    sys.path.insert(0, str(TESTS))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(TESTS))
