"""The catalogue as a whole: every name of the contract, shown to pass and to fail, with few rules left to Python."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from data_framework.modules.validation import RULES, describe_rules, show_rules
from data_framework.modules.validation.catalogue import rule_sql

NAMES = """
is_not_null is_null is_not_empty is_in is_not_in is_equal is_not_equal has_length has_length_between matches_regex
does_not_match_regex matches_any_regex matches_all_regex matches_no_regex matches_like does_not_match_like
matches_any_like matches_no_like is_trimmed is_upper_case is_lower_case is_ascii is_between is_not_between
is_greater_than is_greater_or_equal is_less_than is_less_or_equal is_positive is_non_negative is_multiple_of
is_finite is_integer is_decimal is_castable is_boolean is_date is_timestamp matches_strftime is_not_in_future
is_not_in_past is_older_than is_newer_than is_weekday is_business_day is_in_month_end is_json matches_json_schema
has_json_keys is_email is_url is_uuid is_ipv4 is_ipv6 is_in_cidr is_e164_phone is_country_code is_currency_code
is_language_code is_isin is_iban is_bic is_lei is_cusip is_sedol is_luhn is_gtin is_isbn is_nif is_latitude
is_longitude is_equal_to_column is_greater_than_column is_less_than_column pair_is_in is_unique_within_row
sum_of_columns_equals is_null_when is_not_null_when at_least_one_not_null satisfies any_of all_of is_unique
is_primary_key determines is_foreign_key is_increasing is_decreasing is_not_outlier has_no_gaps row_count
column_count completeness null_count distinct_count distinct_ratio uniqueness duplicate_count min max mean median
quantile stdev variance sum skewness entropy correlation min_length max_length zeros_count most_common_value_in
distinct_values_in distinct_values_contain distinct_values_equal type_is has_columns schema_matches freshness
row_count_equals aggregate_equals matches_table volume_change is_anomalous custom_metric validate_filename_pattern
validate_unzipped_filename_pattern validate_csv_format validate_csv_columns check_json_status_code file_size
check_primary_keys drop_invalid_primary_keys unify_duplicated_primary_keys check_master_fields
"""


def test_every_name_of_the_contract_is_there() -> None:
    assert set(NAMES.split()) - set(RULES) == set()


def test_every_rule_passes_and_fails_as_its_examples_say() -> None:
    shown = list(show_rules())
    assert {one.name: one.problem for one in shown if one.problem} == {}
    assert len(shown) >= 115


def test_python_judges_few_rules() -> None:
    assert {name for name, rule in RULES.items() if rule.fallback == "python"} == {"matches_json_schema", "is_in_cidr"}


@pytest.mark.parametrize("name", [name for name, rule in RULES.items() if rule.shape in {"field", "row"}])
def test_fail_examples_are_more_than_nulls(name: str) -> None:
    examples = RULES[name].examples
    assert examples is not None
    filled = [row for row in examples.fails if any(value is not None for value in row.values())]
    assert filled or name in {"is_not_null", "at_least_one_not_null"}


@pytest.fixture(scope="module")
def described() -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in describe_rules()}


def test_every_rule_of_data_says_its_sql_on_each_engine(described: dict[str, dict[str, Any]]) -> None:
    silent = {name for name, one in described.items() if set(one["sql"]) != {"lambda", "emr"}}
    assert {name for name in silent if described[name]["level"] == "Data"} == {
        "has_columns", "schema_matches", "type_is"
    }, "these read no rows"  # fmt: skip
    assert all(text.strip() for one in described.values() for text in one["sql"].values())


def test_every_rule_says_everything_a_reader_asks_for(described: dict[str, dict[str, Any]]) -> None:
    for name, one in described.items():
        assert one["documentation"], name
        assert one["nulls"], name
        assert one["fallback"] in {"none", "python"}, name
        assert all(argument["about"] for argument in one["arguments"]), name
        assert one["level"] == "File" or (one["pass_examples"] and one["fail_examples"]), name
    assert json.loads(json.dumps(described, default=str)).keys() == described.keys()


def test_the_fewest_rules_fall_back_to_python(described: dict[str, dict[str, Any]]) -> None:
    assert sum(one["fallback"] != "none" for one in described.values()) <= 10


def test_a_calendar_of_a_century_is_compiled_quickly() -> None:
    rule_sql(RULES["is_business_day"])  # the calendar is read once
    started = time.process_time()
    rule_sql(RULES["is_business_day"])
    assert time.process_time() - started < 0.5
