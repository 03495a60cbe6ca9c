"""`python -m … FOLDER`: one small table made, filled, read and dropped by a real Spark, for `doctor`."""

from __future__ import annotations

import sys
from pathlib import Path

from data_framework.modules.data_process.integrations.spark.session.sessions import open_session
from data_framework.modules.data_process.integrations.spark.session.settings import (
    CATALOGUE,
    SparkSettings,
    local_catalogue,
)
from data_framework.modules.exception import DataFrameworkError


def round_trip(folder: Path) -> str:
    """Do it and answer Spark's version.

    Raises:
        DataFrameworkError: Spark could not be started.
    """
    session = open_session(SparkSettings(local_catalogue(folder)))
    table = f"{CATALOGUE}.doctor.round_trip"
    session.sql(f"CREATE NAMESPACE {CATALOGUE}.doctor")
    session.sql(f"CREATE TABLE {table} (id BIGINT, name STRING) USING iceberg")
    session.sql(f"INSERT INTO {table} VALUES (1, 'one')")
    rows = [tuple(row) for row in session.sql(f"SELECT id, name FROM {table}").collect()]
    if rows != [(1, "one")]:
        raise SystemExit(f"wrote (1, 'one') and read {rows}")
    session.sql(f"DROP TABLE {table} PURGE")
    return f"Spark {session.version}"


if __name__ == "__main__":
    try:
        sys.stdout.write(f"{round_trip(Path(sys.argv[1]))}\n")
    except DataFrameworkError as error:
        raise SystemExit(str(error)) from None
