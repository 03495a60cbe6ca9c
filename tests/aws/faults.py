"""What goes wrong on a network, put in by botocore's own events: the clients are real and know nothing of it."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.awsrequest import AWSResponse

from data_framework.modules.aws import AwsClients

XML = "<?xml version='1.0'?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
QUERY = f"<ErrorResponse>{XML.partition('?>')[2]}</ErrorResponse>"
_IN_XML = {"s3": XML, "sns": QUERY, "sts": QUERY}


class _Raw(io.BytesIO):
    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()


def refusal(service: str, code: str, status: int, message: str) -> AWSResponse:
    """An answer of a service that refuses."""
    if service in _IN_XML:
        text, kind = _IN_XML[service].format(code=code, message=message), "application/xml"
    else:
        text, kind = json.dumps({"__type": code, "message": message}), "application/x-amz-json-1.1"
    return AWSResponse("http://x", status, {"content-type": kind, "x-amzn-errortype": code}, _Raw(text.encode()))


@contextmanager
def failing(
    aws: AwsClients, service: str, operation: str, fault: AWSResponse | Exception, times: int = 10_000, after: int = 0
) -> Iterator[list[str]]:
    """Let requests of one kind fail: as many as `times`, the first `after` ones not; yields those that failed."""
    failed: list[str] = []
    seen: list[str] = []

    def fail(request: Any, **_: Any) -> AWSResponse | None:
        seen.append(request.url)
        if len(seen) <= after or len(failed) >= times:
            return None
        failed.append(request.url)
        if isinstance(fault, Exception):
            raise fault
        return AWSResponse(request.url, fault.status_code, fault.headers, _Raw(fault.raw.getvalue()))

    events = aws.client(service).raw.meta.events
    event = f"before-send.{events_name(aws, service)}.{operation}"
    events.register_first(event, fail)
    try:
        yield failed
    finally:
        events.unregister(event, fail)


def events_name(aws: AwsClients, service: str) -> str:
    """The name of a service in events, e.g. `sfn` for stepfunctions."""
    return str(aws.client(service).raw.meta.service_model.service_id.hyphenize())
