"""What `doctor` looks at on AWS: where this runs, whose credentials these are, and the buckets of the layers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from data_framework.modules.exception import AwsError, MissingLibraryError
from data_framework.modules.utils.check import Check

if TYPE_CHECKING:
    from data_framework.modules.config import Config

_BUCKETS = ("landing", "raw", "staging", "common", "business", "output", "rejected", "state", "scratch")


def runtime() -> Check:
    """Where this runs, and which variable says so."""
    from data_framework.modules.config.environment import aws_runtime

    found = aws_runtime(os.environ)
    return Check("runtime", True, f"{found.service} ({found.evidence} is set)" if found else "a machine of one's own")


def aws_checks(config: Config) -> Iterator[Check]:
    """Look at the account, then at each bucket; without an account nothing else is asked."""
    try:
        account = config.aws.account()
        config.aws.client("s3")
    except (AwsError, MissingLibraryError) as error:
        yield Check("aws account", False, error.message, error.hint)
        return
    yield Check("aws account", True, f"{account}, region {config.aws.region}")
    yield from (_bucket(config, layer) for layer in _BUCKETS)


def _bucket(config: Config, layer: str) -> Check:
    from data_framework.modules.aws import bucket_of

    name = bucket_of(config.platform.bucket_prefix or "", layer)
    try:
        config.aws.client("s3").list_objects_v2(Bucket=name, MaxKeys=1)
    except AwsError as error:
        return Check(f"bucket {name}", False, error.message, error.hint)
    return Check(f"bucket {name}", True, "can be listed")
