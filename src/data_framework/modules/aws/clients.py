"""The one place that makes clients of Amazon Web Services: a session per process, retries, timeouts, endpoints."""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from data_framework.modules.aws.errors import translate
from data_framework.modules.code import LazyClassProperty
from data_framework.modules.exception import AwsAccountError, AwsRegionError, MissingLibraryError

_ATTEMPTS = 7
_CONNECT_SECONDS, _READ_SECONDS = 5, 60
_CONNECTIONS = 32


@dataclass(frozen=True)
class AwsSettings:
    """Where services are.

    Attributes:
        region: The region; None: what the session knows.
        endpoints: Service → URL, for VPC endpoints.
        account: The account the credentials must be of, "" for any.
    """

    region: str | None = None
    endpoints: Mapping[str, str] = field(default_factory=dict)
    account: str = ""


class AwsClient:
    """A client whose errors are the framework's. Its methods are those of boto3, by their Python names."""

    def __init__(self, service: str, client: Any) -> None:
        self.service, self.raw = service, client

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self.raw, name)
        operation = self.raw.meta.method_to_api_mapping.get(name, name)

        def call(**parameters: Any) -> Any:
            try:
                return method(**parameters)
            except _failures() as error:
                raise translate(error, self.service, operation, parameters) from error

        return call

    def pages(self, name: str, result: str, **parameters: Any) -> Iterator[Any]:
        """Every item of a paged answer.

        Args:
            name: The method.
            result: The key of the answer that holds the items.
            parameters: What is asked.
        """
        try:
            for page in self.raw.get_paginator(name).paginate(**parameters):
                yield from page.get(result, ())
        except _failures() as error:
            operation = self.raw.meta.method_to_api_mapping.get(name, name)
            raise translate(error, self.service, operation, parameters) from error


class AwsClients:
    """Clients by service, made when they are first asked for. Safe under threads.

    Attributes:
        requests: How many requests were sent, by service and operation; every attempt counts.
        secrets: What references to secrets stand for, once read.
    """

    def __init__(self, settings: AwsSettings) -> None:
        self.settings = settings
        self.requests: Counter[tuple[str, str]] = Counter()
        self.secrets: dict[str, str] = {}
        self._clients: dict[str, AwsClient] = {}
        self._guard = threading.RLock()

    @LazyClassProperty
    def session(cls: type) -> Any:  # noqa: N805 - a property of the class
        """The session of this process: credentials and what is configured beside them."""
        try:
            import boto3
        except ModuleNotFoundError as error:
            raise MissingLibraryError(feature="AWS", library=error.name, extra="aws") from error
        try:
            found = boto3.session.Session()
            # A profile that does not exist shows only when something of it is asked for.
            found.get_credentials()
        except _failures() as error:
            raise translate(error, "the session", "credentials", {}) from error
        return found

    @property
    def region(self) -> str | None:
        """The region, if it is known."""
        found = self.settings.region or self.session.region_name
        return str(found) if found else None

    def known_region(self, service: str) -> str:
        """The region, for a service that is not asked by a client of ours.

        Raises:
            AwsRegionError: No region is known.
        """
        if self.region is None:
            raise AwsRegionError(service=service)
        return self.region

    def client(self, service: str) -> AwsClient:
        """A client of a service.

        Raises:
            AwsRegionError: No region is known.
            AwsAccountError: The credentials are of another account than the platform's.
        """
        with self._guard:
            if service not in self._clients:
                if self.settings.account and service != "sts":
                    self.check_account()
                self._clients[service] = self._made(service)
            return self._clients[service]

    def account(self) -> str:
        """The account the credentials are of, asked of STS."""
        return str(self.client("sts").get_caller_identity()["Account"])

    def check_account(self) -> None:
        """Refuse credentials of another account than the platform's; asked once."""
        if "sts" in self._clients:
            return
        found = self.account()
        if found != self.settings.account:
            self._clients.clear()
            raise AwsAccountError(found=found, expected=self.settings.account)

    def _made(self, service: str) -> AwsClient:
        from botocore.config import Config

        region = self.known_region(service)
        retries: dict[str, Any] = {"mode": "standard"}
        if "AWS_MAX_ATTEMPTS" not in os.environ:
            retries["total_max_attempts"] = _ATTEMPTS
        config = Config(
            connect_timeout=_CONNECT_SECONDS, read_timeout=_READ_SECONDS, max_pool_connections=_CONNECTIONS,
            retries=retries, user_agent_appid="data-framework",
        )  # fmt: skip
        try:
            client = self.session.client(
                service, region_name=region, endpoint_url=self.settings.endpoints.get(service), config=config
            )
        except _failures() as error:
            raise translate(error, service, "client", {}) from error
        client.meta.events.register("before-send", self._count(service))
        return AwsClient(service, client)

    def _count(self, service: str) -> Callable[..., None]:
        def count(event_name: str, **_: Any) -> None:
            self.requests[service, event_name.rpartition(".")[2]] += 1

        return count


def bucket_of(prefix: str, layer: str) -> str:
    """The bucket of a layer; names of buckets have no underscores.

    Example:
        >>> bucket_of("acme-dev", "landing")
        'acme-dev-landing'
    """
    return f"{prefix}-{layer.replace('_', '-')}"


def encryption(kms_key: str | None) -> dict[str, str]:
    """What every write to S3 says about encryption: nothing, or the key."""
    return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key} if kms_key else {}


def _failures() -> tuple[type[Exception], ...]:
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError

    return BotoCoreError, ClientError, Boto3Error
