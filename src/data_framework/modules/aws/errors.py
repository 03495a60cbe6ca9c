"""What botocore raises, told once as errors of the framework."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from data_framework.modules.exception import (
    AwsAccessDeniedError,
    AwsCredentialsError,
    AwsCredentialsExpiredError,
    AwsError,
    AwsRegionError,
    AwsRequestError,
    AwsResourceMissingError,
    AwsThrottledError,
    AwsUnreachableError,
)

_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"}
_WRONG = {
    "InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch", "InvalidAccessKeyId",
    "IncompleteSignature", "AuthFailure", "MissingAuthenticationToken",
}  # fmt: skip
_DENIED = {
    "AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError", "Forbidden", "403",
    "AuthorizationErrorException", "KMS.AccessDeniedException",
}  # fmt: skip
_THROTTLED = {
    "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled", "RequestThrottledException",
    "TooManyRequestsException", "RequestLimitExceeded", "SlowDown", "BandwidthLimitExceeded", "LimitExceededException",
    "ProvisionedThroughputExceededException", "PriorRequestNotComplete", "TransactionInProgressException",
    "EC2ThrottledException", "TooManyUpdates", "ResourceNumberLimitExceededException",
}  # fmt: skip
_MISSING = {"NoSuchBucket", "EntityNotFoundException", "ParameterNotFound", "ResourceNotFoundException", "NotFound"}
_RESOURCES = (
    "Bucket", "DatabaseName", "Name", "TopicArn", "SecretId", "WorkGroup", "FromEmailAddress", "Namespace",
    "QueryExecutionId",
)  # fmt: skip


def translate(error: Exception, service: str, operation: str, parameters: Mapping[str, Any]) -> AwsError:
    """Tell a botocore error as one of ours, with the resource and what to do.

    Args:
        error: What botocore raised.
        service: Who was asked, e.g. `s3`.
        operation: What was asked, e.g. `PutObject`.
        parameters: What it was asked about.
    """
    from botocore import exceptions as botocore

    if isinstance(error, botocore.ClientError):
        return _refused(error.response, service, operation, resource_of(service, parameters))
    if isinstance(error, botocore.NoRegionError):
        return AwsRegionError(service=service)
    if isinstance(error, botocore.NoCredentialsError | botocore.PartialCredentialsError | botocore.ProfileNotFound):
        return AwsCredentialsError(service=service, reason=str(error))
    if isinstance(error, botocore.SSOError | botocore.CredentialRetrievalError | botocore.UnauthorizedSSOTokenError):
        return AwsCredentialsError(service=service, reason=str(error))
    if isinstance(error, botocore.ParamValidationError):
        return AwsRequestError(
            service=service, operation=operation, resource=resource_of(service, parameters), code="ParamValidation",
            reason=" ".join(str(error).split()),
        )  # fmt: skip
    return AwsUnreachableError(service=service, operation=operation, reason=str(error) or type(error).__name__)


def resource_of(service: str, parameters: Mapping[str, Any]) -> str:
    """Name what a request is about.

    Example:
        >>> resource_of("s3", {"Bucket": "b", "Key": "a/b.csv"}), resource_of("sts", {})
        ('s3://b/a/b.csv', 'sts')
    """
    if service == "s3" and "Bucket" in parameters:
        key = parameters.get("Key") or parameters.get("Prefix") or ""
        return f"s3://{parameters['Bucket']}/{key}".rstrip("/")
    parts = [str(parameters[name]) for name in _RESOURCES if parameters.get(name)]
    table = parameters.get("TableName") or (parameters.get("TableInput") or {}).get("Name")
    return ".".join([*parts, *([str(table)] if table else [])]) or service


def _refused(response: Mapping[str, Any], service: str, operation: str, resource: str) -> AwsError:
    found = response.get("Error") or {}
    code, reason = str(found.get("Code", "")), str(found.get("Message", ""))
    known: dict[str, Any] = {"service": service, "operation": operation, "resource": resource}
    if code in _EXPIRED:
        return AwsCredentialsExpiredError(**known)
    if code in _WRONG:
        return AwsCredentialsError(service=service, reason=reason or code)
    if code in _DENIED:
        return AwsAccessDeniedError(permission=_permission(reason, service, operation), **known)
    if code in _THROTTLED:
        return AwsThrottledError(**known)
    if code in _MISSING:
        return AwsResourceMissingError(code=code, reason=reason or code, **known)
    status = (response.get("ResponseMetadata") or {}).get("HTTPStatusCode", 0)
    if status >= 500:
        return AwsUnreachableError(service=service, operation=operation, reason=f"{reason or 'it failed'} ({code})")
    return AwsRequestError(code=code, reason=reason, **known)


def _permission(reason: str, service: str, operation: str) -> str:
    """The permission as a policy names it: what AWS says in its message, else what the operation is called."""
    said = re.search(r"not authorized to perform:? ([A-Za-z0-9-]+:[A-Za-z0-9]+)", reason)
    if said:
        return said[1]
    named = {("s3", "HeadObject"): "s3:GetObject", ("s3", "ListObjectsV2"): "s3:ListBucket",
             ("s3", "CreateMultipartUpload"): "s3:PutObject", ("s3", "UploadPart"): "s3:PutObject",
             ("s3", "CompleteMultipartUpload"): "s3:PutObject", ("s3", "CopyObject"): "s3:PutObject",
             ("cloudwatch", "PutMetricData"): "cloudwatch:PutMetricData"}  # fmt: skip
    prefix = {"sesv2": "ses"}.get(service, service)
    return named.get((service, operation), f"{prefix}:{operation}")
