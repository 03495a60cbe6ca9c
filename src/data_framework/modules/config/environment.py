"""Where we are: Lambda, EMR, Glue, a container or a machine of one's own, by the variables those services set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_SIGNS: tuple[tuple[str, str], ...] = (
    ("AWS_LAMBDA_FUNCTION_NAME", "AWS Lambda"),
    ("AWS_LAMBDA_RUNTIME_API", "AWS Lambda"),
    ("SERVERLESS_EMR_APPLICATION_ID", "EMR Serverless"),
    ("SERVERLESS_EMR_JOB_ID", "EMR Serverless"),
    ("EMR_CLUSTER_ID", "EMR on EC2"),
    ("EMR_STEP_ID", "EMR on EC2"),
    ("GLUE_VERSION", "AWS Glue"),
    ("GLUE_PYTHON_VERSION", "AWS Glue"),
    ("ECS_CONTAINER_METADATA_URI_V4", "Amazon ECS"),
    ("ECS_CONTAINER_METADATA_URI", "Amazon ECS"),
)


@dataclass(frozen=True)
class AwsRuntime:
    """The AWS service a process runs in, and the variable that says so."""

    service: str
    evidence: str


def aws_runtime(variables: Mapping[str, str]) -> AwsRuntime | None:
    """Find the AWS service this process runs in, or None.

    Example:
        >>> aws_runtime({"AWS_LAMBDA_FUNCTION_NAME": "f"}), aws_runtime({"HOME": "/home/me"})
        (AwsRuntime(service='AWS Lambda', evidence='AWS_LAMBDA_FUNCTION_NAME'), None)
    """
    return next((AwsRuntime(service, name) for name, service in _SIGNS if variables.get(name)), None)
