"""Queries on Amazon Athena: started, waited for, cancelled, streamed or unloaded; what they scan is told and capped."""

from __future__ import annotations

import io
import random
import shutil
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data_framework.modules.aws import AwsClient, AwsClients, bucket_of, encryption
from data_framework.modules.aws.s3_objects import S3Address, S3Stream, split_uri
from data_framework.modules.config.model.platform import AthenaQueries
from data_framework.modules.data_process.helpers.athena_csv import records
from data_framework.modules.data_process.sql import parse_select, tables_of, to_athena
from data_framework.modules.exception import AthenaQueryError, AthenaUnavailableError, AwsError
from data_framework.modules.utils.logger import get_logger

if TYPE_CHECKING:
    from data_framework.modules.catalogue import CatalogueInterface
    from data_framework.modules.config import Config

_FIRST_WAIT, _MOST_WAIT = 0.1, 5.0
_TEBIBYTE = 1024**4
_LEAST_BYTES = 10 * 1024**2
_ENDED = {"SUCCEEDED", "FAILED", "CANCELLED"}
_logger = get_logger("athena")


@dataclass(frozen=True)
class AthenaResult:
    """A query that has run.

    Attributes:
        query_id: Its name at Athena.
        output: The object of its result.
        bytes_scanned: What it read.
        dollars: About what that costs: Athena counts 10 MB at least.
        seconds: How long the engine took.
    """

    query_id: str
    output: str
    bytes_scanned: int
    dollars: float
    seconds: float


class Athena:
    """Runs queries written in Athena's own SQL; `translated` writes the framework's dialect in it.

    Args:
        aws: The clients.
        catalogue: The tables, for the types of their columns.
        settings: The workgroup, and what queries may cost.
        output: The folder results go to, `s3://…`.
        kms_key: The key results are encrypted with.
    """

    def __init__(
        self, aws: AwsClients, catalogue: CatalogueInterface, settings: AthenaQueries, output: str,
        kms_key: str | None = None,
    ) -> None:  # fmt: skip
        self._aws, self._catalogue, self._settings = aws, catalogue, settings
        self._output, self._kms_key = output.rstrip("/"), kms_key

    def query(self, sql: str) -> Iterator[dict[str, str | None]]:
        """Run a query of the framework's dialect over `database.table` and stream its rows, as text."""
        yield from self.rows(self.translated(sql))

    def translated(self, sql: str) -> str:
        """A query of the framework's dialect, over `database.table`, as Athena's SQL.

        Raises:
            SqlError: It uses what Athena cannot do, or what would mean something else there; said by name.
        """
        select = parse_select(sql, {})
        found = {name: self._catalogue.find(*name.split(".", 1)) for name in tables_of(select) if "." in name}
        refs = {name: ref for name, ref in found.items() if ref is not None}
        schemas = {name: self._catalogue.schema(ref).columns for name, ref in refs.items()}
        return to_athena(select, {name: {one.name: one.type for one in found} for name, found in schemas.items()})

    def run(self, sql: str, database: str = "default", parameters: Sequence[str] = ()) -> AthenaResult:
        """Run a query and wait for its end. Interrupted, or over its limits, it is cancelled.

        Args:
            sql: One statement; `?` stands for a parameter.
            database: Where tables without a database are.
            parameters: Values for `?`, as SQL literals.

        Raises:
            AthenaQueryError: It failed, was cancelled, scanned too much or took too long.
        """
        query_id = self._start(sql, database, parameters)
        try:
            found = self._ended(query_id)
        except BaseException:
            self._cancel(query_id)
            raise
        return self._result(query_id, found)

    def read(self, result: AthenaResult) -> Iterator[dict[str, str | None]]:
        """Stream the rows of a query that has run, as text, null as None; they are never held as a whole."""
        with io.TextIOWrapper(io.BufferedReader(self._stream(result)), encoding="utf-8", newline="") as text:
            yield from records(text)

    def save(self, result: AthenaResult, path: Path) -> None:
        """Write the rows of a query that has run to a CSV file: every value quoted, null nothing at all."""
        with self._stream(result) as rows, path.open("wb") as target:
            shutil.copyfileobj(rows, target)

    def rows(
        self, sql: str, database: str = "default", parameters: Sequence[str] = ()
    ) -> Iterator[dict[str, str | None]]:
        """Run a query and stream its rows; `run` and `read` in one."""
        yield from self.read(self.run(sql, database, parameters))

    def unload(self, sql: str, database: str = "default", folder: str = "") -> list[str]:
        """Run a query whose result is large or whose types matter, into Parquet files, and answer their addresses.

        Args:
            sql: The query.
            database: Where tables without a database are.
            folder: Below which folder, `s3://…`; default: that of results.
        """
        target = f"{(folder or self._output).rstrip('/')}/{uuid.uuid4().hex}/"
        self.run(f"UNLOAD ({sql}) TO '{target}' WITH (format = 'PARQUET', compression = 'ZSTD')", database)
        bucket, key = split_uri(target)
        listed = self._aws.client("s3").pages("list_objects_v2", "Contents", Bucket=bucket, Prefix=key)
        return [f"s3://{bucket}/{one['Key']}" for one in listed]

    # inside ---------------------------------------------------------------------------------------------------------
    @property
    def _client(self) -> AwsClient:
        return self._aws.client("athena")

    def _stream(self, result: AthenaResult) -> S3Stream:
        bucket, key = split_uri(result.output)
        return S3Stream(S3Address(self._aws.client("s3"), bucket, key, {}))

    def _start(self, sql: str, database: str, parameters: Sequence[str]) -> str:
        given: dict[str, Any] = {"ExecutionParameters": list(parameters)} if parameters else {}
        key = {"EncryptionConfiguration": {"EncryptionOption": "SSE_KMS", "KmsKey": self._kms_key}}
        target = {"OutputLocation": f"{self._output}/", **(key if encryption(self._kms_key) else {})}
        # The token makes a request that is sent twice one query.
        started = self._client.start_query_execution(
            QueryString=sql, QueryExecutionContext={"Database": database}, WorkGroup=self._settings.workgroup,
            ResultConfiguration=target, ClientRequestToken=uuid.uuid4().hex, **given,
        )  # fmt: skip
        return str(started["QueryExecutionId"])

    def _ended(self, query_id: str) -> Mapping[str, Any]:
        deadline, wait = time.monotonic() + self._settings.wait_seconds, _FIRST_WAIT
        while True:
            found: Mapping[str, Any] = self._client.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]
            if found["Status"]["State"] in _ENDED:
                return found
            self._check(query_id, _scanned(found), deadline)
            time.sleep(wait * random.uniform(0.7, 1.0))
            wait = min(wait * 1.5, _MOST_WAIT)

    def _check(self, query_id: str, scanned: int, deadline: float) -> None:
        most, reason = self._settings.scan_bytes, ""
        if scanned > most:
            reason = f"it has read {scanned:,} bytes, {most:,} are allowed"
        elif time.monotonic() > deadline:
            reason = f"it took longer than {self._settings.wait_seconds:g} seconds"
        if reason:
            raise AthenaQueryError(query_id=query_id, state="was cancelled", reason=reason)

    def _result(self, query_id: str, found: Mapping[str, Any]) -> AthenaResult:
        status = found["Status"]
        if status["State"] != "SUCCEEDED":
            state = "failed" if status["State"] == "FAILED" else "was cancelled"
            reason = str(status.get("StateChangeReason") or "no reason was given").rstrip(".")
            raise AthenaQueryError(query_id=query_id, state=state, reason=reason)
        scanned = _scanned(found)
        dollars = max(scanned, _LEAST_BYTES) / _TEBIBYTE * self._settings.dollars_per_tebibyte
        milliseconds = int(found.get("Statistics", {}).get("EngineExecutionTimeInMillis", 0))
        _logger.info("Athena query %s scanned %s bytes, about $%.4f.", query_id, f"{scanned:,}", dollars)
        output = str(found["ResultConfiguration"]["OutputLocation"])
        return AthenaResult(query_id, output, scanned, dollars, milliseconds / 1000)

    def _cancel(self, query_id: str) -> None:
        try:
            self._client.stop_query_execution(QueryExecutionId=query_id)
        except AwsError as error:
            _logger.warning("The Athena query %s may still run: %s", query_id, error)


def open_athena(config: Config, catalogue: CatalogueInterface) -> Athena:
    """Open Athena for the environment a configuration is for; results go to the scratch layer.

    Raises:
        AthenaUnavailableError: Its layers are no buckets.
    """
    prefix = config.platform.bucket_prefix
    if prefix is None:
        raise AthenaUnavailableError(environment=config.environment)
    output = f"s3://{bucket_of(prefix, 'scratch')}/athena"
    return Athena(config.aws, catalogue, config.platform.athena, output, config.platform.encryption.kms_key)


def _scanned(found: Mapping[str, Any]) -> int:
    return int(found.get("Statistics", {}).get("DataScannedInBytes", 0))
