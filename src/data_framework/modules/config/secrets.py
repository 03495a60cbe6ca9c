"""Secrets: references in the configuration, values only where they are used, masked wherever they are shown."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from data_framework.modules.aws import AwsClients
from data_framework.modules.aws.secrets import read_parameter, read_secret_text
from data_framework.modules.config.model.shared import is_secret
from data_framework.modules.exception import AwsError, SecretError
from data_framework.modules.utils.logger import hide_everywhere

MASK = "***"
_SENSITIVE = ("password", "secret", "token", "credential", "api_key", "access_key", "private_key")


def read_secret(reference: str, folder: Path, aws: AwsClients | None = None) -> str:
    """Return what a reference stands for; text that is no reference (a plain user name) stands for itself.

    What AWS keeps is read once and told to the log, which never shows it.

    Raises:
        SecretError: It cannot be had.
    """
    if not is_secret(reference):
        return reference
    kind, _, name = reference.partition(":")
    if kind == "env":
        return _from_environment(reference, name)
    if kind == "file":
        return _from_file(reference, folder / name)
    if aws is None:
        raise SecretError(reference=reference, reason="it is read from AWS when it is used")
    return _from_aws(reference, kind, name, aws)


def is_sensitive(key: str) -> bool:
    """Whether a key by its name holds something that is never shown."""
    return any(word in key.lower() for word in _SENSITIVE)


def masked(value: Any, key: str = "") -> Any:
    """Return a value of the configuration as it may be shown: of a secret only its reference.

    Example:
        >>> masked({"user": "me", "password": "env:SMTP", "old": {"token": "abc"}})
        {'user': 'me', 'password': 'env:SMTP=***', 'old': {'token': '***'}}
    """
    if isinstance(value, Mapping):
        return {name: masked(item, str(name)) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [masked(item, key) for item in value]
    if is_secret(value):
        return f"{value}={MASK}"
    return MASK if is_sensitive(key) and value not in {None, ""} else value


def known_secrets(value: Any, folder: Path) -> Iterator[str]:
    """Find the references in a value and read those that can be read without asking AWS."""
    if isinstance(value, Mapping):
        for item in value.values():
            yield from known_secrets(item, folder)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from known_secrets(item, folder)
    elif is_secret(value):
        with contextlib.suppress(SecretError):
            yield read_secret(value, folder)


def _from_environment(reference: str, name: str) -> str:
    value = os.environ.get(name)
    if value is None:
        raise SecretError(reference=reference, reason=f"the environment variable {name} is not set")
    return value


def _from_aws(reference: str, kind: str, name: str, aws: AwsClients) -> str:
    if reference not in aws.secrets:
        try:
            aws.secrets[reference] = (read_parameter if kind == "ssm" else read_secret_text)(aws, name)
        except AwsError as error:
            raise SecretError(reference=reference, reason=error.message.rstrip("."), hint=error.hint) from error
        hide_everywhere([aws.secrets[reference]])
    return aws.secrets[reference]


def _from_file(reference: str, path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise SecretError(reference=reference, reason=f"{path}: {reason}") from error
