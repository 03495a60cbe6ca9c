"""A file read in blocks is what the exact reader reads, whatever is in it."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_framework.modules.data_process.files import csv_blocks, csv_reader
from data_framework.modules.data_process.files.csv_dialect import CsvDialect
from data_framework.modules.data_process.files.limits import FileLimits
from data_framework.modules.exception import DataFrameworkError

PIECES = [
    "a", "bc", "1.5", "é☃", "NA", "n/a", " ", "\t", ",", ",", ",", ";", "\n", "\n", "\r\n", "\r", '"', '""', '"x"',
    ',"y",', '" "', "#", "\\", "'", "\ufeff", "\x00", "\u2028",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES), max_size=60).map("".join)
ROWS = st.lists(st.lists(st.sampled_from(["1", "", " x ", '"q"', '"r,s"', '" NA"', "NA", '""', "z z"]), min_size=2,
                         max_size=2), max_size=30)  # fmt: skip
LINES = st.tuples(ROWS, st.sampled_from(["\n", "\r\n"]), st.booleans()).map(
    lambda made: made[1].join(",".join(row) for row in made[0]) + made[1] * made[2]
)
DIALECTS = st.fixed_dictionaries({
    "delimiter": st.sampled_from([",", ";", "||"]), "quote": st.sampled_from(['"', "'", None]),
    "escape": st.sampled_from([None, "\\"]), "comment": st.sampled_from([None, "#"]),
    "row_delimiter": st.sampled_from(["\n", "\r\n", "mixed"]), "skip_lines": st.integers(0, 2),
    "null_values": st.sampled_from([(), ("NA",)]), "nan_values": st.sampled_from([(), ("n/a",)]),
    "multiline": st.booleans(), "trim": st.booleans(), "footnote_lines": st.sampled_from([0, 0, 1]),
    "ragged_rows": st.sampled_from(["quarantine", "pad", "truncate"]),
    "encoding": st.sampled_from(["utf-8", "utf-8-sig"]),
})  # fmt: skip
PLAIN = st.fixed_dictionaries({
    "trim": st.booleans(), "null_values": st.sampled_from([(), ("NA",)]), "nan_values": st.sampled_from([(), ("1",)]),
    "skip_lines": st.integers(0, 1),
})  # fmt: skip


def read(module, data, dialect, width, limits, **options):
    names = [f"c{place}" for place in range(width)]
    try:
        found = list(module.batches(io.BytesIO(data), dialect, names, limits, **options))
    except DataFrameworkError as error:
        return str(error)
    assert len({batch.schema for batch in found}) == 1
    return [row for batch in found for row in batch.to_pylist()]


def check(text, width, given_dialect, size):
    lines = text.count("\n") + (not text.endswith("\n"))
    dialect = CsvDialect(**given_dialect, lines=lines, quoted_lines=(given_dialect.get("quote", '"') or "\0") in text)
    limits = FileLimits(cell_bytes=1000)
    expected = read(csv_reader, text.encode(), dialect, width, limits)
    assert read(csv_blocks, text.encode(), dialect, width, limits, size=size) == expected


@settings(max_examples=600, deadline=None)
@given(TEXTS, st.integers(1, 4), DIALECTS, st.sampled_from([3, 16, 1 << 20]))
def test_any_text_in_any_dialect(text, width, dialect, size):
    check(text, width, dialect, size)


@settings(max_examples=400, deadline=None)
@given(LINES, PLAIN, st.sampled_from([8, 64, 1 << 20]))
def test_lines_of_cells(text, dialect, size):
    newline = "\r\n" if "\r\n" in text else "\n"
    check(text, 2, {**dialect, "row_delimiter": newline}, size)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("text", ["\ufeff", "\ufeff\ufeff", "\ufeff\ufeff\ufeff", "\ufeff1,2\n", "\ufeff\ufeff1,2"])
def test_byte_order_marks(text, encoding):
    for size in (3, 1 << 20):
        check(text, 2, {"encoding": encoding, "skip_lines": 0}, size)


@pytest.mark.parametrize("text", ["a,b\n1, x \n", 'a,b\n1,"x,y"\n2,\n3,""', "a,b\r\n1,x\r\n"])
def test_arrow_reads_plain_blocks(text, monkeypatch):
    exactly = csv_reader.as_batch
    asked = []
    monkeypatch.setattr(csv_reader, "as_batch", lambda rows, *rest: asked.extend(rows) or exactly(rows, *rest))
    dialect = CsvDialect(row_delimiter="\r\n" if "\r" in text else "\n")
    found = csv_blocks.batches(io.BytesIO(text.encode()), dialect, ["a", "b"], FileLimits())
    assert sum(batch.num_rows for batch in found) == text.strip().count("\n")
    assert asked == []
