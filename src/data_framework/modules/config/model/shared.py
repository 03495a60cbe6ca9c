"""Kinds of values several models use: names, one-or-many lists, technologies, secrets."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

Environment = Literal["local", "develop", "preproduction", "production"]
Layer = Literal["landing", "raw", "staging", "common", "business", "output"]
LAYERS: tuple[str, ...] = ("landing", "raw", "staging", "common", "business", "output")
ENVIRONMENTS: tuple[str, ...] = ("local", "develop", "preproduction", "production")

_TECHNOLOGIES = {"lambda": "lambda", "pandas": "lambda", "local": "lambda", "emr": "emr", "spark": "emr"}
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_SECRET = re.compile(r"(env|file|ssm|secretsmanager):.+\Z")


def wrong(expected: str, hint: str = "") -> PydanticCustomError:
    """Make the error a validator raises: what was expected, and what to do."""
    return PydanticCustomError("config", "{expected}", {"expected": expected, "hint": hint})


def not_in_this_version(what: str, choices: str) -> PydanticCustomError:
    """Make the error for something planned that this version does not do."""
    return wrong(choices, f"{what} is not part of this version of data-framework.")


def _many(value: object) -> object:
    return () if value is None else (value,) if isinstance(value, str) else value


def _technology(value: object) -> object:
    return _TECHNOLOGIES.get(value, value) if isinstance(value, str) else value


def _identifier(text: str) -> str:
    if not _IDENTIFIER.match(text):
        raise wrong("a name of letters, digits and _, not starting with a digit")
    return text


def _regex(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise wrong(f"a regular expression ({error})") from error
    return text


def _secret(text: str) -> str:
    if not _SECRET.match(text):
        raise wrong("a reference env:NAME, file:PATH, ssm:NAME or secretsmanager:NAME", "Never write a secret itself.")
    return text


def is_secret(text: object) -> bool:
    """Whether a value is a reference to a secret.

    Example:
        >>> is_secret("env:SMTP_PASSWORD"), is_secret("reports@example.org")
        (True, False)
    """
    return isinstance(text, str) and _SECRET.match(text) is not None


def none_if_empty(value: object) -> object:
    """Take an empty text for nothing."""
    return None if value == "" else value


Names = Annotated[
    tuple[str, ...],
    BeforeValidator(_many),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]
Technology = Annotated[
    Literal["lambda", "emr"], BeforeValidator(_technology), WithJsonSchema({"enum": list(_TECHNOLOGIES)})
]
Identifier = Annotated[str, AfterValidator(_identifier)]
Regex = Annotated[str, AfterValidator(_regex)]
Secret = Annotated[str, AfterValidator(_secret), Field(json_schema_extra={"format": "secret"})]
OptionalText = Annotated[str | None, BeforeValidator(none_if_empty)]
