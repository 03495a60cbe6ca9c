"""Rule cases written by others (great_expectations), and every expectation they may be about, asked of our rules."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from unit.validation.expectations import EXPECTATIONS, control_of

CASES = Path(__file__).resolve().parents[4] / "shared" / "data" / "rules" / "cases.json"


def cases() -> list[Any]:
    found = json.loads(CASES.read_text()) if CASES.is_file() else []
    return [pytest.param(case, id=f"{case['dataset']}-{case['title']}-{n}") for n, case in enumerate(found)]


def kind_of(values: Sequence[Any], kwargs: Mapping[str, Any]) -> str:
    """The type of a column; of one without values that of the bounds it is asked about."""
    given = [value for value in values if value is not None]
    if not given and any(isinstance(kwargs.get(name), int | float) for name in ("min_value", "max_value")):
        return "double"
    if given and all(isinstance(value, bool) for value in given):
        return "boolean"
    if given and all(isinstance(value, int) and not isinstance(value, bool) for value in given):
        return "bigint"
    if given and all(isinstance(value, int | float) and not isinstance(value, bool) for value in given):
        return "double"
    return "string"


def columns_of(kwargs: Mapping[str, Any]) -> list[str]:
    return kwargs.get("column_list") or [kwargs[k] for k in ("column", "column_A", "column_B") if k in kwargs]


def reason_to_skip(case: dict[str, Any]) -> str:
    kwargs, data, columns = case["kwargs"], case["data"], columns_of(case["kwargs"])
    kinds = {kind_of(data[name], kwargs) for name in columns}
    mixed = any(len({type(v) for v in data[name] if v is not None} - {int, float}) > 1 for name in columns)
    if mixed or any(isinstance(v, list | dict) for name in columns for v in data[name]):
        return "columns of a table have one type"
    if case["success"] is None:
        return "about how its own engine reports errors"
    bounds = [kwargs.get(name) for name in ("min_value", "max_value")]
    texts = kinds == {"string"} and any(isinstance(value, int | float) for value in bounds)
    if texts and "length" not in case["expectation"]:
        return "text bounded by numbers: a type error here"
    if "between" in case["expectation"] and kinds == {"string"} and any(map(free_date, bounds)):
        return "dates written as free text: a type error here"
    return ""


def free_date(value: Any) -> bool:
    return isinstance(value, str) and not value[:1].isdigit() and any(letter.isdigit() for letter in value)


@pytest.mark.skipif(not CASES.is_file(), reason="the shared folder with outside cases is not beside the repository")
@pytest.mark.parametrize("case", cases())
def test_outside_case(judged: Any, case: dict[str, Any]) -> None:
    reason = reason_to_skip(case)
    if reason:
        pytest.skip(reason)
    control = control_of(case["expectation"], case["kwargs"])
    types, rows = table_of(case["data"], case["kwargs"])
    (result,) = judged(types, rows, control)
    if not control["arguments"] and control["algorithm"] in {"is_between", "has_length_between"}:
        assert "needs min, max or both" in result.error
        return
    assert result.error == ""
    assert result.success == case["success"]
    if case.get("unexpected_list") is not None and result.observed is None:
        assert result.invalid == len(case["unexpected_list"])
    if case.get("observed_value") is not None and result.observed is not None:
        assert same(result.observed, case["observed_value"])


def same(ours: Any, theirs: Any) -> bool:
    if isinstance(theirs, list):
        return [str(one) for one in ours] == [str(one) for one in theirs]
    if isinstance(theirs, int | float):
        return bool(float(ours) == pytest.approx(theirs))
    return bool(str(ours).replace(" ", "T") == str(theirs).replace(" ", "T"))


def table_of(
    data: Mapping[str, Sequence[Any]], kwargs: Mapping[str, Any]
) -> tuple[dict[str, str], list[dict[str, Any]]]:
    """The columns and rows of a case; where text is compared with numbers, both are text."""
    types = {name: kind_of(values, kwargs) for name, values in data.items()}
    compared = [name for name in columns_of(kwargs) if name in types]
    if len({types[name] == "string" for name in compared}) > 1:
        types |= dict.fromkeys(compared, "string")
    height = max(map(len, data.values()), default=0)
    rows = [
        {name: _cell(values[n] if n < len(values) else None, types[name]) for name, values in data.items()}
        for n in range(height)
    ]
    return types, rows


def _cell(value: Any, kind: str) -> Any:
    if value is None or kind == "double":
        return None if value is None else float(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


# every expectation there is: data that meets it, data that does not
N, T = [1, 2, 3, 4], ["aa", "ab", "ba", None]
SHOWN: list[tuple[str, dict[str, Any], dict[str, list[Any]], dict[str, list[Any]]]] = [
    ("expect_table_row_count_to_be_between", {"min_value": 2, "max_value": 4}, {"x": N}, {"x": [1]}),
    ("expect_table_row_count_to_equal", {"value": 4}, {"x": N}, {"x": [1]}),
    ("expect_table_row_count_to_equal_other_table", {"other_table_name": "other_rows"}, {"x": N}, {"x": [1]}),
    ("expect_table_column_count_to_be_between", {"min_value": 2}, {"x": N, "y": N}, {"x": N}),
    ("expect_table_column_count_to_equal", {"value": 1}, {"x": N}, {"x": N, "y": N}),
    ("expect_table_columns_to_match_ordered_list", {"column_list": ["x", "y"]}, {"x": N, "y": N}, {"y": N, "x": N}),
    ("expect_table_columns_to_match_set", {"column_set": ["y", "x"]}, {"x": N, "y": N}, {"x": N, "y": N, "z": N}),
    ("expect_column_to_exist", {"column": "y", "column_index": 1}, {"x": N, "y": N}, {"y": N, "x": N}),
    ("expect_column_values_to_be_null", {"column": "x"}, {"x": [None, None]}, {"x": [1, None]}),
    ("expect_column_values_to_not_be_null", {"column": "x", "mostly": 0.5}, {"x": [1, None]}, {"x": [1, None, None]}),
    ("expect_column_values_to_be_of_type", {"column": "x", "type_": "BIGINT"}, {"x": N}, {"x": T}),
    ("expect_column_values_to_be_in_type_list", {"column": "x", "type_list": ["float", "int"]}, {"x": N}, {"x": T}),
    ("expect_column_values_to_be_in_set", {"column": "x", "value_set": [1, 2, 3, 4]}, {"x": N}, {"x": [5]}),
    ("expect_column_values_to_not_be_in_set", {"column": "x", "value_set": ["zz"]}, {"x": T}, {"x": ["zz"]}),
    ("expect_column_values_to_be_between", {"column": "x", "min_value": 1, "max_value": 4}, {"x": N}, {"x": [0]}),
    ("expect_column_value_lengths_to_be_between", {"column": "x", "max_value": 2}, {"x": T}, {"x": ["abc"]}),
    ("expect_column_value_lengths_to_equal", {"column": "x", "value": 2}, {"x": T}, {"x": ["a"]}),
    ("expect_column_values_to_match_regex", {"column": "x", "regex": "a"}, {"x": T}, {"x": ["b"]}),
    ("expect_column_values_to_not_match_regex", {"column": "x", "regex": "z"}, {"x": T}, {"x": ["z"]}),
    ("expect_column_values_to_match_regex_list", {"column": "x", "regex_list": ["^a", "^b"]}, {"x": T}, {"x": ["z"]}),
    ("expect_column_values_to_match_regex_list", {"column": "x", "regex_list": ["a", "b"], "match_on": "all"},
     {"x": ["ab"]}, {"x": ["aa"]}),
    ("expect_column_values_to_not_match_regex_list", {"column": "x", "regex_list": ["z", "y"]}, {"x": T}, {"x": ["y"]}),
    ("expect_column_values_to_match_like_pattern", {"column": "x", "like_pattern": "%a%"}, {"x": T}, {"x": ["b"]}),
    ("expect_column_values_to_not_match_like_pattern", {"column": "x", "like_pattern": "z%"}, {"x": T}, {"x": ["za"]}),
    ("expect_column_values_to_match_like_pattern_list", {"column": "x", "like_pattern_list": ["a%", "b%"]}, {"x": T},
     {"x": ["z"]}),
    ("expect_column_values_to_match_like_pattern_list",
     {"column": "x", "like_pattern_list": ["a%", "%b"], "match_on": "all"}, {"x": ["ab"]}, {"x": ["aa"]}),
    ("expect_column_values_to_not_match_like_pattern_list", {"column": "x", "like_pattern_list": ["z%"]}, {"x": T},
     {"x": ["z"]}),
    ("expect_column_values_to_match_strftime_format", {"column": "x", "strftime_format": "%d/%m/%Y"},
     {"x": ["31/12/2024"]}, {"x": ["2024-12-31"]}),
    ("expect_column_values_to_be_dateutil_parseable", {"column": "x"}, {"x": ["2024-12-31 10:00:00"]}, {"x": ["soon"]}),
    ("expect_column_values_to_be_json_parseable", {"column": "x"}, {"x": ['{"a": 1}']}, {"x": ["{a"]}),
    ("expect_column_values_to_match_json_schema", {"column": "x", "json_schema": {"required": ["a"]}},
     {"x": ['{"a": 1}']}, {"x": ['{"b": 1}']}),
    ("expect_column_values_to_be_unique", {"column": "x"}, {"x": N}, {"x": [1, 1]}),
    ("expect_column_values_to_be_increasing", {"column": "x", "strictly": True}, {"x": N}, {"x": [1, 1]}),
    ("expect_column_values_to_be_decreasing", {"column": "x"}, {"x": [2, 2, 1]}, {"x": N}),
    ("expect_column_value_z_scores_to_be_less_than", {"column": "x", "threshold": 2, "double_sided": True}, {"x": N},
     {"x": [1, 1, 2, 2, 1, 1, -50]}),
    ("expect_column_value_z_scores_to_be_less_than", {"column": "x", "threshold": 2, "double_sided": False},
     {"x": [1, 1, 2, 2, 1, 1, -50]}, {"x": [1, 1, 2, 2, 1, 1, 50]}),
    ("expect_column_distinct_values_to_be_in_set", {"column": "x", "value_set": [1, 2, 3, 4]}, {"x": N}, {"x": [9]}),
    ("expect_column_distinct_values_to_contain_set", {"column": "x", "value_set": [1]}, {"x": N}, {"x": [2]}),
    ("expect_column_distinct_values_to_equal_set", {"column": "x", "value_set": [1, 2]}, {"x": [1, 2, 2]}, {"x": N}),
    ("expect_column_max_to_be_between", {"column": "x", "max_value": 4}, {"x": N}, {"x": [5]}),
    ("expect_column_min_to_be_between", {"column": "x", "min_value": 1}, {"x": N}, {"x": [0]}),
    ("expect_column_mean_to_be_between", {"column": "x", "min_value": 2.5, "max_value": 2.5}, {"x": N}, {"x": [1]}),
    ("expect_column_median_to_be_between", {"column": "x", "min_value": 2.5, "max_value": 2.5}, {"x": N}, {"x": [1]}),
    ("expect_column_sum_to_be_between", {"column": "x", "min_value": 10, "max_value": 10}, {"x": N}, {"x": [1]}),
    ("expect_column_stdev_to_be_between", {"column": "x", "min_value": 1.29, "max_value": 1.3}, {"x": N},
     {"x": [1, 1]}),
    ("expect_column_quantile_values_to_be_between",
     {"column": "x", "quantile_ranges": {"quantiles": [0.5], "value_ranges": [[2, 3]]}}, {"x": N}, {"x": [9, 9]}),
    ("expect_column_most_common_value_to_be_in_set", {"column": "x", "value_set": [1]}, {"x": [1, 1, 2]}, {"x": N}),
    ("expect_column_most_common_value_to_be_in_set", {"column": "x", "value_set": [1], "ties_okay": True},
     {"x": N}, {"x": [2, 2, 1]}),
    ("expect_column_unique_value_count_to_be_between", {"column": "x", "max_value": 4}, {"x": N},
     {"x": [1, 2, 3, 4, 5]}),
    ("expect_column_proportion_of_unique_values_to_be_between", {"column": "x", "min_value": 0.9}, {"x": N},
     {"x": [1, 1]}),
    ("expect_column_proportion_of_non_null_values_to_be_between", {"column": "x", "min_value": 0.7}, {"x": T},
     {"x": [1, None]}),
    ("expect_column_kl_divergence_to_be_less_than",
     {"column": "x", "threshold": 0.1, "partition_object": {"values": ["a", "b"], "weights": [0.5, 0.5]}},
     {"x": ["a", "b"]}, {"x": ["a", "a", "a", "a", "b"]}),
    ("expect_column_pair_values_to_be_equal", {"column_A": "x", "column_B": "y"}, {"x": [1, None], "y": [1, None]},
     {"x": [1, None], "y": [1, 2]}),
    ("expect_column_pair_values_to_be_equal",
     {"column_A": "x", "column_B": "y", "ignore_row_if": "either_value_is_missing"},
     {"x": [1, None], "y": [1, 2]}, {"x": [1], "y": [2]}),
    ("expect_column_pair_values_a_to_be_greater_than_b", {"column_A": "x", "column_B": "y", "or_equal": True},
     {"x": [2, 1], "y": [1, 1]}, {"x": [0], "y": [1]}),
    ("expect_column_pair_values_to_be_in_set", {"column_A": "x", "column_B": "y", "value_pairs_set": [[1, 2]]},
     {"x": [1], "y": [2]}, {"x": [2], "y": [1]}),
    ("expect_compound_columns_to_be_unique", {"column_list": ["x", "y"]}, {"x": [1, 1], "y": [1, 2]},
     {"x": [1, 1], "y": [1, 1]}),
    ("expect_multicolumn_values_to_be_unique", {"column_list": ["x", "y"]}, {"x": [1], "y": [2]}, {"x": [1], "y": [1]}),
    ("expect_select_column_values_to_be_unique_within_record", {"column_list": ["x", "y"]}, {"x": [1], "y": [2]},
     {"x": [1], "y": [1]}),
    ("expect_multicolumn_sum_to_equal", {"column_list": ["x", "y"], "sum_total": 3}, {"x": [1], "y": [2]},
     {"x": [1], "y": [1]}),
    # rows with nulls: left out where all are null, else judged, and a null equals a null
    ("expect_column_pair_values_a_to_be_greater_than_b", {"column_A": "x", "column_B": "y"},
     {"x": [2, None], "y": [1, None]}, {"x": [2, None], "y": [1, 1]}),
    ("expect_column_pair_values_a_to_be_greater_than_b",
     {"column_A": "x", "column_B": "y", "ignore_row_if": "either_value_is_missing"},
     {"x": [2, None], "y": [1, 1]}, {"x": [0, None], "y": [1, 1]}),
    ("expect_column_pair_values_to_be_in_set", {"column_A": "x", "column_B": "y", "value_pairs_set": [[1, 2]]},
     {"x": [1, None], "y": [2, None]}, {"x": [1, 1], "y": [2, None]}),
    ("expect_compound_columns_to_be_unique", {"column_list": ["x", "y"]}, {"x": [1, 1, None, None], "y": [1, None] * 2},
     {"x": [1, 1], "y": [None, None]}),
    ("expect_compound_columns_to_be_unique", {"column_list": ["x", "y"], "ignore_row_if": "any_value_is_missing"},
     {"x": [1, 1], "y": [None, None]}, {"x": [1, 1], "y": [1, 1]}),
    ("expect_compound_columns_to_be_unique", {"column_list": ["x", "y"], "ignore_row_if": "never"},
     {"x": [1, None], "y": [1, None]}, {"x": [None, None], "y": [None, None]}),
    ("expect_select_column_values_to_be_unique_within_record", {"column_list": ["x", "y", "z"]},
     {"x": [1, None], "y": [2, None], "z": [None, None]}, {"x": [1], "y": [None], "z": [None]}),
    ("expect_multicolumn_sum_to_equal", {"column_list": ["x", "y"], "sum_total": 3},
     {"x": [3, None], "y": [None, 3]}, {"x": [1, 1], "y": [2, None]}),
    ("expect_multicolumn_sum_to_equal",
     {"column_list": ["x", "y"], "sum_total": 3, "ignore_row_if": "any_value_is_missing"},
     {"x": [1, 1], "y": [2, None]}, {"x": [1, 3], "y": [1, None]}),
    # mostly, strict bounds, nothing there
    ("expect_column_values_to_be_between",
     {"column": "x", "min_value": 1, "max_value": 3, "strict_min": True, "mostly": 0.5},
     {"x": [1, 2]}, {"x": [1, 1, 2]}),
    ("expect_column_values_to_be_in_set", {"column": "x", "value_set": [1], "mostly": 0.75}, {"x": [1, 1, 1, 2, None]},
     {"x": [1, 1, 2, 2, None]}),
    ("expect_column_max_to_be_between", {"column": "x", "max_value": 4}, {"x": [4, None]}, {"x": [None, None]}),
    ("expect_column_stdev_to_be_between", {"column": "x", "min_value": 0}, {"x": [1, 2]}, {"x": [1]}),
    ("unexpected_rows_expectation", {"unexpected_rows_query": "select * from {batch} where x > 4"}, {"x": N},
     {"x": [5]}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "kwargs", "meets", "breaks"), SHOWN, ids=[one[0] for one in SHOWN])
def test_every_expectation_can_be_asked(
    judged: Any, name: str, kwargs: dict[str, Any], meets: dict[str, Any], breaks: dict[str, Any]
) -> None:
    if "other_table_name" in kwargs:
        judged.write("other_rows", [{"x": str(value)} for value in N])
    for data, success in ((meets, True), (breaks, False)):
        types, rows = table_of(data, kwargs)
        (result,) = judged(types, rows, control_of(name, kwargs))
        assert (result.error, result.success) == ("", success), result.detail


def test_no_expectation_is_left_out() -> None:
    assert {name for name, *_ in SHOWN} == set(EXPECTATIONS)
