import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_framework.modules.data_process.files.json_reader import JsonConverter
from data_framework.modules.data_process.files.limits import FileLimits
from data_framework.modules.exception import FileContentError, FileLimitError


def convert(text, level="", dictionary=False, lines=False, step=None, limits=None):
    stream = io.StringIO(text, newline="")
    converter = JsonConverter(lambda size: stream.read(step or size), level, dictionary, limits or FileLimits())
    data = b"".join(converter.lines() if lines else converter.document())
    return [json.loads(line) for line in data.splitlines()], converter.findings


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
).map(lambda value: value)
RECORDS = st.lists(st.dictionaries(st.text(max_size=4), VALUES, max_size=4), max_size=4)


def meaning(text):
    try:
        return json.loads(text)
    except (ValueError, TypeError):
        return text


@settings(max_examples=200, deadline=None)
@given(RECORDS, st.integers(1, 40), st.booleans(), st.sampled_from([None, 2]))
def test_every_value_keeps_its_meaning(records, step, lines, indent):
    text = "\n".join(map(json.dumps, records)) if lines else json.dumps(records, indent=indent)
    found, findings = convert(text, lines=lines, step=step)
    assert findings.rows == len(records)
    for record, cells in zip(records, found, strict=True):
        assert cells.keys() == record.keys()
        for key, value in record.items():
            assert cells[key] == value if isinstance(value, str) else meaning(cells[key] or "null") == value


NUMBERS = st.from_regex(r"-?(0|[1-9][0-9]{0,40})(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,4})?", fullmatch=True)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=4), st.integers(1, 40), st.booleans())
def test_every_number_keeps_its_digits(numbers, step, lines):
    records = [f'{{"n":{one},"all":{{"of":[{other},{one}]}}}}' for one, other in numbers]
    text = "\n".join(records) if lines else f"[{','.join(records)}]"
    found, _ = convert(text, lines=lines, step=step)
    assert found == [{"n": one, "all": f'{{"of":[{other},{one}]}}'} for one, other in numbers]


def test_numbers_keep_their_digits_and_nested_values_are_text():
    text = '[{"a":1.50,"b":12345678901234567890.123456789012345678901,"c":{"d":[1.0,1E400],"e":null}, "f":-0}]'
    (record,), _ = convert(text)
    assert record == {"a": "1.50", "b": "12345678901234567890.123456789012345678901",
                      "c": '{"d":[1.0,1E400],"e":null}', "f": "-0"}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "level", "dictionary", "expected"),
    [
        ('{"a":{"b":[{"x":1},{"x":2}]},"n":[1]}', "a.b.*", False, ["1", "2"]),
        ('{"a":{"b":[{"x":1},{"x":2}]}}', "a.b", False, ["1", "2"]),
        ('{"response_content":[{"x":1}],"status_code":200}', "response_content", False, ["1"]),
        ('{"d":{"k1":{"x":1},"k2":{"x":2}}}', "d", True, ["1", "2"]),
        ('{"d":{"k1":{"x":1},"k2":{"x":2}}}', "d.*", False, ["1", "2"]),
        ('[{"r":[{"x":1}]},{"r":[{"x":2},{"x":3}]}]', "*.r.*", False, ["1", "2", "3"]),
        ('{"k1":{"x":1},"k2":{"x":2}}', "", True, ["1", "2"]),
        ('{"x":1}', "", False, ["1"]),
    ],
)
def test_where_the_records_are(text, level, dictionary, expected):
    for step in (1, 7, None):
        found, _ = convert(text, level, dictionary, step=step)
        assert [record["x"] for record in found] == expected


def test_fields_beside_the_records():
    _, findings = convert('{"status_code":200,"data":[{"x":1}],"ok":true}', "data")
    assert findings.fields == {"status_code": "200", "ok": True}


def test_a_record_that_is_no_object_and_repeated_keys():
    found, findings = convert('[1,"a",null,[2],{"b":1,"b":2}]')
    assert found == [{"value": "1"}, {"value": "a"}, {"value": None}, {"value": "[2]"}, {"b": "2"}]
    assert (findings.repeated_keys, list(findings.columns)) == (1, ["value", "b"])


@pytest.mark.parametrize(
    "text",
    ["", "  ", "[1,]", "[NaN]", "{'a':1}", '{"a":1}x', "[1", '["a\nb"]', '{"a"}', "[01]", "[-]", '["\\ud800"]',
     '{"a":1,}', "nul", "[1 2]", '{"a":Infinity}', '{1:2}', "[" * 100_000, '["\\x"]'],
)  # fmt: skip
def test_what_is_no_json_is_refused(text):
    with pytest.raises(FileContentError):
        convert(text)


def test_nothing_at_the_path_is_refused_and_an_empty_list_is_not():
    with pytest.raises(FileContentError, match="source_level 'data'"):
        convert('{"error":"none"}', "data")
    assert convert('{"data":[]}', "data")[1].rows == 0


def test_a_bad_line_is_named():
    with pytest.raises(FileContentError, match="line 3"):
        convert('{"a":1}\n\n{"a":}\n', lines=True)


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        ("[" + "[" * 30 + "]" * 30 + "]", FileLimits(depth=20)),
        ('[{"a":1,"b":2},{"c":3}]', FileLimits(columns=2)),
        ('[{"a":"' + "x" * 5000 + '"}]', FileLimits(cell_bytes=1000)),
        ('{"skipped":' + "[" * 30 + "]" * 30 + ',"d":[]}', FileLimits(depth=20)),
    ],
)
def test_limits(text, limits):
    with pytest.raises(FileLimitError):
        convert(text, "d" if "skipped" in text else "", limits=limits)
