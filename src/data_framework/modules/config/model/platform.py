"""Where we are: one entry of `platform.json`, and the arguments of a run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from data_framework.modules.config.model.shared import Environment, Names, OptionalText, Secret, Technology, wrong
from data_framework.modules.config.model.sizes import memory_bytes, parse_size
from data_framework.modules.config.model.tables import Model

_MEBI, _GIBI = 1024**2, 1024**3
_SIZE_SCHEMA = {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "string"}], "examples": ["1 GiB"]}


def _size(value: object) -> object:
    try:
        return parse_size(value) if isinstance(value, str) else value
    except ValueError as error:
        raise wrong("a number of bytes, or text like 20 GiB") from error


def _memory(value: object) -> object:
    if isinstance(value, str) and not re.fullmatch(r"\s*\d{1,3}\s*%\s*", value):
        return _size(value)
    return value


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise wrong("a time zone, e.g. UTC or Europe/Madrid") from error
    return name


Size = Annotated[int, BeforeValidator(_size), Field(ge=1), WithJsonSchema(_SIZE_SCHEMA)]


class Limits(Model):
    """What one delivery may cost before it is rejected. Sizes are bytes, or text like `20 GiB`."""

    file_bytes: Size | None = Field(default=None, examples=["5 GiB"])
    unpacked_bytes: Size = 20 * _GIBI
    ratio: float = Field(default=200, gt=0, description="Unpacked to packed; judged above 100 MiB unpacked.")
    members: int = Field(default=10_000, ge=1)
    depth: int = Field(default=200, ge=1)
    columns: int = Field(default=10_000, ge=1)
    cell_bytes: Size = 16 * _MEBI
    memory: Annotated[int | str, BeforeValidator(_memory), WithJsonSchema(_SIZE_SCHEMA)] = Field(
        default="70%", description="Bytes, text like 600 MiB, or a share of the machine or container."
    )

    @property
    def memory_bytes(self) -> int:
        """The memory an engine may take, in bytes."""
        return memory_bytes(self.memory)


class Smtp(Model):
    """A mail server."""

    host: str = "localhost"
    port: int = Field(default=25, ge=1, le=65535)
    tls: bool = False
    user: OptionalText = Field(default=None, description="Plain, or a reference to a secret.")
    password: Secret | None = None


class Topics(Model):
    """Who gets a message: mail addresses, ARNs of SNS topics, or web addresses (better references to secrets)."""

    internal: Names = ()
    external: Names = ()


class NotificationLimits(Model):
    """How long and how many messages may be."""

    subject: int = Field(default=100, ge=1)
    body: int = Field(default=500, ge=1)
    per_run: int = Field(default=5, ge=0)


class Webhook(Model):
    """Web addresses messages are posted to."""

    hosts: Names = Field(default=(), description="Hosts inside the network that may be posted to.")


class PlatformNotifications(Model):
    """How messages leave."""

    channel: Literal["outbox", "smtp", "ses", "sns", "webhook"] = "outbox"
    sender: str = "data-framework@localhost"
    topics: Topics = Field(default_factory=Topics)
    smtp: Smtp = Field(default_factory=Smtp)
    webhook: Webhook = Field(default_factory=Webhook)
    limits: NotificationLimits = Field(default_factory=NotificationLimits)
    signature: str = ""


class Retention(Model):
    """How long things are kept, in days (None: for ever); snapshots: how many of each table."""

    raw_history: int | None = Field(default=None, ge=0)
    rejected: int | None = Field(default=None, ge=0)
    quarantine: int | None = Field(default=None, ge=0)
    runs: int | None = Field(default=None, ge=1)
    snapshots: int = Field(default=20, ge=1)


class Encryption(Model):
    """Keys that data are encrypted with."""

    kms_key: OptionalText = None


class Endpoints(Model):
    """Addresses of AWS services where they are not the public ones: VPC endpoints."""

    s3: OptionalText = None
    glue: OptionalText = None
    sts: OptionalText = None
    cloudwatch: OptionalText = None
    ssm: OptionalText = None
    secretsmanager: OptionalText = None
    sesv2: OptionalText = None
    sns: OptionalText = None
    athena: OptionalText = None

    def named(self) -> dict[str, str]:
        """Those that are given, by service."""
        return {name: value for name, value in self.model_dump().items() if value}


class AthenaQueries(Model):
    """Queries on Amazon Athena: what they may cost."""

    workgroup: str = Field(default="primary", min_length=1)
    scan_bytes: Size = Field(default=1024 * _GIBI, description="What one query may read; beyond it, it is cancelled.")
    wait_seconds: float = Field(default=1800, gt=0, description="How long one query may take.")
    dollars_per_tebibyte: float = Field(default=5, ge=0, description="The price, for the estimate that is shown.")


class Platform(Model):
    """One entry of the platform file: where a project runs."""

    environment: Environment = "local"
    s3_bucket_prefix: OptionalText = None
    data_root: OptionalText = Field(
        default=None, description="A folder; relative ones start at the project. Default: data."
    )
    region: OptionalText = None
    endpoints: Endpoints = Field(default_factory=Endpoints)
    platform: OptionalText = None
    time_zone: Annotated[str, AfterValidator(_zone)] = Field(default="UTC", examples=["Europe/Madrid"])
    technology: Technology | None = Field(default=None, description="Overrides what the dataflows say.")
    database_prefix: Annotated[str, Field(pattern=r"^([A-Za-z_][A-Za-z0-9_]*)?$")] = ""
    notifications: PlatformNotifications = Field(default_factory=PlatformNotifications)
    limits: Limits = Field(default_factory=Limits)
    encryption: Encryption = Field(default_factory=Encryption)
    athena: AthenaQueries = Field(default_factory=AthenaQueries)
    monitoring: Literal["local", "cloudwatch", "emf"] | None = Field(
        default=None, description="Where metrics go beside the run store. Default: cloudwatch where layers are buckets."
    )
    telemetry: Mapping[str, Any] = Field(default_factory=dict)
    retention: Retention = Field(default_factory=Retention)

    @property
    def bucket_prefix(self) -> str | None:
        """How the names of the buckets begin, one for each layer; None where everything lies in `data_root`."""
        return self.s3_bucket_prefix if self.data_root is None else None

    @property
    def metrics(self) -> str:
        """Where metrics go beside the run store: nowhere else (local), cloudwatch or emf."""
        return self.monitoring or ("local" if self.bucket_prefix is None else "cloudwatch")


class Arguments(Model):
    """The arguments of a run; launcher and command line give the same ones."""

    dataflow: str | None = None
    process: str | None = None
    source_file_path: str | None = None
    file_name: str | None = None
    file_date: Annotated[str | None, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")] = None
    execution_mode: Literal["delta", "full"] = "delta"
    table: str | None = None
    execution_id: str | None = None
    job_id: str | None = None
    bucket_prefix: str | None = None
    environment: Environment | None = None
    local_file: Path | None = None
    project: Path | None = None
    technology: Technology | None = None
