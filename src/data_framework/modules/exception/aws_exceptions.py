"""Errors of Amazon Web Services."""

from typing import ClassVar

from data_framework.modules.exception.base import DataFrameworkError


class AwsError(DataFrameworkError):
    """An error of Amazon Web Services."""


class AwsSetupError(AwsError):
    """Nothing can be asked of AWS as this process is set up; whoever asks lets it pass as it is."""

    exit_code: ClassVar[int] = 2
    what: ClassVar[str] = "AWS cannot be used from here: {reason}"
    advice: ClassVar[str] = "Run data-framework doctor."


class AwsCredentialsError(AwsSetupError):
    """There are no credentials, or none that are any good."""

    what: ClassVar[str] = "No AWS credentials for {service}: {reason}"
    advice: ClassVar[str] = "Log in (aws sso login), set AWS_PROFILE, or give the machine a role; then run again."


class AwsCredentialsExpiredError(AwsError):
    """The credentials were good once."""

    what: ClassVar[str] = "The AWS credentials expired during {service} {operation}."
    advice: ClassVar[str] = "Log in again (aws sso login) and run again: what was done is not done twice."


class AwsRegionError(AwsSetupError):
    """Nothing says in which region services are."""

    what: ClassVar[str] = "There is no AWS region for {service}."
    advice: ClassVar[str] = "Set `region` in platform.json, or AWS_REGION."


class AwsAccountError(AwsSetupError):
    """The credentials are of another account than the platform's entry."""

    what: ClassVar[str] = "The credentials are of AWS account {found}, and {expected} was meant."
    advice: ClassVar[str] = "Use the credentials (AWS_PROFILE) of that account, or another --environment."


class AwsAccessDeniedError(AwsError):
    """A permission is missing."""

    exit_code: ClassVar[int] = 2
    what: ClassVar[str] = "AWS refused {permission} on {resource}."
    advice: ClassVar[str] = "Allow {permission} on {resource} to the role that runs this."


class AwsResourceMissingError(AwsError):
    """A bucket, database, parameter or the like does not exist."""

    exit_code: ClassVar[int] = 2
    what: ClassVar[str] = "{service} has no {resource}: {reason}"
    advice: ClassVar[str] = "Create it, or correct its name in the configuration."


class AwsThrottledError(AwsError):
    """A service asked to slow down and would not relent."""

    what: ClassVar[str] = "{service} throttled {operation} on {resource}, again and again."
    advice: ClassVar[str] = "Run again later, or ask for a higher quota; what was done is not done twice."


class AwsUnreachableError(AwsError):
    """A service did not answer."""

    what: ClassVar[str] = "{service} did not answer {operation}: {reason}"
    advice: ClassVar[str] = "Check the network (in a VPC: its endpoints, `endpoints` of platform.json); then run again."


class AwsRequestError(AwsError):
    """A service refused a request for another reason."""

    what: ClassVar[str] = "{service} refused {operation} on {resource}: {reason} ({code})."
    advice: ClassVar[str] = "Run again if it may pass; else the reason says what to change."


class AthenaUnavailableError(AwsError):
    """Athena is asked where layers are no buckets."""

    exit_code: ClassVar[int] = 2
    what: ClassVar[str] = "Athena reads buckets, and the layers of environment {environment} are folders."
    advice: ClassVar[str] = "Choose an environment with `s3_bucket_prefix` (--environment), or use the engine's query."


class AthenaQueryError(AwsError):
    """A query on Athena failed, or was cancelled."""

    what: ClassVar[str] = "The Athena query {query_id} {state}: {reason}."
    advice: ClassVar[str] = "Correct the query, or change `athena` of platform.json where its limits are too low."
