"""One expression of a plan over one column of texts, answered by both engines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import pyarrow as pa

from data_framework.modules.data_process.integrations.pandas.connection import add_python_word
from data_framework.modules.data_process.plan import vocabulary as words
from data_framework.testing.engine.values import exact_columns


def on_duckdb(texts: Sequence[str | None], expressions: Mapping[str, str], prelude: str = "") -> dict[str, list[Any]]:
    """The values of DuckDB expressions over a column `x`."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for word in (words.REPAIR_STRUCT, words.PYTHON):
            add_python_word(connection, word)
        connection.register("texts", pa.table({"n": range(len(texts)), "x": pa.array(texts, pa.string())}))
        columns = ", ".join(f'{sql} AS "{name}"' for name, sql in expressions.items())
        return exact_columns(connection.sql(f"{prelude} SELECT {columns} FROM texts ORDER BY n").to_arrow_table())


def on_spark(session: Any, texts: Sequence[str | None], expressions: Mapping[str, str]) -> dict[str, list[Any]]:
    """The values of Spark expressions over a column `x`."""
    from pyspark.sql.types import LongType, StringType, StructField, StructType

    schema = StructType([StructField("n", LongType(), False), StructField("x", StringType())])
    session.createDataFrame(list(enumerate(texts)), schema).createOrReplaceTempView("texts")
    columns = ", ".join(f"{sql} AS `{name}`" for name, sql in expressions.items())
    return arrow_columns(session.sql(f"SELECT {columns} FROM (SELECT * FROM texts) ORDER BY n"))


def arrow_columns(frame: Any) -> dict[str, list[Any]]:
    """The values of a Spark DataFrame."""
    return exact_columns(to_arrow(frame))


def to_arrow(frame: Any) -> pa.Table:
    """A Spark DataFrame as an Arrow table, on every version."""
    if hasattr(frame, "toArrow"):
        return frame.toArrow()
    from pyspark.sql.pandas.types import to_arrow_schema

    return pa.Table.from_batches(frame._collect_as_arrow(), to_arrow_schema(frame.schema))
