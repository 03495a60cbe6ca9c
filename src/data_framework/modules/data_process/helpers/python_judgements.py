"""What SQL cannot judge, judged by Python text by text: every engine registers `judge` as its function `df_python`."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

Judge = Callable[[str], bool]


def judge(name: str, text: str | None, argument: str) -> bool | None:
    """Whether a text is accepted; null is not judged.

    Example:
        >>> judge("in_cidr", "2001:db8::1", "2001:db8::/32"), judge("in_cidr", "x", "10.0.0.0/8")
        (True, False)
    """
    return None if text is None else _made(name, argument)(text)


@lru_cache(maxsize=64)
def _made(name: str, argument: str) -> Judge:
    return JUDGES[name](argument)


def in_cidr(argument: str) -> Judge:
    """Addresses of a network, IPv4 or IPv6."""
    network = ipaddress.ip_network(argument, strict=False)

    def judged(text: str) -> bool:
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            return False
        return address.version == network.version and address in network

    return judged


def json_schema(argument: str) -> Judge:
    """JSON that satisfies a JSON Schema."""
    import fastjsonschema

    check: Callable[[Any], Any] = fastjsonschema.compile(json.loads(argument), use_default=False)

    def judged(text: str) -> bool:
        try:
            check(json.loads(text))
        except (ValueError, RecursionError):
            return False
        return True

    return judged


JUDGES: Mapping[str, Callable[[str], Judge]] = {"in_cidr": in_cidr, "json_schema": json_schema}
