"""Athena for tests: moto takes the query, DuckDB runs it over what Glue names, and the answer lands on S3."""

from __future__ import annotations

import datetime
import io
import json
import os
import re
import time
import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

import boto3
import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from moto.athena.models import AthenaBackend
from moto.athena.responses import AthenaResponse
from sqlglot import exp

from athena_sql import for_duckdb
from aws.external import external

_UNLOAD = re.compile(r"UNLOAD \((.*)\) TO '(s3://[^']+)' WITH \(format = 'PARQUET'", re.DOTALL)
REGION = "eu-west-1"
_KEYS = {"access-key-id": "testing", "secret-access-key": "testing", "region": REGION}


def started(start: Callable[..., str]) -> Callable[..., str]:
    """Run what is started, and put its answer where moto only says that it is."""

    @wraps(start)
    def run(self: AthenaBackend, *, execution_parameters: Any, **given: Any) -> str:
        name = start(self, execution_parameters=execution_parameters, **given)
        execution: Any = self.executions[name]
        execution.reason, execution.scanned, began = "", 0, time.monotonic()
        try:
            _answer(execution, execution_parameters or [])
        except Exception as error:  # noqa: BLE001 - whatever it is, the query failed
            execution.reason = f"{type(error).__name__}: {error}"[:500]
        execution.milliseconds = int((time.monotonic() - began) * 1000)
        return name

    return run


def asked(get: Callable[[AthenaResponse], str]) -> Callable[[AthenaResponse], str]:
    """Tell how a query went."""

    @wraps(get)
    def answer(self: AthenaResponse) -> str:
        document = json.loads(get(self))
        shown = document["QueryExecution"]
        execution: Any = self.athena_backend.executions[shown["QueryExecutionId"]]
        shown["Statistics"].update(
            DataScannedInBytes=execution.scanned, EngineExecutionTimeInMillis=execution.milliseconds
        )
        if execution.reason and shown["Status"]["State"] == "SUCCEEDED":
            shown["Status"].update(State="FAILED", StateChangeReason=execution.reason)
        return json.dumps(document)

    return answer


def _answer(execution: Any, parameters: list[str]) -> None:
    """Run a query; write its rows as Athena's CSV, or (UNLOAD) as Parquet."""
    unload = _UNLOAD.match(execution.query)
    sql = unload[1] if unload else execution.query
    for parameter in parameters:
        sql = sql.replace("?", parameter, 1)
    found, execution.scanned = _run(sql, (execution.context or {}).get("Database", "default"))
    if not unload:
        _put(execution.config["OutputLocation"], _csv(found).encode())
        return
    body = io.BytesIO()
    pq.write_table(found, body)
    _put(f"{unload[2]}{uuid.uuid4().hex}", body.getvalue())


def _run(sql: str, database: str) -> tuple[pa.Table, int]:
    tree, scanned = for_duckdb(sql), 0
    made = {cte.alias for cte in tree.find_all(exp.CTE)}
    with duckdb.connect(
        config={"autoinstall_known_extensions": False, "autoload_known_extensions": False}
    ) as connection:
        connection.execute("set TimeZone = 'UTC'")
        for table in tree.find_all(exp.Table):
            if table.name in made and not table.db:
                continue
            home = table.db or database
            rows = _table(home, table.name)
            scanned += rows.nbytes
            connection.execute(f'create schema if not exists "{home}"')
            connection.register("given", rows)
            connection.execute(f'create or replace table "{home}"."{table.name}" as from given')
            table.set("db", exp.to_identifier(home, quoted=True))
        return connection.sql(tree.sql("duckdb")).to_arrow_table(), scanned


def _table(database: str, name: str) -> pa.Table:
    """The rows of a table as Glue describes it: Iceberg, or files of text by partition."""
    from pyiceberg.catalog import load_catalog

    glue = boto3.client("glue", region_name=REGION)
    entry = glue.get_table(DatabaseName=database, Name=name)["Table"]
    if str(entry.get("Parameters", {}).get("table_type", "")).upper() != "ICEBERG":
        parts = glue.get_partitions(DatabaseName=database, TableName=name)["Partitions"]
        return external(entry, parts, boto3.client("s3", region_name=REGION))
    keys = {**_KEYS, "endpoint": os.environ["AWS_ENDPOINT_URL"]}
    named = {f"{service}.{key}": value for service in ("glue", "s3") for key, value in keys.items()}
    return load_catalog("athena", type="glue", **named).load_table((database, name)).scan().to_arrow()


def _csv(found: pa.Table) -> str:
    lines = [found.column_names, *(row.values() for row in found.to_pylist())]
    return "".join(",".join(_cell(value) for value in line) + "\n" for line in lines)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime.datetime):
        text = value.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
    else:
        text = str(value).lower() if isinstance(value, bool) else str(value)
    return '"' + text.replace('"', '""') + '"'


def _put(location: str, body: bytes) -> None:
    bucket, _, key = location.removeprefix("s3://").partition("/")
    boto3.client("s3", region_name=REGION).put_object(Bucket=bucket, Key=key, Body=body)


PATCHES: tuple[tuple[type, str, Callable[..., Any]], ...] = (
    (AthenaBackend, "start_query_execution", started),
    (AthenaResponse, "get_query_execution", asked),
)
