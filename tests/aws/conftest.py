"""AWS served by moto on this machine, reached by real clients over HTTP."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator

import pytest

from aws.server import LAYERS, REGION, VARIABLES, server
from data_framework.modules.aws import AwsClients, AwsSettings

PREFIX = "acme-dev"


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    """One server for all tests; `aws` empties it for each."""
    with server() as address:
        yield address


@pytest.fixture
def aws(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[AwsClients]:
    """Clients of an account with nothing in it but the buckets of the layers."""
    reset = urllib.request.Request(f"{endpoint}/moto-api/reset", method="POST")
    urllib.request.urlopen(reset).close()
    for name, value in {**VARIABLES, "AWS_ENDPOINT_URL": endpoint}.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    AwsClients.__dict__["session"].forget()
    clients = AwsClients(AwsSettings())
    for layer in LAYERS:
        location = {"LocationConstraint": REGION}
        clients.client("s3").create_bucket(Bucket=f"{PREFIX}-{layer}", CreateBucketConfiguration=location)
    yield clients
    AwsClients.__dict__["session"].forget()
