"""Rule cases written by others (great_expectations): every one about a rule of this catalogue."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

CASES = Path(__file__).resolve().parents[4] / "shared" / "data" / "rules" / "cases.json"
RULES = {
    "expect_column_values_to_not_be_null": "is_not_null",
    "expect_column_values_to_be_in_set": "is_in",
    "expect_column_values_to_be_between": "is_between",
    "expect_column_values_to_match_regex": "matches_regex",
    "expect_column_value_lengths_to_be_between": "has_length_between",
    "expect_column_values_to_be_unique": "is_unique",
    "expect_compound_columns_to_be_unique": "is_unique",
    "expect_table_row_count_to_be_between": "row_count",
    "expect_column_pair_values_to_be_equal": "satisfies",
}
RENAMED = {"min_value": "min", "max_value": "max", "strict_min": "strict_min", "strict_max": "strict_max",
           "value_set": "values", "regex": "pattern"}  # fmt: skip


def cases() -> list[Any]:
    if not CASES.is_file():
        return []
    found = [case for case in json.loads(CASES.read_text()) if case["expectation"] in RULES]
    return [pytest.param(case, id=f"{case['dataset']}-{case['title']}-{n}") for n, case in enumerate(found)]


def kind_of(values: list[Any]) -> str:
    given = [value for value in values if value is not None]
    if given and all(isinstance(value, bool) for value in given):
        return "boolean"
    if given and all(isinstance(value, int) and not isinstance(value, bool) for value in given):
        return "bigint"
    if given and all(isinstance(value, int | float) and not isinstance(value, bool) for value in given):
        return "double"
    return "string"


def reason_to_skip(case: dict[str, Any]) -> str:
    kwargs, data = case["kwargs"], case["data"]
    columns = kwargs.get("column_list") or [kwargs[k] for k in ("column", "column_A", "column_B") if k in kwargs]
    kinds = {kind_of(data[name]) for name in columns}
    mixed = any(len({type(v) for v in data[name] if v is not None} - {int, float}) > 1 for name in columns)
    if mixed or any(isinstance(v, list | dict) for name in columns for v in data[name]):
        return "columns of a table have one type"
    if len({kind_of(data[name]) == "string" for name in columns}) > 1:
        return "text compared with numbers, which is a condition's error here"
    if case["success"] is None:
        return "about how its own engine reports errors"
    if kwargs.get("ignore_row_if") not in {None, "any_value_is_missing", "either_value_is_missing"}:
        return "a treatment of nulls this catalogue does not have"
    if case["expectation"] == "expect_column_values_to_be_between" and kinds == {"string"}:
        return "dates written as free text, or text bounded by numbers: a type error here"
    return ""


@pytest.mark.skipif(not CASES.is_file(), reason="the shared folder with outside cases is not beside the repository")
@pytest.mark.parametrize("case", cases())
def test_outside_case(judged: Any, case: dict[str, Any]) -> None:
    reason = reason_to_skip(case)
    if reason:
        pytest.skip(reason)
    kwargs, data = case["kwargs"], case["data"]
    fields = kwargs.get("column_list") or ([kwargs["column"]] if "column" in kwargs else [])
    arguments = {RENAMED[name]: value for name, value in kwargs.items() if name in RENAMED and value is not None}
    control: dict[str, Any] = {"algorithm": RULES[case["expectation"]], "field": fields, "arguments": arguments}
    if control["algorithm"] == "satisfies":
        pair = [f'"{kwargs[name]}"' for name in ("column_A", "column_B")]
        control["arguments"] = {"expression": " = ".join(pair)}
        if kwargs.get("ignore_row_if") is None:
            control["arguments"] = {"expression": f"{pair[0]} <=> {pair[1]}"}
    control["threshold"] = {"rag_max": kwargs.get("mostly", 1)}
    types = {name: kind_of(values) for name, values in data.items()}
    height = max(map(len, data.values()), default=0)
    rows = [
        {name: _cell(values[n] if n < len(values) else None, types[name]) for name, values in data.items()}
        for n in range(height)
    ]
    (result,) = judged(types, rows, control)
    if not arguments and control["algorithm"] in {"is_between", "has_length_between"}:
        assert "needs min, max or both" in result.error
        return
    assert result.error == ""
    assert result.success == case["success"]
    if case.get("unexpected_list") is not None and result.observed is None and control["algorithm"] != "satisfies":
        assert result.invalid == len(case["unexpected_list"])
    if control["algorithm"] == "row_count":
        assert result.observed == case["observed_value"]


def _cell(value: Any, kind: str) -> Any:
    if value is None or kind == "double":
        return None if value is None else float(value)
    return str(value).lower() if isinstance(value, bool) else str(value)
