"""What Spark is started with: plain values, made from a configuration before anything of Spark is imported."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from data_framework.modules.aws import bucket_of
from data_framework.modules.config import Config
from data_framework.modules.data_process.sizing import Sizing

CATALOGUE = "iceberg_catalog"
_MEGA = 1024 * 1024
_S3A = "spark.hadoop.fs.s3a"
_ALWAYS: Mapping[str, str] = {
    "spark.sql.session.timeZone": "UTC",  # as the other engine's; texts without offset are read in the plan's zone
    "spark.sql.ansi.enabled": "true",
    "spark.sql.ansi.doubleQuotedIdentifiers": "true",
    "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.sql.execution.arrow.pyspark.fallback.enabled": "false",
    "spark.sql.variable.substitute": "false",
    "spark.sql.sources.partitionOverwriteMode": "dynamic",
    # of work files: dates of every year as they are, timestamps in microseconds (Spark 3.5 has other defaults)
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
}


@dataclass(frozen=True)
class SparkSettings:
    """The settings of one project's session.

    Attributes:
        catalogue: Those of the Iceberg catalogue.
        memory: The bytes this process may use, JVM and Python together; only where the JVM is started here.
        buckets: How a JVM started here reaches buckets for its work files, where it is no cluster of EMR's.
        workers: How large a cluster's workers are; on one machine there are none.
        extra: The project's own settings, laid over all others.
    """

    catalogue: Mapping[str, str]
    memory: int | None = None
    buckets: Mapping[str, str] = field(default_factory=dict)
    workers: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, config: Config, sizing: Sizing) -> SparkSettings:
        """The settings for a configuration: its tables, its limit of memory, and the size a process needs."""
        memory = config.platform.limits.memory_bytes
        return cls(_catalogue(config), memory, _buckets(config), sizing.workers, sizing.own)

    @property
    def on_aws(self) -> bool:
        """Whether tables are Glue's, for which the JVM needs Iceberg's library of AWS."""
        return "glue" in self.catalogue.values()

    def session(self) -> dict[str, str]:
        """What a session is given, wherever it runs."""
        return {**_ALWAYS, **self.catalogue, **self.extra}

    def submitted(self) -> dict[str, str]:
        """What Spark is started with where spark-submit started the JVM: its driver is as large as it was made."""
        return {**self.workers, **self.session()}

    def local(self, jars: list[Path], package: Path) -> dict[str, str]:
        """What a JVM of our own is started with: everything in one process, nothing open to the network.

        Args:
            jars: The libraries of the class path.
            package: The folder or zip that holds `data_framework`, for the Python workers.
        """
        threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        return {
            "spark.master": f"local[{threads}]",
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
            "spark.log.level": "FATAL",
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.memory": f"{self._heap() // _MEGA}m",
            "spark.driver.extraClassPath": os.pathsep.join(map(str, jars)),
            "spark.executor.extraClassPath": os.pathsep.join(map(str, jars)),
            "spark.driver.extraJavaOptions": "-Xss4m -Duser.timezone=UTC",
            "spark.executorEnv.PYTHONPATH": str(package),
            "spark.sql.catalogImplementation": "in-memory",
            "spark.sql.shuffle.partitions": str(max(2, threads)),
            "spark.default.parallelism": str(max(2, threads)),
            **self.buckets,
            **self.session(),
        }

    def _heap(self) -> int:
        """Half of the memory allowed, for Python workers and buffers live beside the heap; at most 4 GB, which do."""
        return max(1024 * _MEGA, min(4096 * _MEGA, (self.memory or 2048 * _MEGA) // 2))


def _catalogue(config: Config) -> dict[str, str]:
    """The tables of a configuration: Glue's where layers are buckets, else those of this machine."""
    bucket = config.platform.bucket_prefix
    if bucket is None:
        return local_catalogue(config.data_root)
    warehouse = f"s3://{bucket_of(bucket, 'scratch')}/warehouse"
    return glue_catalogue(
        warehouse, config.aws.known_region("glue"), _endpoints(config.platform.endpoints.named()),
        config.platform.encryption.kms_key,
    )  # fmt: skip


def _buckets(config: Config) -> dict[str, str]:
    """Hadoop's own client of S3, which EMR has another one for: only Spark's Parquet files go this way."""
    if config.platform.bucket_prefix is None:
        return {}
    endpoint = _endpoints(config.platform.endpoints.named()).get("s3")
    key = config.platform.encryption.kms_key
    return {
        "spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
        f"{_S3A}.endpoint.region": config.aws.known_region("s3"),
        f"{_S3A}.aws.credentials.provider": "software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider",
        **({f"{_S3A}.endpoint": endpoint, f"{_S3A}.path.style.access": "true"} if endpoint else {}),
        **({f"{_S3A}.encryption.algorithm": "SSE-KMS", f"{_S3A}.encryption.key": key} if key else {}),
    }  # fmt: skip


def _endpoints(named: Mapping[str, str], variables: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Where Glue and S3 are, if not at their public addresses: as configured, or by the variables boto3 knows."""
    found = {
        service: named.get(service) or variables.get(f"AWS_ENDPOINT_URL_{service.upper()}")
        or variables.get("AWS_ENDPOINT_URL", "")
        for service in ("glue", "s3")
    }  # fmt: skip
    return {service: url for service, url in found.items() if url}


def local_catalogue(data_root: Path, name: str = CATALOGUE) -> dict[str, str]:
    """The tables of one machine: the very SQLite file the engine lambda uses. Its rows carry the catalogue's name."""
    root, prefix = data_root.resolve(), f"spark.sql.catalog.{name}"
    return {
        prefix: "org.apache.iceberg.spark.SparkCatalog",
        f"{prefix}.type": "jdbc",
        f"{prefix}.uri": f"jdbc:sqlite:{root / 'catalogue.db'}?busy_timeout=30000",
        f"{prefix}.jdbc.schema-version": "V1",
        f"{prefix}.warehouse": root.as_uri(),
        f"{prefix}.cache-enabled": "false",
    }


def glue_catalogue(
    warehouse: str, region: str, endpoints: Mapping[str, str] | None = None, kms_key: str | None = None,
    name: str = CATALOGUE,
) -> dict[str, str]:  # fmt: skip
    """The tables of an AWS account: Glue's catalogue, files on S3 through Iceberg's own client.

    Args:
        warehouse: Where tables without a location of their own lie, `s3://bucket/folder`.
        region: Of Glue and S3.
        endpoints: Service → address, where it is not the public one.
        kms_key: The key that objects are encrypted with.
        name: The catalogue's name in SQL.
    """
    prefix = f"spark.sql.catalog.{name}"
    given = {f"{prefix}.{service}.endpoint": url for service, url in (endpoints or {}).items()}
    by_path = {f"{prefix}.s3.path-style-access": "true"} if f"{prefix}.s3.endpoint" in given else {}
    encrypted = {f"{prefix}.s3.sse.type": "kms", f"{prefix}.s3.sse.key": kms_key} if kms_key else {}
    return {
        prefix: "org.apache.iceberg.spark.SparkCatalog",
        f"{prefix}.type": "glue",
        f"{prefix}.io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
        f"{prefix}.warehouse": warehouse,
        f"{prefix}.client.region": region,
        f"{prefix}.cache-enabled": "false",
        **given, **by_path, **encrypted,
    }  # fmt: skip
