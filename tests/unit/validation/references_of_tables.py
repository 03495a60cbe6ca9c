"""What plain Python says of the rules that look at several rows, at a whole column or at the table."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any

from unit.validation.corpus import TODAY, TYPES, Row
from unit.validation.references import Counts, Rows, answers, observed, together

#: Tables beside the one that is judged, all of text.
CODES = ["a", "é", "ab"]


def twin(rows: Rows) -> list[Row]:
    """A table like the one that is judged: rows missing, one more, texts that differ."""
    found = [{"id": one["id"], "t": one["t"]} for number, one in enumerate(rows) if number % 10]
    return [*({**one, "t": "other"} if one["id"].endswith("7") else one for one in found), {"id": "new", "t": "a"}]


def tables(rows: Rows) -> Mapping[str, list[Row]]:
    """The tables the references name."""
    return {"codes": [{"code": code} for code in CODES], "twin": twin(rows),
            "copy": [{"id": one["id"], "k": None if one["k"] is None else str(one["k"])} for one in rows]}  # fmt: skip


def _keys(*names: str, nulls: bool) -> Callable[[Rows], Counts]:
    def counts(rows: Rows) -> Counts:
        keys = [tuple(one[name] for name in names) for one in rows]
        full = [key for key in keys if None not in key]
        shared = sum(count for count in Counter(full).values() if count > 1)
        return (len(keys), shared + len(keys) - len(full)) if nulls else (len(full), shared)

    return counts


def _decided(rows: Rows) -> Counts:
    pairs = [(one["k"], one["s"]) for one in rows if None not in (one["k"], one["s"])]
    several = {key for key, _ in pairs if len({value for other, value in pairs if other == key}) > 1}
    return len(pairs), sum(key in several for key, _ in pairs)


def _filled(rows: Rows, name: str) -> list[Any]:
    return [one[name] for one in rows if one[name] is not None]


def _referred(rows: Rows) -> Counts:
    return len(_filled(rows, "t")), sum(text not in CODES for text in _filled(rows, "t"))


def _ordered(name: str, wrong: Callable[[Any, Any], bool]) -> Callable[[Rows], Counts]:
    def counts(rows: Rows) -> Counts:
        values = _filled(rows, name)
        return len(values), sum(wrong(before, value) for before, value in pairwise(values))

    return counts


def _gaps(rows: Rows) -> Counts:
    values = sorted(_filled(rows, "n"))
    return len(values), sum(value - before > 1 for before, value in pairwise(values))


def at(values: Sequence[float], share: float) -> float:
    """The quantile, interpolated linearly."""
    ordered, place = sorted(values), share * (len(values) - 1)
    low = math.floor(place)
    return ordered[low] + (ordered[min(low + 1, len(ordered) - 1)] - ordered[low]) * (place - low)


def _outliers(far: Callable[[list[int], int], bool]) -> Callable[[Rows], Counts]:
    def counts(rows: Rows) -> Counts:
        values = _filled(rows, "n")
        return len(values), sum(far(values, value) for value in values)

    return counts


def _by_quartiles(values: list[int], value: int) -> bool:
    first, third = at(values, 0.25), at(values, 0.75)
    return not first - 1.5 * (third - first) <= value <= third + 1.5 * (third - first)


def _by_median(values: list[int], value: int) -> bool:
    middle = at(values, 0.5)
    return 0.6745 * abs(value - middle) > 3.5 * at([abs(one - middle) for one in values], 0.5)


def _by_deviation(values: list[int], value: int) -> bool:
    return abs(value - statistics.fmean(values)) > 2 * statistics.stdev(values)


ACROSS = [
    together("is_unique", "u", _keys("u", nulls=False)), together("is_unique", "k s", _keys("k", "s", nulls=False)),
    together("is_unique", "id", _keys("id", nulls=False)), together("is_primary_key", "u", _keys("u", nulls=True)),
    together("is_primary_key", "id", _keys("id", nulls=True)), together("determines", "s", _decided, fields=["k"]),
    together("determines", "s", lambda rows: (len(_filled(rows, "s")), 0), fields=["id"]),
    together("is_foreign_key", "t", _referred, table="codes", fields=["code"]),
    together("check_master_fields", "t", _referred, master_table="codes", column="code"),
    together("is_increasing", "w", _ordered("w", lambda before, value: value < before)),
    together("is_increasing", "w", _ordered("w", lambda before, value: value <= before), strict=True),
    together("is_decreasing", "n", _ordered("n", lambda before, value: value > before)),
    together("is_not_outlier", "n", _outliers(_by_deviation), limit=2),
    together("is_not_outlier", "n", _outliers(_by_quartiles), method="iqr"),
    together("is_not_outlier", "n", _outliers(_by_median), method="mad"), together("has_no_gaps", "n", _gaps),
]  # fmt: skip


# one value ----------------------------------------------------------------------------------------------------------
def _skewness(values: list[int]) -> float:
    n, mean = len(values), statistics.fmean(values)
    third = sum((value - mean) ** 3 for value in values) / n
    return n * n / ((n - 1) * (n - 2)) * third / statistics.stdev(values) ** 3


def _entropy(values: list[Any]) -> float:
    shares = [count / len(values) for count in Counter(values).values()]
    return -sum(share * math.log2(share) for share in shares)


def _correlation(rows: list[Row]) -> float:
    pairs = [(one["n"], one["k"]) for one in rows if None not in (one["n"], one["k"])]
    return statistics.correlation(*zip(*pairs, strict=True))


def _once(values: list[Any]) -> float:
    return list(Counter(values).values()).count(1) / len(values)


def _nulls(name: str) -> Callable[[list[Row]], int]:
    return lambda rows: sum(one[name] is None for one in rows)


_STATISTICS: Sequence[tuple[str, str, Callable[[list[Any]], Any], dict[str, Any]]] = [
    ("row_count", "", len, {}), ("column_count", "", lambda rows: len(TYPES), {}),
    ("distinct_count", "t", lambda values: len({*values}), {}),
    ("distinct_ratio", "n", lambda values: len({*values}) / len(values), {}),
    ("duplicate_count", "s", lambda values: len(values) - len({*values}), {}), ("uniqueness", "u", _once, {}),
    ("min", "day", min, {"min": "1900-01-01"}), ("min", "n", min, {}), ("max", "n", max, {}),
    ("mean", "n", statistics.fmean, {}), ("median", "n", statistics.median, {}),
    ("quantile", "n", lambda values: at(values, 0.9), {"q": 0.9}), ("stdev", "n", statistics.stdev, {}),
    ("variance", "n", statistics.variance, {}), ("sum", "n", sum, {}), ("skewness", "n", _skewness, {}),
    ("min_length", "t", lambda values: min(map(len, values)), {}), ("entropy", "s", _entropy, {}),
    ("max_length", "t", lambda values: max(map(len, values)), {}), ("zeros_count", "n", lambda v: v.count(0), {}),
    ("custom_metric", "", lambda rows: sum(one["k"] or 0 for one in rows), {"sql": "select sum(k) from {data}"}),
]  # fmt: skip
VALUES = [
    reference for rule, name, value, arguments in _STATISTICS
    for bounds in ({}, *([] if arguments.get("min") else [{"max": -1000}]))
    for reference in (observed(rule, name, value, **{**arguments, **bounds}),)
]  # fmt: skip
VALUES += [
    together("completeness", "t", lambda rows: (1, int(len(_filled(rows, "t")) < 0.5 * len(rows))), min=0.5),
    together("completeness", "t", lambda rows: (1, int(len(_filled(rows, "t")) < len(rows))), min=1),
    together("null_count", "t", lambda rows: (1, int(_nulls("t")(list(rows)) > 0)), max=0),
    together("null_count", "id", lambda rows: (1, 0), max=0),
    together("correlation", "n", lambda rows: (1, int(_correlation(list(rows)) > 0)), other="k", max=0),
    together("correlation", "n", lambda rows: (1, 0), other="n", min=0.999),
    together("correlation", "n", lambda rows: (1, 1), other="n", max=0.9),
]  # fmt: skip


def _newest(days: int) -> Callable[[Rows], tuple[bool, Any]]:
    def value(rows: Rows) -> tuple[bool, Any]:
        newest = max(_filled(rows, "late"))
        return (date.fromisoformat(TODAY) - date.fromisoformat(newest)).days <= days, newest

    return value


def _common(allowed: set[str], ties: str) -> Callable[[Rows], tuple[bool, Any]]:
    def value(rows: Rows) -> tuple[bool, Any]:
        times = Counter(_filled(rows, "s"))
        most = sorted(text for text, count in times.items() if count == max(times.values()))
        inside = [text for text in most if text in allowed]
        return bool(inside) and (ties == "any" or len(most) == 1), most

    return value


def _distinct(valid: Callable[[set[str]], bool]) -> Callable[[Rows], tuple[bool, Any]]:
    return lambda rows: (valid({*_filled(rows, "s")}), sorted({*_filled(rows, "s")}))


def _matched(rows: Rows) -> Counts:
    there = {one["id"]: one["t"] for one in twin(rows)}
    here = {one["id"]: one["t"] for one in rows}
    same = sum(key in there and there[key] == text for key, text in here.items())
    whole = len({*here, *there})
    return whole, whole - same


_ALL = ["a", "ab", "x", "é"]
WHOLE = [
    answers("freshness", "late", _newest(10), max_age="10 days"), answers("freshness", "late", _newest(2), max_age=2),
    answers("volume_change", "", lambda rows: (True, len(rows))),
    answers("is_anomalous", "n", lambda rows: (True, statistics.fmean(_filled(rows, "n"))), metric="mean"),
    answers("most_common_value_in", "s", _common({"a", "x"}, "none"), values=["a", "x"]),
    answers("most_common_value_in", "s", _common({*_ALL}, "any"), values=_ALL, ties="any"),
    answers("most_common_value_in", "s", _common({"zz"}, "any"), values=["zz"], ties="any"),
    answers("distinct_values_in", "s", _distinct(lambda found: found <= {*_ALL}), values=_ALL),
    answers("distinct_values_in", "s", _distinct(lambda found: found <= {"a"}), values=["a"]),
    answers("distinct_values_contain", "s", _distinct(lambda found: found >= {"a"}), values=["a"]),
    answers("distinct_values_contain", "s", _distinct(lambda found: found >= {"zz"}), values=["zz"]),
    answers("distinct_values_equal", "s", _distinct(lambda found: found == {*_ALL}), values=_ALL),
    answers("distinct_values_equal", "s", _distinct(lambda found: found == {"a"}), values=["a"]),
    answers("row_count_equals", "", lambda rows: (True, len(rows)), table="copy"),
    answers("row_count_equals", "", lambda rows: (len(twin(rows)) == len(rows), len(rows)), table="twin"),
    answers("aggregate_equals", "", lambda rows: (True, sum(_filled(rows, "k"))), table="copy",
            aggregate="sum(cast(k as int))"),
    answers("aggregate_equals", "", lambda rows: (len({*_filled(twin(rows), "t")}) == len({*_filled(rows, "t")}),
            len({*_filled(rows, "t")})), table="twin", aggregate="count(distinct t)"),
    together("matches_table", "t", _matched, table="twin", keys=["id"]),
    together("has_columns", "", lambda rows: (1, 0), columns=[*TYPES], ordered=True, exact=True),
    together("has_columns", "", lambda rows: (1, 1), columns=["k", "n"], ordered=True),
    together("schema_matches", "", lambda rows: (1, 0), contract=TYPES),
    together("schema_matches", "", lambda rows: (1, 1), contract={**TYPES, "k": "bigint"}),
    together("type_is", "k", lambda rows: (1, 0), types=["string", "int"]),
    together("type_is", "k", lambda rows: (1, 1), types=["string", "double"]),
]  # fmt: skip
