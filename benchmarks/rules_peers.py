"""The same twenty rules said to other engines; each runs in an environment of its own, where only it is installed."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

LIBRARIES: Mapping[str, Sequence[str]] = {
    "great_expectations": ["great_expectations>=1,<2", "pyarrow", "pandas<3"],
    "soda": ["soda-core-duckdb<4", "setuptools<80"],
    "pandera": ["pandera[pandas]", "pyarrow"],
    "pointblank": ["pointblank[pl]", "pyarrow"],
    "cuallee": ["cuallee", "numpy", "polars", "pandas", "pyarrow"],
}
Controls = Sequence[Mapping[str, Any]]


def great_expectations(data: str, controls: Controls) -> None:
    """Pandas behind it: it has no other way to read a file."""
    import great_expectations as gx
    import pandas as pd

    names = {
        "is_not_null": gx.expectations.ExpectColumnValuesToNotBeNull,
        "is_between": gx.expectations.ExpectColumnValuesToBeBetween,
        "is_in": gx.expectations.ExpectColumnValuesToBeInSet,
        "matches_regex": gx.expectations.ExpectColumnValuesToMatchRegex,
        "has_length_between": gx.expectations.ExpectColumnValueLengthsToBeBetween,
    }
    keys = {"min": "min_value", "max": "max_value", "values": "value_set", "pattern": "regex"}
    context = gx.get_context(mode="ephemeral")
    asset = context.data_sources.add_pandas("pandas").add_dataframe_asset("lineitem")
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": pd.read_parquet(data)})
    expectations = []
    for one in controls:
        if one["algorithm"] == "is_unique":
            expectations.append(gx.expectations.ExpectCompoundColumnsToBeUnique(column_list=one["field"]))
        else:
            told = {keys[name]: value for name, value in one.get("arguments", {}).items()}
            expectations.append(names[one["algorithm"]](column=one["field"], **told))
    assert batch.validate(gx.ExpectationSuite("rules", expectations=expectations)).success


def soda(data: str, controls: Controls) -> None:
    """DuckDB behind it."""
    import duckdb
    from soda.scan import Scan

    checks = []
    for number, one in enumerate(controls):
        field, told = one["field"], one.get("arguments", {})
        if one["algorithm"] == "is_not_null":
            checks.append(f"  - missing_count({field}) = 0")
        elif one["algorithm"] == "is_unique":
            checks.append(f"  - duplicate_count({', '.join(field)}) = 0")
        else:
            limits = {"min": "valid min", "max": "valid max", "values": "valid values", "pattern": "valid regex"}
            if one["algorithm"] == "has_length_between":
                limits = {"min": "valid min length", "max": "valid max length"}
            checks.append(f"  - invalid_count({field}) = 0:\n      name: rule {number}")
            checks += [f"      {limits[name]}: {json.dumps(value)}" for name, value in told.items()]
    connection = duckdb.connect()
    connection.execute(f"create view lineitem as select * from read_parquet('{data}')")
    scan = Scan()
    scan.set_data_source_name("duckdb")
    scan.add_duckdb_connection(connection)
    scan.add_sodacl_yaml_str("checks for lineitem:\n" + "\n".join(checks))
    scan.execute()
    scan.assert_no_error_logs()
    scan.assert_no_checks_fail()


def pandera(data: str, controls: Controls) -> None:
    """Pandas behind it."""
    import pandas as pd
    import pandera.pandas as pa

    made: dict[str, Callable[[Mapping[str, Any]], Any]] = {
        "is_between": lambda told: pa.Check.in_range(told["min"], told["max"]),
        "is_in": lambda told: pa.Check.isin(told["values"]),
        "matches_regex": lambda told: pa.Check.str_matches(told["pattern"]),
        "has_length_between": lambda told: pa.Check.str_length(told["min"], told["max"]),
    }
    checks: dict[str, list[Any]] = {}
    filled, unique = set(), None
    for one in controls:
        if one["algorithm"] == "is_unique":
            unique = one["field"]
        elif one["algorithm"] == "is_not_null":
            filled.add(one["field"])
        else:
            checks.setdefault(one["field"], []).append(made[one["algorithm"]](one.get("arguments", {})))
    columns = {
        name: pa.Column(None, checks=checks.get(name, []), nullable=name not in filled) for name in {*checks, *filled}
    }
    pa.DataFrameSchema(columns, unique=unique).validate(pd.read_parquet(data), lazy=True)


def pointblank(data: str, controls: Controls) -> None:
    """Polars behind it."""
    import pointblank as pb
    import polars as pl

    plan = pb.Validate(data=pl.read_parquet(data))
    for one in controls:
        field, told = one["field"], one.get("arguments", {})
        if one["algorithm"] == "is_not_null":
            plan = plan.col_vals_not_null(columns=field)
        elif one["algorithm"] == "is_between":
            plan = plan.col_vals_between(columns=field, left=told["min"], right=told["max"])
        elif one["algorithm"] == "is_in":
            plan = plan.col_vals_in_set(columns=field, set=told["values"])
        elif one["algorithm"] == "is_unique":
            plan = plan.rows_distinct(columns_subset=field)
        else:
            lengths = f"^.{{{told.get('min')},{told.get('max')}}}$"
            plan = plan.col_vals_regex(columns=field, pattern=told.get("pattern", lengths))
    assert plan.interrogate().all_passed()


def cuallee(data: str, controls: Controls) -> None:
    """Polars behind it."""
    import polars as pl
    from cuallee import Check, CheckLevel

    check = Check(CheckLevel.WARNING, "rules")
    for one in controls:
        field, told = one["field"], one.get("arguments", {})
        if one["algorithm"] == "is_not_null":
            check.is_complete(field)
        elif one["algorithm"] == "is_between":
            check.is_between(field, (told["min"], told["max"]))
        elif one["algorithm"] == "is_in":
            check.is_contained_in(field, tuple(told["values"]))
        elif one["algorithm"] == "is_unique":
            check.is_composite_key(tuple(field))
        else:
            lengths = f"^.{{{told.get('min')},{told.get('max')}}}$"
            check.has_pattern(field, told.get("pattern", lengths))
    result = check.validate(pl.read_parquet(data))
    assert set(result["status"]) == {"PASS"}, result


if __name__ == "__main__":
    _, chosen, source, written = sys.argv
    engines = {one.__name__: one for one in (great_expectations, soda, pandera, pointblank, cuallee)}
    engines[chosen](source, json.loads(Path(written).read_text())["controls"])
