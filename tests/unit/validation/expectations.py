"""The expectations of great_expectations as controls: what each of its names is called here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import combinations
from typing import Any

Kwargs = Mapping[str, Any]
Told = dict[str, Any]


def _one(name: str, **renamed: str) -> Callable[[Kwargs], Told]:
    """A rule of one column whose arguments have other names."""

    def told(kwargs: Kwargs) -> Told:
        arguments = {ours: kwargs[theirs] for theirs, ours in renamed.items() if kwargs.get(theirs) is not None}
        return {"algorithm": name, "field": kwargs.get("column", []), "arguments": arguments}

    return told


def _bounded(name: str) -> Callable[[Kwargs], Told]:
    return _one(name, min_value="min", max_value="max")


def _exactly(name: str) -> Callable[[Kwargs], Told]:
    return lambda kwargs: {"algorithm": name, "arguments": {"min": kwargs["value"], "max": kwargs["value"]}}


def _each(any_of: str, all_of: str, key: str) -> Callable[[Kwargs], Told]:
    def told(kwargs: Kwargs) -> Told:
        name = all_of if kwargs.get("match_on") == "all" else any_of
        return {"algorithm": name, "field": kwargs["column"], "arguments": {"patterns": kwargs[key]}}

    return told


def _all_like(kwargs: Kwargs) -> Told:
    if kwargs.get("match_on") == "all":
        rules = [{"algorithm": "matches_like", "arguments": {"pattern": one}} for one in kwargs["like_pattern_list"]]
        return {"algorithm": "all_of", "field": kwargs["column"], "arguments": {"rules": rules}}
    return _each("matches_any_like", "", "like_pattern_list")(kwargs)


def _kept(kwargs: Kwargs, *columns: str) -> Told:
    """Rows in which all columns are null are left out, unless no row is to be."""
    if kwargs.get("ignore_row_if") == "never":
        return {}
    return {"where": " or ".join(f'"{name}" is not null' for name in columns)}


def _pair(name: str, **renamed: str) -> Callable[[Kwargs], Told]:
    def told(kwargs: Kwargs) -> Told:
        arguments = {ours: kwargs[theirs] for theirs, ours in renamed.items() if kwargs.get(theirs) is not None}
        pair = kwargs["column_A"], kwargs["column_B"]
        control = {"algorithm": name, "field": pair[0], "arguments": {"other": pair[1], **arguments}}
        either = kwargs.get("ignore_row_if") == "either_value_is_missing"
        return control if either else {**control, "nulls": "fail", **_kept(kwargs, *pair)}

    return told


def _equal(kwargs: Kwargs) -> Told:
    """Rows in which both are null are left out; in which one is, judged, unless told otherwise."""
    if kwargs.get("ignore_row_if") == "either_value_is_missing":
        return _pair("is_equal_to_column")(kwargs)
    pair = [f'"{kwargs[name]}"' for name in ("column_A", "column_B")]
    told: Told = {"algorithm": "satisfies", "arguments": {"expression": " <=> ".join(pair)}}
    return {**told, **_kept(kwargs, kwargs["column_A"], kwargs["column_B"])}


def _in_pairs(kwargs: Kwargs) -> Told:
    pair = [kwargs["column_A"], kwargs["column_B"]]
    told: Told = {"algorithm": "pair_is_in", "field": pair, "arguments": {"values": kwargs["value_pairs_set"]}}
    either = kwargs.get("ignore_row_if") == "either_value_is_missing"
    return told if either else {**told, "nulls": "fail", **_kept(kwargs, *pair)}


_ANY = "any_value_is_missing"


def _compound(kwargs: Kwargs) -> Told:
    """A null equals a null there: how many rows share a row's values, judged row by row."""
    names = kwargs["column_list"]
    if kwargs.get("ignore_row_if") == _ANY:
        return {"algorithm": "is_unique", "field": names, "arguments": {}}
    kept = _kept(kwargs, *names).get("where", "true")
    key = ", ".join(f'"{name}"' for name in names)
    shared = f"count(*) over (partition by {key})"
    return {"algorithm_type": "SQL", "algorithm": f"select null, {shared} from data where {kept}", "arguments": {},
            "threshold": {"max": 1}}  # fmt: skip


def _within(kwargs: Kwargs) -> Told:
    names = kwargs["column_list"]
    if kwargs.get("ignore_row_if") == _ANY:
        return {"algorithm": "is_unique_within_row", "field": names, "arguments": {}}
    differ = " and ".join(f'not ("{one}" <=> "{other}")' for one, other in combinations(names, 2))
    return {"algorithm": "satisfies", "arguments": {"expression": differ}, **_kept(kwargs, *names)}


def _sum(kwargs: Kwargs) -> Told:
    """A null counts as nothing there."""
    names = kwargs["column_list"]
    if kwargs.get("ignore_row_if") == _ANY:
        return {"algorithm": "sum_of_columns_equals", "field": names, "arguments": {"value": kwargs["sum_total"]}}
    total = " + ".join(f'coalesce("{name}", 0)' for name in names)
    return {"algorithm": "satisfies", "arguments": {"expression": f"{total} = {kwargs['sum_total']}"},
            **_kept(kwargs, *names)}  # fmt: skip


def _columns(kwargs: Kwargs) -> Told:
    ordered = "column_list" in kwargs
    arguments = {"columns": kwargs["column_list" if ordered else "column_set"], "ordered": ordered,
                 "exact": ordered or kwargs.get("exact_match", True)}  # fmt: skip
    return {"algorithm": "has_columns", "arguments": arguments}


def _exists(kwargs: Kwargs) -> Told:
    place = {} if kwargs.get("column_index") is None else {"position": kwargs["column_index"] + 1}
    return {"algorithm": "has_columns", "arguments": {"columns": [kwargs["column"]], **place}}


def _quantile(kwargs: Kwargs) -> Told:
    """One control for each quantile; here the first."""
    ranges = kwargs["quantile_ranges"]
    low, high = ranges["value_ranges"][0]
    given = {name: value for name, value in (("min", low), ("max", high)) if value is not None}
    return {"algorithm": "quantile", "field": kwargs["column"], "arguments": {"q": ranges["quantiles"][0], **given}}


def _most_common(kwargs: Kwargs) -> Told:
    ties = "any" if kwargs.get("ties_okay") else "none"
    return {"algorithm": "most_common_value_in", "field": kwargs["column"],
            "arguments": {"values": kwargs["value_set"], "ties": ties}}  # fmt: skip


def _z_scores(kwargs: Kwargs) -> Told:
    if kwargs.get("double_sided"):
        return {"algorithm": "is_not_outlier", "field": kwargs["column"], "arguments": {"limit": kwargs["threshold"]}}
    column = f'"{kwargs["column"]}"'
    scores = f"select {column}, ({column} - mean) / deviation from data cross join "
    scores += f"(select avg({column}) as mean, stddev({column}) as deviation from data) where {column} is not null"
    return {"algorithm_type": "SQL", "algorithm": scores, "threshold": {"max": kwargs["threshold"]}}


def _divergence(kwargs: Kwargs) -> Told:
    weights = dict(zip(kwargs["partition_object"]["values"], kwargs["partition_object"]["weights"], strict=True))
    column = f'"{kwargs["column"]}"'
    expected = " ".join(f"when '{value}' then {weight}" for value, weight in weights.items())
    shares = f"select {column} as v, count(*) / (select count({column}) from data) as p from data "
    shares += f"where {column} is not null group by {column}"
    sql = f"select sum(p * ln(p / (case v {expected} end))) from ({shares}) as shares"
    return {"algorithm_type": "SQL", "algorithm": sql, "threshold": {"max": kwargs["threshold"]}}


def _rows(kwargs: Kwargs) -> Told:
    query = f"select count(*) from ({kwargs['unexpected_rows_query'].replace('{batch}', '{data}')}) as unexpected"
    return {"algorithm_type": "SQL", "algorithm": query, "threshold": {"max": 0}}


_NAMES = {"INT": "int", "INTEGER": "int", "BIGINT": "bigint", "FLOAT": "double", "DOUBLE": "double", "str": "string",
          "TEXT": "string", "VARCHAR": "string", "BOOLEAN": "boolean", "DATE": "date", "TIMESTAMP": "timestamp",
          "int": "bigint", "float": "double", "bool": "boolean"}  # fmt: skip


def _types(kwargs: Kwargs) -> Told:
    kinds = kwargs["type_list"] if "type_list" in kwargs else [kwargs["type_"]]
    types = [_NAMES.get(kind, kind.lower()) for kind in kinds]
    return {"algorithm": "type_is", "field": kwargs["column"], "arguments": {"types": types}}


EXPECTATIONS: Mapping[str, Callable[[Kwargs], Told]] = {
    # the table
    "expect_table_row_count_to_be_between": _bounded("row_count"),
    "expect_table_row_count_to_equal": _exactly("row_count"),
    "expect_table_row_count_to_equal_other_table": _one("row_count_equals", other_table_name="table"),
    "expect_table_column_count_to_be_between": _bounded("column_count"),
    "expect_table_column_count_to_equal": _exactly("column_count"),
    "expect_table_columns_to_match_ordered_list": _columns,
    "expect_table_columns_to_match_set": _columns,
    "expect_column_to_exist": _exists,
    # cells
    "expect_column_values_to_be_null": _one("is_null"),
    "expect_column_values_to_not_be_null": _one("is_not_null"),
    "expect_column_values_to_be_of_type": _types,
    "expect_column_values_to_be_in_type_list": _types,
    "expect_column_values_to_be_in_set": _one("is_in", value_set="values"),
    "expect_column_values_to_not_be_in_set": _one("is_not_in", value_set="values"),
    "expect_column_values_to_be_between": _one("is_between", min_value="min", max_value="max", strict_min="strict_min",
                                               strict_max="strict_max"),
    "expect_column_value_lengths_to_be_between": _bounded("has_length_between"),
    "expect_column_value_lengths_to_equal": _one("has_length", value="length"),
    "expect_column_values_to_match_regex": _one("matches_regex", regex="pattern"),
    "expect_column_values_to_not_match_regex": _one("does_not_match_regex", regex="pattern"),
    "expect_column_values_to_match_regex_list": _each("matches_any_regex", "matches_all_regex", "regex_list"),
    "expect_column_values_to_not_match_regex_list": _each("matches_no_regex", "", "regex_list"),
    "expect_column_values_to_match_like_pattern": _one("matches_like", like_pattern="pattern"),
    "expect_column_values_to_not_match_like_pattern": _one("does_not_match_like", like_pattern="pattern"),
    "expect_column_values_to_match_like_pattern_list": _all_like,
    "expect_column_values_to_not_match_like_pattern_list": _each("matches_no_like", "", "like_pattern_list"),
    "expect_column_values_to_match_strftime_format": _one("matches_strftime", strftime_format="format"),
    "expect_column_values_to_be_dateutil_parseable": lambda kwargs: {
        "algorithm": "is_castable", "field": kwargs["column"], "arguments": {"type": "timestamp"}},
    "expect_column_values_to_be_json_parseable": _one("is_json"),
    "expect_column_values_to_match_json_schema": _one("matches_json_schema", json_schema="schema"),
    # across rows
    "expect_column_values_to_be_unique": _one("is_unique"),
    "expect_column_values_to_be_increasing": _one("is_increasing", strictly="strict"),
    "expect_column_values_to_be_decreasing": _one("is_decreasing", strictly="strict"),
    "expect_column_value_z_scores_to_be_less_than": _z_scores,
    # one value
    "expect_column_distinct_values_to_be_in_set": _one("distinct_values_in", value_set="values"),
    "expect_column_distinct_values_to_contain_set": _one("distinct_values_contain", value_set="values"),
    "expect_column_distinct_values_to_equal_set": _one("distinct_values_equal", value_set="values"),
    "expect_column_max_to_be_between": _bounded("max"),
    "expect_column_min_to_be_between": _bounded("min"),
    "expect_column_mean_to_be_between": _bounded("mean"),
    "expect_column_median_to_be_between": _bounded("median"),
    "expect_column_sum_to_be_between": _bounded("sum"),
    "expect_column_stdev_to_be_between": _bounded("stdev"),
    "expect_column_quantile_values_to_be_between": _quantile,
    "expect_column_most_common_value_to_be_in_set": _most_common,
    "expect_column_unique_value_count_to_be_between": _bounded("distinct_count"),
    "expect_column_proportion_of_unique_values_to_be_between": _bounded("distinct_ratio"),
    "expect_column_proportion_of_non_null_values_to_be_between": _bounded("completeness"),
    "expect_column_kl_divergence_to_be_less_than": _divergence,
    # columns together
    "expect_column_pair_values_to_be_equal": _equal,
    "expect_column_pair_values_a_to_be_greater_than_b": _pair("is_greater_than_column", or_equal="or_equal"),
    "expect_column_pair_values_to_be_in_set": _in_pairs,
    "expect_compound_columns_to_be_unique": _compound,
    "expect_multicolumn_values_to_be_unique": _within,
    "expect_select_column_values_to_be_unique_within_record": _within,
    "expect_multicolumn_sum_to_equal": _sum,
    "unexpected_rows_expectation": _rows,
}  # fmt: skip


def control_of(expectation: str, kwargs: Kwargs) -> Told:
    """A control that asks what an expectation does; `mostly` is the share that is green."""
    told = EXPECTATIONS[expectation](kwargs)
    threshold = {"rag_max": kwargs["mostly"]} if kwargs.get("mostly") is not None else {}
    return {**told, "threshold": {**told.get("threshold", {}), **threshold}}
