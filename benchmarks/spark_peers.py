"""The same rules said to other engines on Spark, run in an environment of their own, with a Spark of their own."""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

from benchmarks.measuring import tree_cpu
from benchmarks.project import KEYS, NOT_NULL, PATTERNS, RANGES, SETS

LIBRARIES = (
    "pandera[pyspark]",
    "cuallee",
    "great_expectations>=1,<2",
    "pyspark==4.1.4",
    "pyarrow",
    "pandas<3",
    "setuptools<80",
)


def pandera(rows: Any) -> bool:
    """A schema of pandera."""
    import pandera.pyspark as pa
    import pyspark.sql.types as kinds

    checks: dict[str, list[Any]] = {}
    for field, (low, high) in RANGES.items():
        checks.setdefault(field, []).append(pa.Check.in_range(low, high))
    for field, values in SETS.items():
        checks.setdefault(field, []).append(pa.Check.isin(values))
    for field, pattern in PATTERNS.items():
        checks.setdefault(field, []).append(pa.Check.str_matches(pattern))
    columns = {
        field.name: pa.Column(field.dataType, checks=checks.get(field.name, []), nullable=field.name not in NOT_NULL)
        for field in rows.schema
        if field.name in {*checks, *NOT_NULL}
    }
    assert isinstance(rows.schema, kinds.StructType)
    found = pa.DataFrameSchema(columns, unique=KEYS).validate(rows)
    return not found.pandera.errors


def cuallee(rows: Any) -> bool:
    """A check of cuallee."""
    from cuallee import Check, CheckLevel

    check = Check(CheckLevel.WARNING, "rules")
    for field in NOT_NULL:
        check.is_complete(field)
    for field, limits in RANGES.items():
        check.is_between(field, tuple(map(float, limits)))
    for field, values in SETS.items():
        check.is_contained_in(field, tuple(values))
    for field, pattern in PATTERNS.items():
        check.has_pattern(field, pattern)
    check.is_composite_key(tuple(KEYS))
    return {row["status"] for row in check.validate(rows).collect()} == {"PASS"}


def great_expectations(rows: Any) -> bool:
    """A suite of Great Expectations."""
    import great_expectations as gx

    said = gx.expectations
    suite = gx.ExpectationSuite("rules", expectations=[
        *(said.ExpectColumnValuesToNotBeNull(column=field) for field in NOT_NULL),
        *(said.ExpectColumnValuesToBeBetween(column=field, min_value=low, max_value=high)
          for field, (low, high) in RANGES.items()),
        *(said.ExpectColumnValuesToBeInSet(column=field, value_set=values) for field, values in SETS.items()),
        *(said.ExpectColumnValuesToMatchRegex(column=field, regex=pattern) for field, pattern in PATTERNS.items()),
        said.ExpectCompoundColumnsToBeUnique(column_list=KEYS),
    ])  # fmt: skip
    asset = gx.get_context(mode="ephemeral").data_sources.add_spark("spark").add_dataframe_asset("lineitem")
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": rows})
    return bool(batch.validate(suite).success)


ENGINES = {one.__name__: one for one in (pandera, cuallee, great_expectations)}


def main() -> None:
    """Judge a Parquet file, and print what it cost beside the start of the session."""
    from pyspark.sql import SparkSession

    name, data = sys.argv[1:]
    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder = SparkSession.builder.master(f"local[{os.cpu_count()}]").config("spark.ui.enabled", "false")
    session = builder.config("spark.sql.shuffle.partitions", "2").config("spark.driver.memory", "1g").getOrCreate()
    session.range(1).count()
    before, start = tree_cpu(), time.perf_counter()
    assert ENGINES[name](session.read.parquet(data))
    print(json.dumps({"cpu": tree_cpu() - before, "wall": time.perf_counter() - start, "megabytes": 0, "answered": 0}))


if __name__ == "__main__":
    main()
