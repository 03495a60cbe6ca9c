"""Lines taken without being parsed are what parsing makes of them, whatever stands in them."""

import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_framework.modules.data_process.files.json_reader import JsonConverter
from data_framework.modules.data_process.files.limits import FileLimits
from data_framework.modules.exception import FileContentError

KEYS = ["a", "b", 'q"', "\\u0061", "é", "a b.*(", "", "\\n"]
VALUES = [
    "1", "-0", "1.50", "12345678901234567890.5", "1E400", "-0.0e-1", "true", "false", "null", '""', '"x"', '"ñ日🎈"',
    '"\\u00e9"', '"\\ud83d\\ude00"', '"\\u0000"', '"\\n\\"\\\\\\/"', '": 5,"', '"\\": 5, \\"b\\": true}"',
    '"{[\\"a\\":1}"', '"NaN"', '{"b":1,"b":2.0}', "[1.0,{}]", "[]",
]  # fmt: skip
BROKEN = [
    "01", "1.", ".5", "+1", "-", "NaN", "Infinity", "-Infinity", "True", "nul", '"\\ud800"', '"\\x"', '"\t"', "'x'", "",
    '"x', 'x"', "1 2", "1,", '"x" "y"', "]", "}", "/*1*/", "5\"b\"",
]  # fmt: skip
GAPS = st.sampled_from(["", "", " ", "\t", "  "])


def written(pairs, gap):
    return "{" + gap + ("," + gap).join(f'"{key}"{gap}:{gap}{value}' for key, value in pairs) + gap + "}"


def pairs(values):
    return st.lists(st.tuples(st.sampled_from(KEYS).map(lambda key: key.replace('"', '\\"')), values), max_size=4)


OBJECTS = st.builds(written, pairs(st.sampled_from(VALUES)), GAPS)
LINES = st.one_of(OBJECTS, OBJECTS, OBJECTS, st.sampled_from(["", " ", "1", "[1]", "[{}]", ' {"a":1} ', '{"a":1}\r']))
WRONG = st.builds(written, pairs(st.sampled_from(VALUES + BROKEN)), GAPS) | st.sampled_from(
    ['{"a":1,}', '{"a":1}{"a":2}', '{"a":1', '{,}', '{"a" 1}', '{a:1}', '{"a":1} x', '{"a"::1}', "{]"])  # fmt: skip


def read(converter):
    return [json.loads(line) for line in b"".join(converter).splitlines()]


def parsed(lines):
    """Every line as a document of its own."""
    found, columns, repeats = [], {}, 0
    for number, line in enumerate(lines, 1):
        if line.strip(" \t\r"):
            parts = iter((line,))
            one = JsonConverter(lambda _, parts=parts: next(parts, ""), "", False, FileLimits())
            try:
                found += read(one.document())
            except FileContentError as error:
                reason = str(error.context["reason"])  # text is encoded some lines at a time
                return reason if "surrogate" in reason else f"line {number}: {reason}"
            columns |= one.findings.columns
            repeats += one.findings.repeated_keys
    return found, list(columns), repeats


def taken(lines, watched=None):
    stream = io.StringIO("\n".join(lines), newline="")
    converter = JsonConverter(stream.read, "", False, FileLimits(), watched)
    try:
        found = read(converter.lines())
    except FileContentError as error:
        return str(error.context["reason"])
    findings = converter.findings
    assert findings.rows == len(found)
    return found, list(findings.columns), findings.repeated_keys


@settings(max_examples=200, deadline=None)
@given(st.lists(LINES, max_size=6), st.integers(1, 4))
def test_lines_are_taken_as_they_are_parsed(lines, times):
    assert taken(lines * times) == parsed(lines * times)


@settings(max_examples=200, deadline=None)
@given(st.lists(LINES, max_size=4), WRONG, st.lists(LINES, max_size=2))
def test_what_is_wrong_is_refused_as_it_is_by_parsing(before, wrong, after):
    lines = [*before, wrong, *after]
    assert taken(lines) == parsed(lines)


@pytest.mark.parametrize("value", VALUES + BROKEN)
def test_every_value_after_lines_of_its_shape(value):
    lines = [
        '{"a": "x", "b": 1}',
        '{"a": "y", "b": null}',
        f'{{"a": {value}, "b": "z"}}',
        f'{{"a": "z", "b": {value}}}',
    ]
    assert taken(lines) == parsed(lines)


def test_more_shapes_than_are_known_and_what_watches():
    lines = [json.dumps({f"k{place}": place, "x": "1.0"}) for place in [*range(40), 3, 39]]
    watched = []
    assert taken(lines, watched.append) == parsed(lines)
    assert watched == parsed(lines)[0]


def test_a_value_longer_than_allowed_is_named():
    lines = ['{"a": "x"}'] * 3 + [json.dumps({"a": "x" * 200})]
    stream = io.StringIO("\n".join(lines))
    with pytest.raises(FileContentError, match="record 4 has a value of more than 100 characters in 'a'"):
        list(JsonConverter(stream.read, "", False, FileLimits(cell_bytes=100)).lines())
