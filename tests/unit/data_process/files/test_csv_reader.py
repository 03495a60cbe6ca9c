import csv
import io
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_framework.modules.data_process.files.csv_dialect import CsvDialect
from data_framework.modules.data_process.files.csv_reader import batches, records
from data_framework.modules.data_process.files.limits import FileLimits
from data_framework.modules.exception import FileLimitError

LIMITS = FileLimits()


def read(text: str, width: int, limits: FileLimits = LIMITS, **dialect: object) -> list:
    settings_ = CsvDialect(**{"skip_lines": 0, **dialect})
    return list(records(io.BytesIO(text.encode(settings_.encoding)), settings_, width, limits))


def cells(text: str, width: int, **dialect: object) -> list:
    return [record.cells for record in read(text, width, **dialect)]


CELL = st.text(st.sampled_from("ab1é€😀 \t,;|\"'\\\n\r"), max_size=6)
TABLE = st.integers(1, 4).flatmap(lambda width: st.lists(st.lists(CELL, min_size=width, max_size=width), max_size=6))


@settings(max_examples=400, deadline=None)
@given(
    TABLE,
    st.sampled_from([",", ";", "\t", "|", " "]),
    st.sampled_from(['"', "'"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC]),
    st.sampled_from([None, "\\"]),
    st.sampled_from(["utf-8", "utf-16", "utf-8-sig"]),
    st.booleans(),
)
def test_what_the_csv_module_writes_comes_back(table, delimiter, quote, newline, quoting, escape, encoding, doubled):
    out = io.StringIO()
    doubled = doubled or escape is None
    writer = csv.writer(out, delimiter=delimiter, quotechar=quote, lineterminator=newline, quoting=quoting,
                        escapechar=escape, doublequote=doubled)  # fmt: skip
    writer.writerows(table)
    dialect = CsvDialect(encoding=encoding, delimiter=delimiter, quote=quote, row_delimiter=newline, trim=False,
                         escape=escape, skip_lines=0)  # fmt: skip
    data = out.getvalue().encode(encoding)
    found = list(records(io.BytesIO(data), dialect, len(table[0]) if table else 1, LIMITS))
    assert not [record.fault for record in found if record.fault]
    assert [[cell or "" for cell in record.cells] for record in found] == table


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(st.text(st.sampled_from('ab,"\\ x'), max_size=5), min_size=2, max_size=3), max_size=5))
def test_escaped_without_quotes_comes_back(table):
    table = [row[:2] for row in table]
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_NONE, escapechar="\\", quotechar=None, lineterminator="\n").writerows(table)
    found = cells(out.getvalue(), 2, quote=None, quoted_lines=False, escape="\\", trim=False)
    assert [[cell or "" for cell in row] for row in found] == table


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from('ab,"\n\r \\'), max_size=40), st.sampled_from(["\n", "mixed", "\r\n"]), st.booleans())
def test_any_text_is_read_and_lines_only_grow(text, newline, multiline):
    found = read(text, 2, row_delimiter=newline, multiline=multiline)
    assert [record.number for record in found] == list(range(1, len(found) + 1))
    assert all(a.line < b.line for a, b in itertools.pairwise(found))
    assert all((record.cells is None) == bool(record.fault) for record in found)


@settings(max_examples=150, deadline=None)
@given(st.text(st.sampled_from('ab,"\n\r'), max_size=60), st.integers(1, 7))
def test_the_size_of_the_steps_does_not_matter(text, step):
    class Slow(io.BytesIO):
        def read(self, size: int = -1) -> bytes:
            return super().read(step)

    dialect = CsvDialect(skip_lines=1, row_delimiter="mixed")
    whole = list(records(io.BytesIO(text.encode()), dialect, 2, LIMITS))
    assert list(records(Slow(text.encode()), dialect, 2, LIMITS)) == whole


def test_null_and_empty_text_differ():
    assert cells('a,"",,NA,"NA"\n', 5, null_values=("NA",)) == [["a", "", None, None, "NA"]]


def test_trim_and_nan():
    assert cells(' a , "b " ,  , - \n', 4, nan_values=("-",)) == [["a", "b", None, "NaN"]]
    assert cells(" a , b\n", 2, trim=False) == [[" a ", " b"]]


def test_lines_and_numbers_with_cells_that_span_lines():
    found = read('1,"a\nb"\n\n2,c\n', 2)
    assert [(record.number, record.line) for record in found] == [(1, 1), (2, 4)]
    assert found[0].cells == ["1", "a\nb"]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("quarantine", [None, ["1", "2", "3"], None]),
        ("pad", [["1", "2", None], ["1", "2", "3"], None]),
        ("truncate", [None, ["1", "2", "3"], ["1", "2", "3"]]),
        ("widen", [["1", "2", None], ["1", "2", "3"], None]),
    ],
)
def test_ragged_rows(policy, expected):
    assert cells("1,2\n1,2,3\n1,2,3,4\n", 3, ragged_rows=policy) == expected


def test_a_broken_record_costs_its_own_line_only():
    found = read('"1,2\n3,4\n5,"6"x\n7,8\n"9,10\n', 2)
    assert [(record.line, record.fault) for record in found if record.fault] == [
        (1, "text after a closing quote"), (3, "text after a closing quote"), (5, "unclosed quote"),
    ]  # fmt: skip
    assert [record.cells for record in found if record.cells] == [["3", "4"], ["7", "8"]]
    assert found[0].text == '"1,2'


def test_comments_only_at_the_start_of_a_line():
    assert cells('#x,y\na,#b\n"#c",d\n', 2, comment="#") == [["a", "#b"], ["#c", "d"]]


def test_footnote_and_preamble_are_no_records():
    text = "preamble\nh,h\n1,2\n3,4\ntotal,2\nend\n"
    assert cells(text, 2, skip_lines=2, footnote_lines=2, lines=6) == [["1", "2"], ["3", "4"]]


def test_several_characters_delimit():
    assert cells('a||"b||c"||d\n', 3, delimiter="||") == [["a", "b||c", "d"]]


def test_without_multiline_a_record_ends_with_its_line():
    found = read('"a\nb",c\nd,e\n', 2, multiline=False)
    assert [(record.cells, record.fault) for record in found] == [
        (None, "unclosed quote"), (['b"', "c"], ""), (["d", "e"], ""),
    ]  # fmt: skip


def test_a_cell_beyond_the_limit_is_a_fault_and_a_line_without_end_is_refused():
    small = FileLimits(cell_bytes=1000)
    found = read("a" * 2000 + ",b\nc,d\n", 2, small)
    assert (found[0].fault, found[1].cells) == ("a cell of more than 1,000 characters", ["c", "d"])
    with pytest.raises(FileLimitError):
        read("a" * 3_000_000, 2, small)


def test_batches_carry_number_line_and_fault():
    data = b'h,h\n1,2\n"x\n3,""\n'
    (batch,) = list(batches(io.BytesIO(data), CsvDialect(), ["a", "b"], LIMITS))
    assert batch.to_pydict() == {
        "a": ["1", None, "3"], "b": ["2", None, ""], "_record": [1, 2, 3], "_line": [2, 3, 4],
        "_fault": [None, "unclosed quote", None], "_text": [None, '"x', None],
    }  # fmt: skip


def test_a_file_without_records_has_one_batch_with_the_columns():
    (batch,) = list(batches(io.BytesIO(b"h,h\n"), CsvDialect(), ["a", "b"], LIMITS))
    assert (batch.num_rows, batch.schema.names) == (0, ["a", "b", "_record", "_line", "_fault", "_text"])
