"""Payloads in the Parameter Store, where the next step of an orchestrator reads them."""

from __future__ import annotations

import json
from typing import Any

from data_framework.modules.aws import AwsClients

_STANDARD_TIER = 4096
_LONGEST_NAME = 200


def publish_payload(aws: AwsClients, path: str, payload: dict[str, Any], whole: str) -> None:
    """Write a payload to its parameter, replacing the last.

    A parameter of the standard tier holds 4 KB, and one that was ever larger costs for good: of a payload that does
    not fit the parameter keeps what an orchestrator decides by, and says where the whole of it is.

    Args:
        aws: The clients.
        path: The name of the parameter.
        payload: What to write.
        whole: Where the run store keeps it.
    """
    text = json.dumps(payload, default=str)
    if len(text.encode()) > _STANDARD_TIER:
        text = json.dumps({**_decisive(payload), "truncated": True, "whole": whole})
    aws.client("ssm").put_parameter(Name=path, Value=text, Type="String", Overwrite=True)


def _decisive(payload: dict[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {
        key: payload[key] for key in ("success", "next_stage", "execution_id", "file_date") if key in payload
    }
    return {**kept, "file_name": str(payload.get("file_name", ""))[:_LONGEST_NAME]}
