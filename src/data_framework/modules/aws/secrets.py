"""Secrets kept by AWS: parameters of the Parameter Store and secrets of the Secrets Manager."""

from __future__ import annotations

import json

from data_framework.modules.aws.clients import AwsClients
from data_framework.modules.exception import AwsRequestError


def read_parameter(aws: AwsClients, name: str) -> str:
    """Return a parameter's value, decrypted.

    Raises:
        AwsError: It cannot be had.
    """
    return str(aws.client("ssm").get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"])


def read_secret_text(aws: AwsClients, name: str) -> str:
    """Return a secret's text, or (`name#key`) one value of a secret that is a JSON object.

    Raises:
        AwsError: It cannot be had, is bytes, or has no such key.
    """
    name, _, key = name.partition("#")
    found = aws.client("secretsmanager").get_secret_value(SecretId=name)
    text = found.get("SecretString")
    if text is None:
        raise _refused(name, "it holds bytes, not text")
    if not key:
        return str(text)
    try:
        return str(json.loads(text)[key])
    except (ValueError, KeyError, TypeError) as error:
        raise _refused(name, f"it is no JSON object with the key {key!r}") from error


def _refused(name: str, reason: str) -> AwsRequestError:
    known = {"service": "secretsmanager", "operation": "GetSecretValue", "resource": name}
    return AwsRequestError(code="Unusable", reason=reason, **known)
